using System.Collections.Immutable;
using Fml.Graph;
using Fml.Native;

namespace GraphExample;

/// <summary>A primitive of one's own: <c>y = exp(x - max x) / sum exp(x - max x)</c> along the last axis.</summary>
public sealed record Softmax : Primitive
{
    /// <summary>Softmax along the last axis.</summary>
    public static Node Of(Node x) => Node.Apply.Of(new Softmax(), x);

    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs) =>
        inputs[0].Element.IsFloat() && inputs[0].Shape.Rank > 0 ? inputs[0] : throw Mismatch("x", "floating point with at least one axis", inputs[0]);

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
        [output * (adjoint - Ops.Sum(output * adjoint, [output.Shape.Rank - 1], keepDimensions: true))];

    /// <inheritdoc/>
    public override void Lower(Lowering lowering)
    {
        var shape = lowering.OutputType.Shape;
        var columns = Math.Max(1, shape[^1]);
        lowering.Run(Kernels.For(lowering.OutputType.Element), new SoftmaxSizes(shape.Count / columns, columns), lowering.Input(0), lowering.Output);
    }

    // Operands: x [Rows,Columns], y [Rows,Columns]. On CUDA a warp does a row, eight rows a block.
    private static readonly KernelFamily<SoftmaxSizes> Kernels = new(
        "softmax", Run<float>, Run<double>,
        cuda: new(
            CudaSource.Embedded(typeof(Softmax).Assembly, "softmax.cu"),
            (in SoftmaxSizes sizes) => [new CudaStage("softmax", checked((int)((sizes.Rows + 7) / 8)), 256)]));

    private static unsafe void Run<T>(in SoftmaxSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T> =>
        workers.For(checked((int)sizes.Rows), new Row<T>(sizes.Columns, (T*)operands[0], (T*)operands[1]));

    private readonly unsafe struct Row<T>(int columns, T* x, T* y) : IWork where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        public void Run(int row)
        {
            T* from = x + (long)row * columns, to = y + (long)row * columns;
            T greatest = T.NegativeInfinity, sum = T.Zero;
            for (var i = 0; i < columns; i++) greatest = T.Max(greatest, from[i]);
            for (var i = 0; i < columns; i++) sum += to[i] = T.Exp(from[i] - greatest);
            for (var i = 0; i < columns; i++) to[i] /= sum;
        }
    }
}

/// <summary>What both bodies of the kernel are told.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Length of a row, at least 1.</param>
public readonly record struct SoftmaxSizes(long Rows, int Columns);
