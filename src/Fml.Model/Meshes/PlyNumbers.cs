using System.Buffers.Binary;
using Fml.Native;

namespace Fml.Model;

/// <summary>The numbers of a PLY file's body one after the other, however they are written.</summary>
internal ref struct PlyNumbers
{
    private readonly string path;
    private readonly PlyFormat format;
    private readonly int length;
    private ReadOnlySpan<byte> rest;
    private int line, last;

    /// <summary>Begins after the head.</summary>
    public PlyNumbers(string path, PlyHeader header, ReadOnlySpan<byte> bytes)
    {
        (this.path, format, length, line) = (path, header.Format, bytes.Length, header.Lines + 1);
        rest = bytes[header.Length..];
    }

    /// <summary>Where the last number stands, for messages.</summary>
    public readonly string Place => format == PlyFormat.Ascii ? $"line {line}" : $"byte {last}";

    /// <summary>The next number.</summary>
    /// <exception cref="FmlException">The file ends before, or there is something else.</exception>
    public double Next(PlyType type)
    {
        if (format == PlyFormat.Ascii) return Written();
        last = length - rest.Length;
        var size = Size(type);
        if (rest.Length < size) throw MeshBuilder.Malformed(path, $"byte {length}", "the file ends before all that its head promises");
        var bytes = rest[..size];
        rest = rest[size..];
        var little = format == PlyFormat.LittleEndian;
        return type switch
        {
            PlyType.Int8 => (sbyte)bytes[0],
            PlyType.UInt8 => bytes[0],
            PlyType.Int16 => little ? BinaryPrimitives.ReadInt16LittleEndian(bytes) : BinaryPrimitives.ReadInt16BigEndian(bytes),
            PlyType.UInt16 => little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes),
            PlyType.Int32 => little ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : BinaryPrimitives.ReadInt32BigEndian(bytes),
            PlyType.UInt32 => little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes),
            PlyType.Float32 => little ? BinaryPrimitives.ReadSingleLittleEndian(bytes) : BinaryPrimitives.ReadSingleBigEndian(bytes),
            _ => little ? BinaryPrimitives.ReadDoubleLittleEndian(bytes) : BinaryPrimitives.ReadDoubleBigEndian(bytes),
        };
    }

    // The next word, on this line or a later one.
    private double Written()
    {
        while (!rest.IsEmpty && rest[0] <= ' ')
        {
            if (rest[0] == '\n') line++;
            rest = rest[1..];
        }
        if (rest.IsEmpty) throw MeshBuilder.Malformed(path, $"line {line}", "the file ends before all that its head promises");
        var word = MeshText.Word(ref rest);
        return MeshText.Number(word, out var value) ? value : throw MeshBuilder.Malformed(path, $"line {line}", $"{MeshText.Quoted(word)} is no number");
    }

    private static int Size(PlyType type) => type switch
    {
        PlyType.Int8 or PlyType.UInt8 => 1,
        PlyType.Int16 or PlyType.UInt16 => 2,
        PlyType.Float64 => 8,
        _ => 4,
    };
}
