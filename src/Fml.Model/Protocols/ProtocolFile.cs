using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fml.Native;

namespace Fml.Model;

/// <summary>A protocol's result as data: <c>protocol.json</c> holds everything, <c>protocol.csv</c> the rows.</summary>
/// <param name="Format">What the file is, and which version.</param>
/// <param name="Protocol">The data.</param>
/// <param name="Run">The run or model file.</param>
/// <param name="Folder">The data's folder.</param>
/// <param name="Measured">What the figures are.</param>
/// <param name="Rows">Means over people, for all expressions and for each; as in <c>evaluation.csv</c>.</param>
/// <param name="Pairs">Every pair that was measured, mm.</param>
/// <param name="Skipped">What was left out, and why.</param>
public sealed record ProtocolFile(
    string Format, string Protocol, string Run, string Folder, string Measured, ImmutableArray<EvaluationRow> Rows,
    ImmutableArray<ProtocolMeasurement> Pairs, ImmutableArray<SkippedFrame> Skipped)
{
    private const string Version = "fml-protocol/1";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>The data of a result.</summary>
    public static ProtocolFile Of(ProtocolResult result) => new(
        Version, result.Protocol.Name(), result.Run, result.Folder, ProtocolText.Measured(result),
        [
            .. result.Expressions.Prepend((Expression: ProtocolResult.AllExpressions, Table: result.Overall))
                .SelectMany(part => EvaluationRow.Accuracy(result.Protocol.Name(), part.Expression, part.Table)),
        ],
        result.Pairs, result.Skipped);

    /// <summary>Writes both files into a folder.</summary>
    /// <exception cref="FmlException">A file cannot be written.</exception>
    public void Save(string folder)
    {
        AtomicFile.Write(Path.Combine(folder, "protocol.json"), stream => JsonSerializer.Serialize(stream, this, Json));
        AtomicFile.WriteText(Path.Combine(folder, "protocol.csv"), EvaluationFile.ToCsv(Rows));
    }

    /// <summary>Reads <c>protocol.json</c> of a folder.</summary>
    /// <exception cref="FmlException">There is none, or it is damaged.</exception>
    public static ProtocolFile Load(string folder)
    {
        var path = Path.Combine(folder, "protocol.json");
        try
        {
            using var stream = File.OpenRead(path);
            var file = JsonSerializer.Deserialize<ProtocolFile>(stream, Json);
            return file?.Format == Version ? file : throw new JsonException($"its format is '{file?.Format}', not '{Version}'");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new FmlException($"Cannot read {path}, which is damaged or no result of a protocol: {e.Message}", e);
        }
    }
}
