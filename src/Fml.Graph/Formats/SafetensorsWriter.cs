using System.Buffers.Binary;
using System.Text.Json;
using Fml.Native;

namespace Fml.Graph;

/// <summary>Writes safetensors files of any size: the header, then each tensor piece by piece as it comes.</summary>
public static class SafetensorsWriter
{
    /// <summary>
    /// Writes a file: first under a temporary name, then renamed. The order of the tensors does not matter: the same content gives the same
    /// bytes.
    /// </summary>
    /// <param name="path">File to write.</param>
    /// <param name="metadata">Free text by name.</param>
    /// <param name="tensors">Tensors of different names; each one's pieces are asked for once.</param>
    /// <exception cref="FmlException">The file cannot be written.</exception>
    /// <exception cref="ArgumentException">A tensor's pieces are not as many bytes as its shape, or two have one name.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, string> metadata, IEnumerable<TensorStream> tensors)
    {
        // Larger element types first keeps every tensor aligned to its own element size.
        TensorStream[] ordered = [.. tensors.OrderByDescending(t => t.Type.Size()).ThenBy(t => t.Name, StringComparer.Ordinal)];
        if (ordered.GroupBy(t => t.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"two tensors are named {twice.Key}", nameof(tensors));
        var header = Header(metadata, ordered);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var tensor in ordered) Write(stream, tensor);
        });
    }

    private static void Write(Stream stream, TensorStream tensor)
    {
        var written = 0L;
        foreach (var piece in tensor.Pieces)
        {
            stream.Write(piece.Span);
            written += piece.Length;
        }
        if (written != tensor.ByteCount)
            throw new ArgumentException($"the pieces of tensor {tensor.Name} have {written} bytes, its shape {tensor.ByteCount}", nameof(tensor));
    }

    private static byte[] Header(IReadOnlyDictionary<string, string> metadata, TensorStream[] ordered)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            foreach (var (name, text) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(name, text);
            json.WriteEndObject();
            var offset = 0L;
            foreach (var tensor in ordered)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type.ToString());
                json.WriteStartArray("shape");
                foreach (var size in tensor.Dimensions) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.ByteCount);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }
}
