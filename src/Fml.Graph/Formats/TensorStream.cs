using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// A tensor that comes piece by piece, so that it need not be in host memory as a whole: what large files exchange with devices.
/// </summary>
/// <param name="Name">Name of the tensor.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="Dimensions">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Pieces">
/// The elements in row-major order, little-endian, a whole number of them in each piece. A piece is overwritten when the next is asked for.
/// </param>
public sealed record TensorStream(string Name, ElementType Type, ImmutableArray<int> Dimensions, IEnumerable<ReadOnlyMemory<byte>> Pieces)
{
    /// <summary>Largest piece that is made here, bytes.</summary>
    internal const int PieceBytes = 4 << 20;

    /// <summary>A tensor in memory, as one piece.</summary>
    public static TensorStream Of(string name, HostTensor tensor) => new(name, tensor.Type, tensor.Dimensions, [tensor.Bytes]);

    /// <summary>All pieces together.</summary>
    /// <param name="source">Where the tensor comes from, for the message.</param>
    /// <exception cref="FmlException">They are more than 2 GB.</exception>
    public HostTensor Whole(string source)
    {
        if (ByteCount > Array.MaxLength)
            throw new FmlException(
                $"{source}: tensor '{Name}' of shape [{string.Join(", ", Dimensions)}] is larger than 2 GB in memory; split it.");
        var data = GC.AllocateUninitializedArray<byte>((int)ByteCount);
        var at = 0;
        foreach (var piece in Pieces)
        {
            piece.Span.CopyTo(data.AsSpan(at));
            at += piece.Length;
        }
        return new HostTensor(Type, Dimensions, data);
    }

    /// <summary>Size of all pieces together.</summary>
    internal long ByteCount => Dimensions.Aggregate((long)Type.Size(), (product, size) => checked(product * size));
}
