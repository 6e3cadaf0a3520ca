using Fml.Native;

namespace Fml.Graph;

/// <summary>Where an argument of a map comes from.</summary>
/// <param name="Operand">Its memory.</param>
/// <param name="Layout">How it lies there.</param>
/// <param name="Element">Its element type.</param>
internal sealed record MapSource(Operand Operand, Layout Layout, ElementType Element)
{
    /// <summary>When set, the argument is the product of two thin matrices, formed on the fly; see <see cref="ThinFactors"/>.</summary>
    public ThinFactors? Product { get; init; }
}

/// <summary>The factors of <c>g[i, j] = sum_k A[k, i] B[k, j]</c> with few k, dense, A with the given strides.</summary>
internal sealed record ThinFactors(Operand A, Operand B, int Inner, long StrideAInner, long StrideARow);
