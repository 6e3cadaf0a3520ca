using System.Collections.Immutable;
using System.Text.Json;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Weights of the face networks in the npm package <c>@vladmandic/face-api</c> (MIT): a manifest in JSON beside bytes, 8-bit quantised as
/// <c>value = scale * byte + min</c> per tensor. What the networks were trained on is not disclosed.
/// </summary>
public static class FaceApiWeights
{
    /// <summary>The environment variable that names the package's folder or its <c>model</c> folder.</summary>
    public const string Variable = "FML_FACE_API";

    private const string Package = "node_modules/@vladmandic/face-api";
    private const string Witness = "tiny_face_detector_model-weights_manifest.json";

    /// <summary>
    /// Finds the folder with the weights: the explicit one, else that of <see cref="Variable"/>, else <c>node_modules</c> of the working
    /// directory or of the program's folder or of any folder above either.
    /// </summary>
    /// <exception cref="FmlException">They are nowhere; the message says how to get them.</exception>
    public static string Find(string? folder = null)
    {
        if ((folder ?? Environment.GetEnvironmentVariable(Variable)) is { Length: > 0 } named)
        {
            return Holding(named) ?? throw new FmlException(
                $"{named}{(folder is null ? $", which {Variable} names," : "")} does not hold the face networks ({Witness}).");
        }
        return Upwards(Directory.GetCurrentDirectory()).Concat(Upwards(AppContext.BaseDirectory))
            .Select(above => Holding(Path.Combine(above, Package))).FirstOrDefault(found => found is not null)
            ?? throw new FmlException(
                "The face networks are not installed: run 'npm install' in the project's folder (or "
                + "'npm install @vladmandic/face-api@1.7.15' "
                + $"in the working directory), or let {Variable} name the package's folder, "
                + "or give landmarks of your own (fml prepare --landmarks; for fml protocol, files beside the photos).");
    }

    /// <summary>Reads a network's tensors by name, such as <c>conv0/filters</c>.</summary>
    /// <exception cref="FmlException">A file is missing, damaged or truncated.</exception>
    internal static ImmutableDictionary<string, Weights> Load(string folder, string network)
    {
        var manifest = Path.Combine(folder, $"{network}-weights_manifest.json");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(manifest));
            return json.RootElement.EnumerateArray().SelectMany(group => Read(folder, group)).ToImmutableDictionary();
        }
        catch (Exception e) when (e is IOException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new FmlException($"The face network {manifest} is damaged or incomplete: {e.Message}", e);
        }
    }

    private static IEnumerable<KeyValuePair<string, Weights>> Read(string folder, JsonElement group)
    {
        var bytes = group.GetProperty("paths").EnumerateArray()
            .SelectMany(path => File.ReadAllBytes(Path.Combine(folder, path.GetString()!))).ToArray();
        var at = 0;
        foreach (var tensor in group.GetProperty("weights").EnumerateArray())
        {
            var name = tensor.GetProperty("name").GetString()!;
            ImmutableArray<int> dimensions = [.. tensor.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())];
            var count = dimensions.Aggregate(1, (a, b) => a * b);
            var quantization = tensor.GetProperty("quantization");
            if (quantization.GetProperty("dtype").GetString() != "uint8") throw new FormatException($"{name} is not quantised to 8 bits");
            if (bytes.Length - at < count) throw new FormatException($"its bytes end before {name}");
            var (scale, least) = (quantization.GetProperty("scale").GetDouble(), quantization.GetProperty("min").GetDouble());
            yield return new(name, new Weights(dimensions, [.. bytes.AsSpan(at, count).ToArray().Select(b => (float)(scale * b + least))]));
            at += count;
        }
        if (at != bytes.Length) throw new FormatException($"it describes {at} of {bytes.Length} bytes");
    }

    private static string? Holding(string folder) =>
        new[] { folder, Path.Combine(folder, "model") }.FirstOrDefault(f => File.Exists(Path.Combine(f, Witness)));

    private static IEnumerable<string> Upwards(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent) yield return at.FullName;
    }
}

/// <summary>One tensor of a network; filters are [height, width, in, out].</summary>
internal sealed record Weights(ImmutableArray<int> Dimensions, float[] Values);
