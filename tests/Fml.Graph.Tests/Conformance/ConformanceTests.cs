using System.Collections.Immutable;
using Fml.Conformance;
using Fml.Native;

namespace Fml.Graph.Tests;

public sealed class ConformanceTests : ConformanceSuite<GraphRows>
{
    [Fact]
    public void A_wrong_gradient_is_caught()
    {
        var row = new ConformanceRow(typeof(WrongSquare), "planted", x => Node.Apply.Of(new WrongSquare(), x[0]), new InputRange([9]));
        Assert.True(ConformanceCheck.DerivativeError(row, Device.Default) > 0.01);
    }

    /// <summary>A square whose gradient rule says 2.1 x instead of 2 x.</summary>
    private sealed record WrongSquare : Primitive
    {
        public override TensorType Infer(ImmutableArray<TensorType> inputs) => inputs[0];

        public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) => [2.1 * output.Inputs[0] * adjoint];

        public override void Lower(Lowering lowering) =>
            lowering.Run(Square, new Count(lowering.OutputType.Shape.Count), lowering.Input(0), lowering.Output);

        private readonly record struct Count(long Value);

        private static readonly unsafe Kernel<Count> Square = new("wrong_square", (in Count count, ReadOnlySpan<nint> operands, Workers _) =>
        {
            for (var i = 0L; i < count.Value; i++) ((double*)operands[1])[i] = ((double*)operands[0])[i] * ((double*)operands[0])[i];
        });
    }
}
