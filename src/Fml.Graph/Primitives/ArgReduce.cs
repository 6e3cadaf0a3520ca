using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// The index of the greatest (or least) element along the last axis, the first of equals, as i32; the axis is dropped. NaN is never chosen
/// unless all are NaN (then 0). Constant for the gradient.
/// </summary>
/// <param name="Greatest">Greatest rather than least.</param>
public sealed record ArgReduce(bool Greatest) : Primitive
{
    /// <inheritdoc/>
    public override string Name => Greatest ? "ArgMax" : "ArgMin";

    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var shape = inputs[0].Shape;
        if (shape.Rank == 0 || shape[^1] == 0 || !inputs[0].Element.IsFloat())
            throw Mismatch("the input", "floating point with at least one element along the last axis", inputs[0]);
        return TensorType.I32(new Shape(shape.Dimensions[..^1]));
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) => NoGradient(output);

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) =>
        lowering.Run(
            Kernels.For(lowering.InputType(0).Element),
            new Sizes(lowering.OutputType.Shape.Count, lowering.InputType(0).Shape[^1], Greatest ? 1 : 0),
            lowering.Input(0), lowering.Output);

    /// <summary>Rows, their length, and whether the greatest is wanted.</summary>
    private readonly record struct Sizes(long Rows, int Length, int Greatest);

    // Operands: x [Rows,Length], y [Rows].
    private static readonly KernelFamily<Sizes> Kernels =
        new("arg_reduce", Run<float>, Run<double>, cuda: GraphCuda.Body<Sizes>("arg_reduce.cu", Stages));

    // From this length on a row is worth a block of threads rather than a warp.
    private const int LongRow = 1024;

    private static ImmutableArray<CudaStage> Stages(in Sizes sizes) =>
        sizes.Rows == 0 ? []
        : sizes.Length >= LongRow ? [CudaStage.Over("arg_reduce_long", sizes.Rows * 256)]
        : [CudaStage.Over("arg_reduce", sizes.Rows * 32)];

    private static unsafe void Run<T>(in Sizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, INumber<T> =>
        workers.For(checked((int)sizes.Rows), new Work<T>(sizes, (T*)operands[0], (int*)operands[1]));

    private readonly unsafe struct Work<T>(Sizes sizes, T* x, int* y) : IWork where T : unmanaged, INumber<T>
    {
        public void Run(int row)
        {
            var values = x + (long)row * sizes.Length;
            var best = 0;
            for (var i = 1; i < sizes.Length; i++)
                if ((sizes.Greatest != 0 ? values[i] > values[best] : values[i] < values[best]) || (T.IsNaN(values[best]) && !T.IsNaN(values[i])))
                    best = i;
            y[row] = best;
        }
    }
}
