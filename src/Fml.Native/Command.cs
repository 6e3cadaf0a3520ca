using System.Collections.Immutable;

namespace Fml.Native;

/// <summary>One thing a device is asked to do. A list of commands is prepared once and run many times.</summary>
public abstract record Command
{
    private Command() { }

    /// <summary>A kernel on operands.</summary>
    public abstract record Launch(Kernel AnyKernel, ImmutableArray<Region> Operands) : Command;

    /// <summary>A kernel with its parameters on operands.</summary>
    public sealed record Launch<TParameters>(Kernel<TParameters> Kernel, TParameters Parameters, ImmutableArray<Region> Operands)
        : Launch(Kernel, Operands)
        where TParameters : unmanaged;

    /// <summary>A product of row-major matrices, <c>C = op(A) op(B)</c>, or added to C.</summary>
    public sealed record MatrixProduct(ElementType Type, MatrixShape Shape, Region A, Region B, Region C) : Command;

    /// <summary>A copy of <paramref name="ByteCount"/> bytes inside the device.</summary>
    public sealed record Copy(Region From, Region To, long ByteCount) : Command;
}

/// <summary>
/// Sizes of a batch of products <c>C[Rows,Columns] = op(A)[Rows,Inner] op(B)[Inner,Columns]</c> of dense row-major matrices.
/// </summary>
/// <param name="Rows">Rows of C.</param>
/// <param name="Columns">Columns of C.</param>
/// <param name="Inner">The summed dimension.</param>
/// <param name="TransposeA">A is stored [Inner,Rows].</param>
/// <param name="TransposeB">B is stored [Columns,Inner].</param>
/// <param name="Accumulate">Adds to C instead of overwriting it.</param>
/// <param name="Batch">Number of products.</param>
/// <param name="StrideA">Elements from one A of the batch to the next; 0 shares one A.</param>
/// <param name="StrideB">Elements from one B of the batch to the next; 0 shares one B.</param>
public readonly record struct MatrixShape(
    int Rows, int Columns, int Inner, bool TransposeA = false, bool TransposeB = false, bool Accumulate = false,
    int Batch = 1, long StrideA = 0, long StrideB = 0);
