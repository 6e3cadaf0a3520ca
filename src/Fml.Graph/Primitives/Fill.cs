using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>A tensor whose elements are all the same number.</summary>
/// <param name="Type">Its type; floating point or i32.</param>
/// <param name="Value">The number.</param>
public sealed record Fill(TensorType Type, double Value) : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs) => Type;

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) => [];

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) =>
        lowering.Run(Kernels.For(Type.Element), new Sizes(Type.Shape.Count, Value), lowering.Output);

    /// <summary>Number of elements and their value.</summary>
    private readonly record struct Sizes(long Count, double Value);

    private static readonly KernelFamily<Sizes> Kernels = new(
        "fill", Run<float>, Run<double>, Run<int>,
        GraphCuda.Body("fill.cu", (in Sizes sizes) => sizes.Count == 0 ? [] : [CudaStage.Over("fill", sizes.Count / 4)]));

    private static unsafe void Run<T>(in Sizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        var value = T.CreateSaturating(sizes.Value);
        var target = (T*)operands[0];
        for (var i = 0L; i < sizes.Count; i++) target[i] = value;
    }
}
