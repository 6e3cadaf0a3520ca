using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// A safetensors file opened for reading piece by piece, for files that are better not in memory as a whole; <see cref="SafetensorsFile"/>
/// reads small ones. The tensors share one place in the file: one is read at a time, in any order.
/// </summary>
public sealed class SafetensorsReader : IDisposable
{
    private readonly FileStream stream;
    private readonly string path;
    private readonly SafetensorsHeader header;

    private SafetensorsReader(FileStream stream, SafetensorsHeader header, string path)
    {
        (this.stream, this.header, this.path) = (stream, header, path);
        Tensors = [.. header.Entries.Select(Describe)];
    }

    /// <summary>The file's free text by name.</summary>
    public ImmutableDictionary<string, string> Metadata => header.Metadata;

    /// <summary>
    /// The tensors in the order of their data. F16 and BF16 become F32, I64 becomes I32 and BOOL becomes U8, as those are the types
    /// computed with. Pieces are read when they are asked for, while the reader is open.
    /// </summary>
    public ImmutableArray<TensorStream> Tensors { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="FmlException">The file is missing, truncated or malformed, or holds what cannot be represented.</exception>
    public static SafetensorsReader Open(string path)
    {
        var stream = SafetensorsHeader.Open(path);
        try
        {
            return new SafetensorsReader(stream, SafetensorsHeader.Read(stream, path), path);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => stream.Dispose();

    private TensorStream Describe(SafetensorsEntry entry)
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
        return entry.ByteCount(type.Size()) is not null && entry.Dimensions.All(d => d <= int.MaxValue)
            ? new TensorStream(entry.Name, type, [.. entry.Dimensions.Select(d => (int)d)], Pieces(entry, type))
            : throw new FmlException($"{path}: tensor '{entry.Name}' of shape {entry.Shape} has a size beyond 2 147 483 647; split it.");
    }

    private IEnumerable<ReadOnlyMemory<byte>> Pieces(SafetensorsEntry entry, ElementType type)
    {
        var (storedSize, size) = (entry.StoredSize!.Value, type.Size());
        var left = (entry.End - entry.Begin) / storedSize;
        var most = (int)Math.Min(left, TensorStream.PieceBytes / Math.Max(storedSize, size));
        var stored = ArrayPool<byte>.Shared.Rent(most * storedSize);
        var elements = storedSize == size ? stored : ArrayPool<byte>.Shared.Rent(most * size);
        try
        {
            for (var position = header.DataOffset + entry.Begin; left > 0;)
            {
                var count = (int)Math.Min(left, most);
                Read(position, stored.AsSpan(0, count * storedSize));
                if (storedSize != size) Convert(entry, stored.AsSpan(0, count * storedSize), elements);
                yield return elements.AsMemory(0, count * size);
                position += count * storedSize;
                left -= count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(stored);
            if (elements != stored) ArrayPool<byte>.Shared.Return(elements);
        }
    }

    private void Read(long position, Span<byte> target)
    {
        try
        {
            stream.Position = position;
            stream.ReadExactly(target);
        }
        catch (IOException e)
        {
            throw new FmlException($"Cannot read {path}: {e.Message}", e);
        }
    }

    // Both kinds of elements, halves and long integers, become ones of 4 bytes.
    private void Convert(SafetensorsEntry entry, ReadOnlySpan<byte> source, Span<byte> target)
    {
        var floats = MemoryMarshal.Cast<byte, float>(target);
        var integers = MemoryMarshal.Cast<byte, int>(target);
        switch (entry.Type)
        {
            case "F16":
                var halves = MemoryMarshal.Cast<byte, Half>(source);
                for (var i = 0; i < halves.Length; i++) floats[i] = (float)halves[i];
                break;
            case "BF16":
                var upperHalves = MemoryMarshal.Cast<byte, ushort>(source);
                for (var i = 0; i < upperHalves.Length; i++) integers[i] = upperHalves[i] << 16;
                break;
            default:
                var longs = MemoryMarshal.Cast<byte, long>(source);
                for (var i = 0; i < longs.Length; i++)
                    integers[i] = longs[i] == (int)longs[i] ? (int)longs[i] : throw new FmlException(
                        $"{path}: tensor '{entry.Name}' holds {longs[i]}, which is outside the range of 32-bit integers.");
                break;
        }
    }
}
