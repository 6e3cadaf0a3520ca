using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// The greatest value in each window of images [n, height, width, channels], channel by channel; padding does not count.
/// The adjoint goes to the first of the greatest values, in the order of rows and columns.
/// </summary>
/// <param name="Height">Rows of the window.</param>
/// <param name="Width">Columns of the window.</param>
/// <param name="Placement">Strides and padding.</param>
public sealed record MaxPool2d(int Height, int Width, WindowPlacement Placement) : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var images = inputs[0];
        if (images.Shape.Rank != 4 || !images.Element.IsFloat())
            throw Mismatch("the images", "floats [n, height, width, channels]", images);
        if (Placement.Fault(images.Shape[1], images.Shape[2], Height, Width) is { } wanted)
            throw Mismatch("the placement", $"one with {wanted}", Placement);
        var w = Placement.For(images.Shape, Height, Width);
        return images with { Shape = [w.Batch, w.OutputHeight, w.OutputWidth, w.Channels] };
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
        [Node.Apply.Of(new MaxPool2dInputGradient(Height, Width, Placement), output.Inputs[0], output, adjoint)];

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) =>
        lowering.Run(
            Kernels.For(lowering.OutputType.Element), Placement.For(lowering.InputType(0).Shape, Height, Width),
            lowering.Input(0), lowering.Output);

    // Operands: images, result.
    private static readonly KernelFamily<WindowShape> Kernels =
        new("maximum_pooling", MaximumPooling.Forward<float>, MaximumPooling.Forward<double>, cuda: GraphCuda.Body("max_pool.cu", (in WindowShape w) =>
            w.Batch * w.Channels == 0 ? [] : [CudaStage.OverRows("max_pool", (long)w.Batch * w.OutputHeight, w.OutputWidth * w.Channels)]));
}

/// <summary>The adjoint of <see cref="MaxPool2d"/>'s images, from the images, the greatest values and their adjoint.</summary>
/// <param name="Height">Rows of the window.</param>
/// <param name="Width">Columns of the window.</param>
/// <param name="Placement">Strides and padding.</param>
public sealed record MaxPool2dInputGradient(int Height, int Width, WindowPlacement Placement) : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var expected = new MaxPool2d(Height, Width, Placement).Infer([inputs[0]]);
        if (inputs[1] != expected) throw Mismatch("the greatest values", expected.ToString(), inputs[1]);
        return inputs[2] == expected ? inputs[0] : throw Mismatch("the adjoint", expected.ToString(), inputs[2]);
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
        throw new NotSupportedException("the gradient of MaxPool2d has no derivative of its own; use it in first derivatives only");

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) =>
        lowering.Run(
            Kernels.For(lowering.OutputType.Element), Placement.For(lowering.OutputType.Shape, Height, Width),
            lowering.Input(0), lowering.Input(1), lowering.Input(2), lowering.Output);

    // Operands: images, greatest values, adjoint, result.
    private static readonly KernelFamily<WindowShape> Kernels =
        new("maximum_pooling_gradient", MaximumPooling.InputGradient<float>, MaximumPooling.InputGradient<double>,
            cuda: GraphCuda.Body("max_pool.cu", (in WindowShape w) =>
                w.Batch * w.Channels == 0 ? [] : [CudaStage.OverRows("max_pool_gradient", (long)w.Batch * w.Height, w.Width * w.Channels)]));
}
