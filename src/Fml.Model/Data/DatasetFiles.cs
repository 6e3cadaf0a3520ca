using System.Collections.Immutable;
using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// The files of a dataset: <c>dataset.json</c> (everything but pixels), <c>shard-00000.tar</c> (one clip's <c>key.jpg</c> and
/// <c>key.json</c>),
/// <c>shard-00000.json</c> (that clip's part of the index, from which an interrupted preparation goes on) and <c>options.json</c>.
/// </summary>
internal static class DatasetFiles
{
    public const int Version = 1;
    public const string Index = "dataset.json";
    public const string Options = "options.json";

    public static string Tar(int shard) => $"shard-{shard:D5}.tar";

    public static string ClipIndex(int shard) => $"shard-{shard:D5}.json";

    /// <summary>Number of a shard file's name; null for any other file.</summary>
    public static int? ShardNumber(string path) =>
        Path.GetFileNameWithoutExtension(path).TrimStart('.') is var name && name.StartsWith("shard-", StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(6).Slice(0, Math.Min(5, name.Length - 6)), out var number) ? number : null;

    public static void Save<T>(string path, T value) =>
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, value, Json<T>()));

    public static T Load<T>(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize(stream, Json<T>()) ?? throw new JsonException("it is empty");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new FmlException($"Cannot read {path}, which is damaged or no part of a dataset: {e.Message}", e);
        }
    }

    public static string Fingerprint(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FmlException($"Cannot read {path}: {e.Message}", e);
        }
    }

    public static byte[] Bytes(FrameEntry frame) => JsonSerializer.SerializeToUtf8Bytes(frame, Json<FrameEntry>());

    private static System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> Json<T>() =>
        (System.Text.Json.Serialization.Metadata.JsonTypeInfo<T>)DatasetJson.Default.GetTypeInfo(typeof(T))!;
}

/// <summary>What <c>dataset.json</c> holds.</summary>
internal sealed record IndexEntry(
    int FormatVersion, int CropSize, string ColourSpace, ImmutableSortedDictionary<string, string> Options,
    ImmutableArray<PersonEntry> People);

internal sealed record PersonEntry(string Name, ImmutableArray<ClipEntry> Clips);

/// <summary>One clip: where its pictures are, its frames, and what was left out. A clip without frames has no shard.</summary>
internal sealed record ClipEntry(
    string Person, string Name, string? Shard, long ShardBytes, ImmutableArray<FrameEntry> Frames, ImmutableArray<SkippedEntry> Skipped);

internal sealed record SkippedEntry(int Frame, string Reason);

/// <summary>
/// One frame; landmarks are x, y of each in turn, [136]. Offset and length locate the JPEG in the shard (0 inside the shard's own entry).
/// </summary>
internal sealed record FrameEntry(
    string Key, int Frame, double Time, long Offset, int Length, float[] Landmarks, float[] Confidence, float CropScale, float CropOffsetX,
    float CropOffsetY, float Focal, float CenterX, float CenterY, bool CameraKnown, int OriginalWidth, int OriginalHeight)
{
    public static FrameEntry Of(FaceFrame frame) => new(
        frame.Key, frame.Index, frame.Time, 0, 0, [.. frame.Landmarks.SelectMany(p => new[] { p.X, p.Y })], [.. frame.Confidence],
        frame.Crop.Scale, frame.Crop.OffsetX, frame.Crop.OffsetY, frame.Camera.Focal, frame.Camera.CenterX, frame.Camera.CenterY,
        frame.CameraKnown, frame.OriginalWidth, frame.OriginalHeight);

    public FaceFrame ToFrame(string person, string clip) => new()
    {
        Key = Key,
        Person = person,
        Clip = clip,
        Index = Frame,
        Time = Time,
        Landmarks = [.. Landmarks.Chunk(2).Select(p => new Vector2(p[0], p[1]))],
        Confidence = [.. Confidence],
        Crop = new(CropScale, CropOffsetX, CropOffsetY),
        Camera = new(Focal, CenterX, CenterY),
        CameraKnown = CameraKnown,
        OriginalWidth = OriginalWidth,
        OriginalHeight = OriginalHeight,
    };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(IndexEntry))]
[JsonSerializable(typeof(ClipEntry))]
[JsonSerializable(typeof(FrameEntry))]
[JsonSerializable(typeof(ImmutableSortedDictionary<string, string>))]
internal sealed partial class DatasetJson : JsonSerializerContext;
