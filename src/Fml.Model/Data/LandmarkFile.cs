using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Landmarks that a user supplies. Coordinates are pixels of the upright original frames, x right, y down, the corner of the picture at 0
/// and pixel centres at +0.5; order Multi-PIE. A clip is named as the dataset names it (<c>person/clip</c>, or <c>clip</c> alone), with or
/// without extension.
/// <para>CSV: a line a frame, <c>clip,frame,x0,y0,...,x67,y67[,confidence]</c>; a first line that starts with "clip" and lines that start
/// with '#' are skipped.</para>
/// <para>JSON: a list of <c>{"clip": "a", "frame": 0, "landmarks": [x0, y0, ...], "confidence": 0.9}</c>; landmarks may be pairs, and the
/// confidence may be left out (1), one number, or 68.</para>
/// </summary>
public sealed class LandmarkFile
{
    private readonly ImmutableDictionary<(string Clip, int Frame), (ImmutableArray<Vector2>, ImmutableArray<float>)> frames;

    private LandmarkFile(string path, IEnumerable<(string Clip, int Frame, float[] Points, float[] Confidence)> rows)
    {
        Path = path;
        var builder = ImmutableDictionary.CreateBuilder<(string, int), (ImmutableArray<Vector2>, ImmutableArray<float>)>();
        foreach (var (clip, frame, points, confidence) in rows)
        {
            if (points.Length != 136 || !points.All(float.IsFinite))
                throw new FormatException($"clip {clip}, frame {frame} has {points.Length} finite coordinates instead of 136");
            if (confidence.Length is not (1 or 68) || !confidence.All(c => c is >= 0 and <= 1))
                throw new FormatException($"clip {clip}, frame {frame} needs one confidence or 68, from 0 to 1");
            builder[(Plain(clip), frame)] = (
                [.. points.Chunk(2).Select(p => new Vector2(p[0], p[1]))],
                confidence.Length == 68 ? [.. confidence] : [.. Enumerable.Repeat(confidence[0], 68)]);
        }
        frames = builder.ToImmutable();
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Reads a file, JSON by its extension and CSV otherwise.</summary>
    /// <exception cref="FmlException">It is missing or malformed; the message names the line or frame.</exception>
    public static LandmarkFile Load(string path)
    {
        try
        {
            return System.IO.Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase)
                ? new LandmarkFile(path, Json(path)) : new LandmarkFile(path, Csv(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or JsonException
            or KeyNotFoundException or InvalidOperationException)
        {
            throw new FmlException($"The landmarks in {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Landmarks of one frame, original pixels; null when the file has none.</summary>
    public (ImmutableArray<Vector2> Points, ImmutableArray<float> Confidence)? Find(string person, string clip, int frame) =>
        frames.TryGetValue((Plain($"{person}/{clip}"), frame), out var full) ? full
        : frames.TryGetValue((Plain(clip), frame), out var bare) ? bare : null;

    // Without extension, whatever the way slashes lean.
    private static string Plain(string clip) =>
        FrameSource.IsReadable(clip = clip.Replace('\\', '/')) ? clip[..^System.IO.Path.GetExtension(clip).Length] : clip;

    private static IEnumerable<(string, int, float[], float[])> Csv(string path)
    {
        foreach (var (line, number) in File.ReadLines(path).Select((line, i) => (line, i + 1)))
        {
            if (line.Length == 0 || line[0] == '#' || (number == 1 && line.StartsWith("clip", StringComparison.OrdinalIgnoreCase)))
                continue;
            var cells = line.Split(',', StringSplitOptions.TrimEntries);
            if (cells.Length is not (138 or 139))
                throw new FormatException($"line {number} has {cells.Length} cells instead of 138 or 139");
            if (!int.TryParse(cells[1], NumberStyles.Integer, CultureInfo.InvariantCulture, out var frame))
                throw new FormatException($"line {number}: the frame '{cells[1]}' is no whole number");
            var values = cells[2..].Select(c => float.TryParse(c, CultureInfo.InvariantCulture, out var v) ? v
                : throw new FormatException($"line {number}: '{c}' is no number")).ToArray();
            yield return (cells[0], frame, values[..136], values.Length > 136 ? values[136..] : [1]);
        }
    }

    private static IEnumerable<(string, int, float[], float[])> Json(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        foreach (var row in json.RootElement.EnumerateArray())
        {
            yield return (
                row.GetProperty("clip").GetString()!, row.GetProperty("frame").GetInt32(), [.. Numbers(row.GetProperty("landmarks"))],
                row.TryGetProperty("confidence", out var confidence) ? [.. Numbers(confidence)] : [1]);
        }
    }

    private static IEnumerable<float> Numbers(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray().SelectMany(Numbers) : [element.GetSingle()];
}
