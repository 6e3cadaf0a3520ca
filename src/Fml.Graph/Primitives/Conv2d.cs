using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Convolution of images [n, height, width, channels] by weights [kernel height, kernel width, channels, outputs], zeros outside:
/// <c>y[n,i,j,o] = sum_{k,l,c} x[n, i StrideY + k - Top, j StrideX + l - Left, c] w[k,l,c,o]</c>.
/// </summary>
/// <param name="Placement">Strides and padding.</param>
public sealed record Conv2d(WindowPlacement Placement) : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var (images, weights) = (inputs[0], inputs[1]);
        if (images.Shape.Rank != 4 || !images.Element.IsFloat())
            throw Mismatch("the images", "floats [n, height, width, channels]", images);
        if (weights.Shape.Rank != 4 || weights.Element != images.Element || weights.Shape[2] != images.Shape[3])
            throw Mismatch("the weights", $"[kernel height, kernel width, {images.Shape[3]}, outputs] of {images.Element}", weights);
        var (height, width) = (weights.Shape[0], weights.Shape[1]);
        if (Placement.Fault(images.Shape[1], images.Shape[2], height, width) is { } wanted)
            throw Mismatch("the placement", $"one with {wanted}", Placement);
        var w = Placement.For(images.Shape, height, width);
        return images with { Shape = [w.Batch, w.OutputHeight, w.OutputWidth, weights.Shape[3]] };
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint)
    {
        var (images, weights) = (output.Inputs[0], output.Inputs[1]);
        return
        [
            Node.Apply.Of(new Conv2dInputGradient(Placement, images.Shape), adjoint, weights),
            Node.Apply.Of(new Conv2dWeightGradient(Placement, weights.Shape), images, adjoint),
        ];
    }

    /// <inheritdoc/>
    public override void Lower(Lowering lowering)
    {
        var (images, weights) = (lowering.InputType(0).Shape, lowering.InputType(1).Shape);
        if (IsPlainProduct(Placement, weights))
            lowering.Multiply(
                new MatrixShape(Pixels(images), weights[3], weights[2]), lowering.Input(0), lowering.Input(1), lowering.Output);
        else
            ConvolutionProduct.Run(ConvolutionProduct.Forward, lowering, Kernels, Sizes(Placement, images, weights));
    }

    /// <summary>True for a window of one pixel at every pixel: a product of matrices.</summary>
    internal static bool IsPlainProduct(WindowPlacement placement, Shape weights) =>
        weights[0] == 1 && weights[1] == 1 && placement == WindowPlacement.Uniform();

    internal static int Pixels(Shape images) => checked(images[0] * images[1] * images[2]);

    internal static ConvolutionShape Sizes(WindowPlacement placement, Shape images, Shape weights) =>
        new(placement.For(images, weights[0], weights[1]), weights[3]);

    // Operands: images, weights, result, parts of its sums (CUDA alone).
    private static readonly KernelFamily<ConvolutionShape> Kernels = new(
        "convolution", Convolution.Forward<float>, Convolution.Forward<double>,
        cuda: ConvolutionProduct.Body(ConvolutionProduct.Forward));
}
