using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Named tensors and text in one file, as the safetensors format lays down: an 8-byte header length, a JSON header, the data. Every
/// tensor is read into and written from its own memory, so a file may be much larger than 2 GB while each tensor may not.
/// </summary>
/// <param name="Metadata">Free text by name.</param>
/// <param name="Tensors">Tensors by name.</param>
public sealed record SafetensorsFile(ImmutableDictionary<string, string> Metadata, ImmutableDictionary<string, HostTensor> Tensors)
{
    /// <summary>Where the tensors came from, for messages.</summary>
    public string Source { get; init; } = "the file";

    /// <summary>
    /// Reads a file. F16 and BF16 become F32, I64 becomes I32 and BOOL becomes U8, as those are the types computed with.
    /// </summary>
    /// <exception cref="FmlException">The file is missing, truncated or malformed, or holds what cannot be represented.</exception>
    public static SafetensorsFile Load(string path)
    {
        using var stream = SafetensorsHeader.Open(path);
        var header = SafetensorsHeader.Read(stream, path);
        var tensors = header.Entries.ToImmutableDictionary(entry => entry.Name, entry => ReadTensor(stream, header, entry, path));
        return new SafetensorsFile(header.Metadata, tensors) { Source = path };
    }

    /// <summary>Writes the file: first under a temporary name, then renamed. The same content gives the same bytes.</summary>
    /// <exception cref="FmlException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, Write);

    /// <summary>The tensor of that name with the expected type and, where not -1, sizes.</summary>
    /// <exception cref="FmlException">It is missing or different; the message names both.</exception>
    public HostTensor Get<T>(string name, params ReadOnlySpan<int> shape) where T : unmanaged
    {
        if (!Tensors.TryGetValue(name, out var tensor)) throw new FmlException($"{Source} has no tensor '{name}'.");
        var fits = tensor.Type == ElementTypes.Of<T>() && (shape.IsEmpty || tensor.Dimensions.Length == shape.Length);
        for (var i = 0; fits && i < shape.Length; i++) fits = shape[i] == -1 || shape[i] == tensor.Dimensions[i];
        if (fits) return tensor;
        var wanted = string.Join(", ", shape.ToArray().Select(size => size == -1 ? "any" : size.ToString()));
        throw new FmlException($"{Source}: tensor '{name}' is {tensor} where {ElementTypes.Of<T>()} [{wanted}] is expected.");
    }

    /// <summary>The text of that name in the metadata.</summary>
    /// <exception cref="FmlException">It is missing.</exception>
    public string Text(string name) =>
        Metadata.TryGetValue(name, out var text) ? text : throw new FmlException($"{Source} has no '{name}' in its metadata.");

    private void Write(Stream stream)
    {
        // Larger element types first keeps every tensor aligned to its own element size.
        var ordered = Tensors.OrderByDescending(t => t.Value.Type.Size()).ThenBy(t => t.Key, StringComparer.Ordinal).ToArray();
        var header = WriteHeader(ordered);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var (_, tensor) in ordered) stream.Write(tensor.Bytes);
    }

    private byte[] WriteHeader(KeyValuePair<string, HostTensor>[] ordered)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            foreach (var (name, text) in Metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(name, text);
            json.WriteEndObject();
            var offset = 0L;
            foreach (var (name, tensor) in ordered)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", tensor.Type.ToString());
                json.WriteStartArray("shape");
                foreach (var size in tensor.Dimensions) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.Bytes.LongLength);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static HostTensor ReadTensor(FileStream stream, SafetensorsHeader header, SafetensorsEntry entry, string path)
    {
        var type = entry.Type switch
        {
            "F32" or "F16" or "BF16" => ElementType.F32,
            "F64" => ElementType.F64,
            "I32" or "I64" => ElementType.I32,
            "U8" or "BOOL" => ElementType.U8,
            _ => throw new FmlException(
                $"{path}: tensor '{entry.Name}' is of type {entry.Type}; F32, F64, F16, BF16, I32, I64, U8 and BOOL can be read."),
        };
        if (entry.ByteCount(type.Size()) is not { } bytes || bytes > Array.MaxLength || entry.Dimensions.Any(d => d > int.MaxValue))
            throw new FmlException(
                $"{path}: tensor '{entry.Name}' of shape {entry.Shape} is larger than 2 GB in memory; split it.");

        stream.Position = header.DataOffset + entry.Begin;
        var data = GC.AllocateUninitializedArray<byte>((int)bytes);
        if (entry.StoredSize == type.Size()) stream.ReadExactly(data);
        else Convert(stream, entry, data, path);
        return new HostTensor(type, [.. entry.Dimensions.Select(d => (int)d)], data);
    }

    /// <summary>Reads piecewise into 4-byte elements, so that converting needs no second copy of the tensor.</summary>
    private static void Convert(FileStream stream, SafetensorsEntry entry, byte[] data, string path)
    {
        const int Piece = 1 << 16;
        var stored = new byte[Piece * entry.StoredSize!.Value];
        var floats = MemoryMarshal.Cast<byte, float>(data.AsSpan());
        var integers = MemoryMarshal.Cast<byte, int>(data.AsSpan());
        for (var start = 0; start < floats.Length; start += Piece)
        {
            var count = Math.Min(Piece, floats.Length - start);
            var source = stored.AsSpan(0, count * entry.StoredSize.Value);
            stream.ReadExactly(source);
            switch (entry.Type)
            {
                case "F16":
                    var halves = MemoryMarshal.Cast<byte, Half>(source);
                    for (var i = 0; i < count; i++) floats[start + i] = (float)halves[i];
                    break;
                case "BF16":
                    var upperHalves = MemoryMarshal.Cast<byte, ushort>(source);
                    for (var i = 0; i < count; i++) integers[start + i] = upperHalves[i] << 16;
                    break;
                default:
                    var longs = MemoryMarshal.Cast<byte, long>(source);
                    for (var i = 0; i < count; i++)
                        integers[start + i] = longs[i] == (int)longs[i] ? (int)longs[i] : throw new FmlException(
                            $"{path}: tensor '{entry.Name}' holds {longs[i]}, which is outside the range of 32-bit integers.");
                    break;
            }
        }
    }
}
