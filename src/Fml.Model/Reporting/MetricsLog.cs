using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// The metrics of a run as JSON lines, one object a sample: <c>{"step":..,"seconds":..,"stage":"..","values":{"loss/total":..}}</c>;
/// a value that is no number is <c>null</c>. Lines are appended whole, and a line that a crash cut short is dropped when the run goes on.
/// </summary>
public sealed class MetricsLog : IDisposable
{
    private readonly FileStream stream;

    private MetricsLog(FileStream stream) => this.stream = stream;

    /// <summary>Opens a log to append to. Samples after the step at which a run resumes are dropped: they will come again.</summary>
    /// <exception cref="FmlException">The file is malformed or cannot be written.</exception>
    public static MetricsLog Open(string path, long lastStep = long.MaxValue)
    {
        var kept = File.Exists(path) ? Read(path).Where(sample => sample.Step <= lastStep).ToArray() : [];
        AtomicFile.WriteText(path, string.Concat(kept.Select(Line)));
        try
        {
            return new MetricsLog(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FmlException($"Cannot write {path}: {e.Message}", e);
        }
    }

    /// <summary>Appends one sample and hands it to the operating system.</summary>
    public void Append(MetricSample sample)
    {
        stream.Write(Encoding.UTF8.GetBytes(Line(sample)));
        stream.Flush();
    }

    /// <summary>Reads a log, also one that is being written; an unfinished last line is left out.</summary>
    /// <exception cref="FmlException">The file cannot be read or a line in it is malformed; the message says which.</exception>
    public static ImmutableArray<MetricSample> Read(string path)
    {
        string text;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            text = new StreamReader(file, Encoding.UTF8).ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FmlException($"Cannot read {path}: {e.Message}", e);
        }
        var lines = text.Split('\n')[..^1]; // what follows the last line feed is unfinished, or nothing
        return [.. lines.Select((line, index) => Parse(line, index + 1, path))];
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private static string Line(MetricSample sample)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("step", sample.Step);
            json.WriteNumber("seconds", Math.Round(sample.Seconds, 3));
            json.WriteString("stage", sample.Stage);
            json.WriteStartObject("values");
            foreach (var (name, value) in sample.Values)
            {
                if (double.IsFinite(value)) json.WriteNumber(name, value);
                else json.WriteNull(name);
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray()) + '\n';
    }

    private static MetricSample Parse(string line, int number, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var values = root.GetProperty("values").EnumerateObject().ToImmutableSortedDictionary(
                p => p.Name, p => p.Value.ValueKind == JsonValueKind.Null ? double.NaN : p.Value.GetDouble(), StringComparer.Ordinal);
            var (step, seconds) = (root.GetProperty("step").GetInt64(), root.GetProperty("seconds").GetDouble());
            return new MetricSample(step, seconds, root.GetProperty("stage").GetString() ?? "", values);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new FmlException($"Line {number} of {path} is no metrics sample; delete that line or the file.", e);
        }
    }
}
