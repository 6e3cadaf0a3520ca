using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using Fml.Native;

namespace Fml.Graph;

/// <summary>What a safetensors file holds, without its data: enough to describe files of any size.</summary>
/// <param name="Metadata">The file's <c>__metadata__</c>.</param>
/// <param name="Entries">The tensors in the order of their data.</param>
/// <param name="DataOffset">Where the data begins, in bytes from the start of the file.</param>
public sealed record SafetensorsHeader(
    ImmutableDictionary<string, string> Metadata, ImmutableArray<SafetensorsEntry> Entries, long DataOffset)
{
    private const int LargestHeader = 100_000_000;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads and checks a file's header: sizes, types, and data ranges that cover the file without gap or overlap.</summary>
    /// <exception cref="FmlException">The file is missing, truncated or malformed; the message says how.</exception>
    public static SafetensorsHeader Read(string path)
    {
        using var stream = Open(path);
        return Read(stream, path);
    }

    internal static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FmlException($"There is no file {path}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FmlException($"Cannot read {path}: {e.Message}", e);
        }
    }

    internal static SafetensorsHeader Read(Stream stream, string path)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (stream.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8) throw Malformed(path, "it is shorter than a header");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length is < 2 or > LargestHeader) throw Malformed(path, $"its header claims {length} bytes");
        if ((long)length > stream.Length - 8) throw Truncated(path, 8 + (long)length, stream.Length);
        var json = new byte[length];
        stream.ReadExactly(json);
        var header = Parse(json, path);
        CheckRanges(header, stream.Length, path);
        return header;
    }

    private static SafetensorsHeader Parse(byte[] json, string path)
    {
        if (json[0] != '{') throw Malformed(path, "its header does not begin with '{'");
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            var metadata = document.RootElement.TryGetProperty("__metadata__", out var found)
                ? found.EnumerateObject().ToImmutableDictionary(p => p.Name, p => p.Value.GetString() ?? "")
                : ImmutableDictionary<string, string>.Empty;
            var entries = document.RootElement.EnumerateObject().Where(p => p.Name != "__metadata__").Select(p => ParseEntry(p, path));
            return new SafetensorsHeader(metadata, [.. entries.OrderBy(e => e.Begin).ThenBy(e => e.End)], 8 + json.Length);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw Malformed(path, $"its header cannot be read ({e.Message.TrimEnd('.')})", e);
        }
    }

    private static SafetensorsEntry ParseEntry(JsonProperty property, string path)
    {
        var offsets = property.Value.GetProperty("data_offsets");
        if (offsets.GetArrayLength() != 2) throw Malformed(path, $"tensor '{property.Name}' has no pair of data_offsets");
        return new SafetensorsEntry(
            property.Name,
            property.Value.GetProperty("dtype").GetString() ?? "",
            [.. property.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())],
            offsets[0].GetInt64(),
            offsets[1].GetInt64());
    }

    private static void CheckRanges(SafetensorsHeader header, long fileLength, string path)
    {
        var next = 0L;
        foreach (var entry in header.Entries)
        {
            if (entry.StoredSize is not { } size) throw Malformed(path, $"tensor '{entry.Name}' is of unknown type '{entry.Type}'");
            if (entry.Dimensions.Any(d => d < 0)) throw Malformed(path, $"tensor '{entry.Name}' has a negative size");
            if (entry.Begin < next) throw Malformed(path, $"the data of tensor '{entry.Name}' overlaps another's");
            if (entry.Begin > next) throw Malformed(path, $"there is a gap before the data of tensor '{entry.Name}'");
            if (entry.ByteCount(size) is not { } bytes || bytes != entry.End - entry.Begin)
                throw Malformed(path, $"tensor '{entry.Name}' ({entry.Shape}) has {entry.End - entry.Begin} bytes");
            next = entry.End;
        }
        var expected = header.DataOffset + next;
        if (fileLength < expected) throw Truncated(path, expected, fileLength);
        if (fileLength > expected) throw Malformed(path, $"{fileLength - expected} bytes follow its last tensor");
    }

    private static FmlException Truncated(string path, long expected, long actual) =>
        new($"{path} is truncated: it has {actual:N0} of {expected:N0} bytes; copy or download it again.");

    private static FmlException Malformed(string path, string reason, Exception? inner = null) =>
        new($"{path} is not a valid safetensors file: {reason}.", inner);
}

/// <summary>One tensor as the header describes it.</summary>
/// <param name="Name">Name of the tensor.</param>
/// <param name="Type">Type as stored, such as <c>F16</c>.</param>
/// <param name="Dimensions">Sizes, outermost first.</param>
/// <param name="Begin">First byte, from the start of the data.</param>
/// <param name="End">One past the last byte, from the start of the data.</param>
public sealed record SafetensorsEntry(string Name, string Type, ImmutableArray<long> Dimensions, long Begin, long End)
{
    /// <summary>The sizes for people, such as <c>[3, 4]</c>.</summary>
    public string Shape => $"[{string.Join(", ", Dimensions)}]";

    /// <summary>Bytes of one stored element; none when the type is unknown.</summary>
    internal int? StoredSize => Type switch
    {
        "F64" or "I64" or "U64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "U8" or "I8" or "BOOL" or "F8_E4M3" or "F8_E5M2" => 1,
        _ => null,
    };

    internal long? ByteCount(int elementSize)
    {
        try
        {
            return Dimensions.Aggregate((long)elementSize, (product, size) => checked(product * size));
        }
        catch (OverflowException)
        {
            return null;
        }
    }
}
