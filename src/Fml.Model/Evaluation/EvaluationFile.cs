using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fml.Native;

namespace Fml.Model;

/// <summary>An evaluation as data: <c>evaluation.json</c> holds everything, <c>evaluation.csv</c> the rows.</summary>
/// <param name="Format">What the file is, and which version.</param>
/// <param name="Run">The run or model file.</param>
/// <param name="Dataset">The dataset's folder.</param>
/// <param name="Population">Whose faces.</param>
/// <param name="Rows">Every figure.</param>
/// <param name="Curves">Shares of vertices below a distance.</param>
/// <param name="People">Errors of each person.</param>
public sealed record EvaluationFile(
    string Format, string Run, string Dataset, string Population, ImmutableArray<EvaluationRow> Rows, ImmutableArray<EvaluationCurve> Curves,
    ImmutableArray<EvaluationPersonRow> People)
{
    private const string Version = "fml-evaluation/1";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>The data of an evaluation.</summary>
    public static EvaluationFile Of(EvaluationResult result)
    {
        var all = result.Conditions.Select(c => (c.Name, c.Methods)).Prepend((result.DatasetName, result.Methods)).ToArray();
        return new EvaluationFile(
            Version, result.Run, result.Dataset, result.Population, EvaluationRow.Of(result),
            [
                .. all.SelectMany(set => Distributions(set.Methods).Select(curve => new EvaluationCurve(
                    curve.Name, set.Item1, ErrorDistribution.Thresholds, curve.Errors.Shares))),
            ],
            [
                .. all.SelectMany(set => set.Methods.SelectMany(method => method.People.Select(person => new EvaluationPersonRow(
                    method.Method, set.Item1, person.Name, person.Error?.Rigid.Mean, person.Error?.Scaled.Mean, person.MeanFace?.Rigid.Mean,
                    person.MeanFace?.Scaled.Mean, person.Landmarks)))),
            ]);
    }

    /// <summary>The distributions of methods by name, the first method's mean face before them.</summary>
    internal static IEnumerable<(string Name, ErrorDistribution Errors)> Distributions(ImmutableArray<MethodEvaluation> methods)
    {
        if (methods[0].MeanFaceErrors is { } meanFace) yield return (AccuracyTable.MeanFaceLabel, meanFace);
        foreach (var method in methods)
            if (method.Errors is { } errors) yield return (method.Method, errors);
    }

    /// <summary>Writes both files into a folder.</summary>
    /// <exception cref="FmlException">A file cannot be written.</exception>
    public void Save(string folder)
    {
        AtomicFile.Write(Path.Combine(folder, "evaluation.json"), stream => JsonSerializer.Serialize(stream, this, Json));
        AtomicFile.WriteText(Path.Combine(folder, "evaluation.csv"), ToCsv(Rows));
    }

    /// <summary>Reads <c>evaluation.json</c> of a folder.</summary>
    /// <exception cref="FmlException">There is none, or it is damaged.</exception>
    public static EvaluationFile Load(string folder)
    {
        var path = Path.Combine(folder, "evaluation.json");
        try
        {
            using var stream = File.OpenRead(path);
            var file = JsonSerializer.Deserialize<EvaluationFile>(stream, Json);
            return file?.Format == Version ? file : throw new JsonException($"its format is '{file?.Format}', not '{Version}'");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new FmlException($"Cannot read {path}, which is damaged or no evaluation: {e.Message}", e);
        }
    }

    /// <summary>Rows as comma-separated text with a heading.</summary>
    public static string ToCsv(IEnumerable<EvaluationRow> rows)
    {
        var text = new StringBuilder();
        foreach (var cells in rows.Select(row => row.Cells).Prepend(EvaluationRow.Columns)) text.AppendJoin(',', cells.Select(Quoted)).Append('\n');
        return text.ToString();
    }

    /// <summary>Rows from what <see cref="ToCsv"/> gave.</summary>
    /// <exception cref="FmlException">The text is something else.</exception>
    public static ImmutableArray<EvaluationRow> FromCsv(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Cells).ToArray();
        if (lines.Length == 0 || !lines[0].SequenceEqual(EvaluationRow.Columns))
            throw new FmlException($"This is no evaluation: its first line is not '{string.Join(',', EvaluationRow.Columns)}'.");
        try
        {
            return [.. lines.Skip(1).Select(EvaluationRow.OfCells)];
        }
        catch (Exception e) when (e is FormatException or ArgumentOutOfRangeException)
        {
            throw new FmlException($"The evaluation is damaged: {e.Message}", e);
        }
    }

    private static string Quoted(string cell) => cell.AsSpan().IndexOfAny(",\"\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"")}\"";

    private static List<string> Cells(string line)
    {
        var (cells, cell, quoted) = (new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"' && quoted && i + 1 < line.Length && line[i + 1] == '"') cell.Append(line[++i]);
            else if (line[i] == '"') quoted = !quoted;
            else if (line[i] == ',' && !quoted)
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
            else cell.Append(line[i]);
        }
        cells.Add(cell.ToString());
        return cells;
    }
}

/// <summary>Share of the neutral face's vertices within a distance of the truth.</summary>
/// <param name="Method">The method.</param>
/// <param name="Dataset">Name of the dataset or condition.</param>
/// <param name="Distances">mm.</param>
/// <param name="Shares">0 to 1.</param>
public sealed record EvaluationCurve(string Method, string Dataset, ImmutableArray<double> Distances, ImmutableArray<double> Shares);

/// <summary>One person's neutral error with the usual number of frames, mm.</summary>
/// <param name="Method">The method.</param>
/// <param name="Dataset">Name of the dataset or condition.</param>
/// <param name="Person">The person.</param>
/// <param name="Rigid">After rigid alignment.</param>
/// <param name="Scaled">With scale.</param>
/// <param name="MeanFaceRigid">The mean face's.</param>
/// <param name="MeanFaceScaled">The mean face's with scale.</param>
/// <param name="Landmarks">Landmark error per eye distance.</param>
public sealed record EvaluationPersonRow(
    string Method, string Dataset, string Person, double? Rigid, double? Scaled, double? MeanFaceRigid, double? MeanFaceScaled, double? Landmarks);
