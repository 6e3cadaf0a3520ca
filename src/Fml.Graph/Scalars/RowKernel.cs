using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Compiled expressions over a row: reads <paramref name="count"/> elements of each argument, writes as many of each output, and allocates
/// nothing. An element's result depends on its own arguments only, bit for bit, wherever it stands in the row and however a row is cut.
/// An output may be the very memory of a contiguous argument with elements of the same size; other overlaps are not allowed. Arguments
/// that no expression uses are never read.
/// </summary>
/// <param name="arguments">One address an argument.</param>
/// <param name="outputs">One address an output; outputs are contiguous.</param>
/// <param name="count">Elements of the row; may be 0.</param>
internal unsafe delegate void RowKernel(void** arguments, void** outputs, long count);

/// <summary>How a row kernel reads one argument.</summary>
/// <param name="Type">The elements' type in memory; integers are converted as they are read.</param>
/// <param name="Stride">
/// Elements from one value to the next: 1 for contiguous values, 0 for one value shared by the row, any other number (negative too) for
/// strided ones.
/// </param>
internal readonly record struct ArgumentAccess(ElementType Type, long Stride)
{
    public static ArgumentAccess Contiguous(ElementType type) => new(type, 1);

    public static ArgumentAccess Broadcast(ElementType type) => new(type, 0);

    public static ArgumentAccess Strided(ElementType type, long stride) => new(type, stride);
}

/// <summary>What a row kernel computes: the key of the process-wide cache.</summary>
/// <param name="Expressions">One expression an output.</param>
/// <param name="OutputTypes">The type of each output's elements; integers are truncated towards zero and saturate.</param>
/// <param name="Arguments">How each argument is read; at least as many as the expressions use.</param>
/// <param name="Arithmetic">The type that is computed in, f32 or f64.</param>
internal sealed record RowSignature(
    ImmutableArray<Scalar> Expressions,
    ImmutableArray<ElementType> OutputTypes,
    ImmutableArray<ArgumentAccess> Arguments,
    ElementType Arithmetic)
{
    public bool Equals(RowSignature? other) =>
        other is not null && Arithmetic == other.Arithmetic && OutputTypes.SequenceEqual(other.OutputTypes)
        && Arguments.SequenceEqual(other.Arguments) && Expressions.SequenceEqual(other.Expressions);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Arithmetic);
        foreach (var expression in Expressions) hash.Add(expression);
        foreach (var type in OutputTypes) hash.Add(type);
        foreach (var argument in Arguments) hash.Add(argument);
        return hash.ToHashCode();
    }
}
