using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// The adjoint of <see cref="Conv2d"/>'s weights from the images and that of its result; linear in both, so its own derivatives are
/// convolutions again.
/// </summary>
/// <param name="Placement">Strides and padding of the convolution.</param>
/// <param name="Weights">Shape of the weights.</param>
public sealed record Conv2dWeightGradient(WindowPlacement Placement, Shape Weights) : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var expected = new Conv2d(Placement).Infer([inputs[0], inputs[0] with { Shape = Weights }]);
        return inputs[1] == expected ? expected with { Shape = Weights } : throw Mismatch("the adjoint", expected.ToString(), inputs[1]);
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
    [
        Node.Apply.Of(new Conv2dInputGradient(Placement, output.Inputs[0].Shape), output.Inputs[1], adjoint),
        Node.Apply.Of(new Conv2d(Placement), output.Inputs[0], adjoint),
    ];

    /// <inheritdoc/>
    public override void Lower(Lowering lowering)
    {
        var images = lowering.InputType(0).Shape;
        if (Conv2d.IsPlainProduct(Placement, Weights))
            lowering.Multiply(
                new MatrixShape(Weights[2], Weights[3], Conv2d.Pixels(images), TransposeA: true),
                lowering.Input(0), lowering.Input(1), lowering.Output);
        else
            ConvolutionProduct.Run(ConvolutionProduct.WeightGradient, lowering, Kernels, Conv2d.Sizes(Placement, images, Weights));
    }

    // Operands: images, adjoint, result, parts of its sums (CUDA alone).
    private static readonly KernelFamily<ConvolutionShape> Kernels = new(
        "convolution_weight_gradient", Convolution.WeightGradient<float>, Convolution.WeightGradient<double>,
        cuda: ConvolutionProduct.Body(ConvolutionProduct.WeightGradient));
}
