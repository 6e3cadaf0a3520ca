using System.Collections.Immutable;
using System.Text;
using Fml.Native;

namespace Fml.Model;

/// <summary>How the body of a PLY file is written.</summary>
internal enum PlyFormat
{
    Ascii,
    LittleEndian,
    BigEndian,
}

/// <summary>Types of numbers in PLY.</summary>
internal enum PlyType
{
    Int8,
    UInt8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Float32,
    Float64,
}

/// <summary>A property of an element: one number, or a list with its length before it.</summary>
internal sealed record PlyProperty(string Name, PlyType Type, PlyType? CountType);

/// <summary>An element: so many records with these properties.</summary>
internal sealed record PlyElement(string Name, int Count, ImmutableArray<PlyProperty> Properties);

/// <summary>What the head of a PLY file says.</summary>
/// <param name="Format">How the body is written.</param>
/// <param name="Elements">What it holds, in order.</param>
/// <param name="Length">Bytes of the head.</param>
/// <param name="Lines">Lines of the head.</param>
internal sealed record PlyHeader(PlyFormat Format, ImmutableArray<PlyElement> Elements, int Length, int Lines)
{
    /// <summary>Reads the head of a file.</summary>
    /// <exception cref="FmlException">It is no PLY, or malformed; the message names the line.</exception>
    public static PlyHeader Read(string path, ReadOnlySpan<byte> bytes)
    {
        var rest = bytes;
        if (!MeshText.Line(ref rest, out var first) || !first.TrimEnd((byte)'\r').SequenceEqual("ply"u8))
            throw MeshBuilder.Malformed(path, "line 1", "a PLY file begins with the line 'ply'");
        PlyFormat? format = null;
        var elements = new List<(string Name, int Count, List<PlyProperty> Properties)>();
        for (var number = 2; MeshText.Line(ref rest, out var line); number++)
        {
            var words = Encoding.Latin1.GetString(line).Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case [] or ["comment" or "obj_info", ..]:
                    break;
                case ["format", var name, ..] when FormatOf(name) is { } found:
                    format = found;
                    break;
                case ["element", var name, var count] when int.TryParse(count, out var n) && n >= 0:
                    elements.Add((name, n, []));
                    break;
                case ["property", "list", var countType, var type, var name]
                    when elements.Count > 0 && TypeOf(countType) is { } ct and not (PlyType.Float32 or PlyType.Float64) && TypeOf(type) is { } t:
                    elements[^1].Properties.Add(new PlyProperty(name, t, ct));
                    break;
                case ["property", var type, var name] when elements.Count > 0 && TypeOf(type) is { } t:
                    elements[^1].Properties.Add(new PlyProperty(name, t, null));
                    break;
                case ["end_header"] when format is { } known:
                    return new PlyHeader(
                        known, [.. elements.Select(e => new PlyElement(e.Name, e.Count, [.. e.Properties]))], bytes.Length - rest.Length, number);
                default:
                    throw MeshBuilder.Malformed(path, $"line {number}", $"{MeshText.Quoted(line)} is not understood in the head of a PLY file");
            }
        }
        throw MeshBuilder.Malformed(path, "end", "the head of the PLY file has no line 'end_header'");
    }

    private static PlyFormat? FormatOf(string name) => name switch
    {
        "ascii" => PlyFormat.Ascii,
        "binary_little_endian" => PlyFormat.LittleEndian,
        "binary_big_endian" => PlyFormat.BigEndian,
        _ => null,
    };

    private static PlyType? TypeOf(string name) => name switch
    {
        "char" or "int8" => PlyType.Int8,
        "uchar" or "uint8" => PlyType.UInt8,
        "short" or "int16" => PlyType.Int16,
        "ushort" or "uint16" => PlyType.UInt16,
        "int" or "int32" => PlyType.Int32,
        "uint" or "uint32" => PlyType.UInt32,
        "float" or "float32" => PlyType.Float32,
        "double" or "float64" => PlyType.Float64,
        _ => null,
    };
}
