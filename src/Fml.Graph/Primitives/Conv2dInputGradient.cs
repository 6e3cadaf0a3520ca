using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// The adjoint of <see cref="Conv2d"/>'s images from that of its result and the weights; linear in both, so its own derivatives are
/// convolutions again.
/// </summary>
/// <param name="Placement">Strides and padding of the convolution.</param>
/// <param name="Images">Shape of the images, which the result's shape alone does not tell when the stride is not 1.</param>
public sealed record Conv2dInputGradient(WindowPlacement Placement, Shape Images) : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var expected = new Conv2d(Placement).Infer([inputs[0] with { Shape = Images }, inputs[1]]);
        return inputs[0] == expected ? expected with { Shape = Images } : throw Mismatch("the adjoint", expected.ToString(), inputs[0]);
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
    [
        Node.Apply.Of(new Conv2d(Placement), adjoint, output.Inputs[1]),
        Node.Apply.Of(new Conv2dWeightGradient(Placement, output.Inputs[1].Shape), adjoint, output.Inputs[0]),
    ];

    /// <inheritdoc/>
    public override void Lower(Lowering lowering)
    {
        var weights = lowering.InputType(1).Shape;
        if (Conv2d.IsPlainProduct(Placement, weights))
            lowering.Multiply(
                new MatrixShape(Conv2d.Pixels(Images), weights[2], weights[3], TransposeB: true),
                lowering.Input(0), lowering.Input(1), lowering.Output);
        else
            ConvolutionProduct.Run(ConvolutionProduct.InputGradient, lowering, Kernels, Conv2d.Sizes(Placement, Images, weights));
    }

    // Operands: adjoint, weights, result, parts of its sums (CUDA alone).
    private static readonly KernelFamily<ConvolutionShape> Kernels = new(
        "convolution_input_gradient", Convolution.InputGradient<float>, Convolution.InputGradient<double>,
        cuda: ConvolutionProduct.Body(ConvolutionProduct.InputGradient));
}
