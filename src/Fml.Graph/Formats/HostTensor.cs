using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Fml.Native;

namespace Fml.Graph;

/// <summary>A tensor in host memory: what files and parameters exchange with the world.</summary>
/// <param name="Type">Type of the elements.</param>
/// <param name="Dimensions">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Bytes">The elements in row-major order, little-endian; at most 2 GB.</param>
public sealed record HostTensor(ElementType Type, ImmutableArray<int> Dimensions, byte[] Bytes)
{
    /// <summary>Number of elements.</summary>
    public int Count => Bytes.Length / Type.Size();

    /// <summary>Copies an array into a tensor; without sizes it is a vector.</summary>
    /// <exception cref="ArgumentException">The sizes do not multiply to the array's length.</exception>
    public static HostTensor Of<T>(T[] data, params int[] dims) where T : unmanaged
    {
        var dimensions = dims.Length == 0 && data.Length != 1 ? [data.Length] : dims.ToImmutableArray();
        var count = dimensions.Aggregate(1L, (product, size) => product * size);
        return count == data.Length
            ? new HostTensor(ElementTypes.Of<T>(), dimensions, MemoryMarshal.AsBytes(data.AsSpan()).ToArray())
            : throw new ArgumentException($"{data.Length} values do not fill [{string.Join(", ", dimensions)}]", nameof(data));
    }

    /// <summary>A copy of the elements as an array; files' F16 and BF16 tensors are F32 here.</summary>
    /// <exception cref="FmlException">The elements are of another type.</exception>
    public T[] To<T>() where T : unmanaged => AsSpan<T>().ToArray();

    /// <summary>The elements in place.</summary>
    /// <exception cref="FmlException">The elements are of another type.</exception>
    public ReadOnlySpan<T> AsSpan<T>() where T : unmanaged => Type == ElementTypes.Of<T>()
        ? MemoryMarshal.Cast<byte, T>(Bytes)
        : throw new FmlException($"A tensor of {ElementTypes.Of<T>()} was wanted where {this} is given.");

    /// <summary>Type and shape, such as <c>F32 [3, 4]</c>.</summary>
    public override string ToString() => $"{Type} [{string.Join(", ", Dimensions)}]";
}
