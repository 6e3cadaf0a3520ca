using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Convolution of each channel of images [n, height, width, channels] by a window of its own, weights [kernel height, kernel width,
/// channels]:
/// <c>y[n,i,j,c] = sum_{k,l} x[n, i StrideY + k - Top, j StrideX + l - Left, c] w[k,l,c]</c>.
/// </summary>
/// <param name="Placement">Strides and padding.</param>
public sealed record DepthwiseConv2d(WindowPlacement Placement) : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var (images, weights) = (inputs[0], inputs[1]);
        if (images.Shape.Rank != 4 || !images.Element.IsFloat())
            throw Mismatch("the images", "floats [n, height, width, channels]", images);
        if (weights.Shape.Rank != 3 || weights.Element != images.Element || weights.Shape[2] != images.Shape[3])
            throw Mismatch("the weights", $"[kernel height, kernel width, {images.Shape[3]}] of {images.Element}", weights);
        if (Placement.Fault(images.Shape[1], images.Shape[2], weights.Shape[0], weights.Shape[1]) is { } wanted)
            throw Mismatch("the placement", $"one with {wanted}", Placement);
        var w = Placement.For(images.Shape, weights.Shape[0], weights.Shape[1]);
        return images with { Shape = [w.Batch, w.OutputHeight, w.OutputWidth, w.Channels] };
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint)
    {
        var (images, weights) = (output.Inputs[0], output.Inputs[1]);
        return
        [
            Node.Apply.Of(new DepthwiseConv2dInputGradient(Placement, images.Shape), adjoint, weights),
            Node.Apply.Of(new DepthwiseConv2dWeightGradient(Placement, weights.Shape), images, adjoint),
        ];
    }

    /// <inheritdoc/>
    public override void Lower(Lowering lowering)
    {
        var weights = lowering.InputType(1).Shape;
        lowering.Run(
            Kernels.For(lowering.OutputType.Element), Placement.For(lowering.InputType(0).Shape, weights[0], weights[1]),
            lowering.Input(0), lowering.Input(1), lowering.Output);
    }

    // Operands: images, weights, result.
    private static readonly KernelFamily<WindowShape> Kernels =
        new("depthwise_convolution", DepthwiseConvolution.Forward<float>, DepthwiseConvolution.Forward<double>,
            cuda: GraphCuda.Body("depthwise.cu", (in WindowShape w) => w.Batch * w.Channels == 0 ? [] :
                [CudaStage.OverRows("depthwise", (long)w.Batch * w.OutputHeight, (w.OutputWidth + Columns - 1) / Columns * w.Channels)]));

    private const int Columns = 4; // as in depthwise.cu
}

/// <summary>The adjoint of <see cref="DepthwiseConv2d"/>'s images from that of its result and the weights.</summary>
/// <param name="Placement">Strides and padding of the convolution.</param>
/// <param name="Images">Shape of the images.</param>
public sealed record DepthwiseConv2dInputGradient(WindowPlacement Placement, Shape Images) : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var expected = new DepthwiseConv2d(Placement).Infer([inputs[0] with { Shape = Images }, inputs[1]]);
        return inputs[0] == expected ? expected with { Shape = Images } : throw Mismatch("the adjoint", expected.ToString(), inputs[0]);
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
    [
        Node.Apply.Of(new DepthwiseConv2d(Placement), adjoint, output.Inputs[1]),
        Node.Apply.Of(new DepthwiseConv2dWeightGradient(Placement, output.Inputs[1].Shape), adjoint, output.Inputs[0]),
    ];

    /// <inheritdoc/>
    public override void Lower(Lowering lowering)
    {
        var weights = lowering.InputType(1).Shape;
        lowering.Run(
            Kernels.For(lowering.OutputType.Element), Placement.For(Images, weights[0], weights[1]),
            lowering.Input(0), lowering.Input(1), lowering.Output);
    }

    // Operands: adjoint, weights, result.
    private static readonly KernelFamily<WindowShape> Kernels = new(
        "depthwise_convolution_input_gradient", DepthwiseConvolution.InputGradient<float>, DepthwiseConvolution.InputGradient<double>,
        cuda: GraphCuda.Body("depthwise.cu", (in WindowShape w) => w.Batch * w.Channels == 0 ? [] :
            [CudaStage.OverRows("depthwise_input_gradient", (long)w.Batch * w.Height, w.Width * w.Channels)]));
}

/// <summary>The adjoint of <see cref="DepthwiseConv2d"/>'s weights from the images and that of its result.</summary>
/// <param name="Placement">Strides and padding of the convolution.</param>
/// <param name="Weights">Shape of the weights.</param>
public sealed record DepthwiseConv2dWeightGradient(WindowPlacement Placement, Shape Weights) : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var expected = new DepthwiseConv2d(Placement).Infer([inputs[0], inputs[0] with { Shape = Weights }]);
        return inputs[1] == expected ? expected with { Shape = Weights } : throw Mismatch("the adjoint", expected.ToString(), inputs[1]);
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
    [
        Node.Apply.Of(new DepthwiseConv2dInputGradient(Placement, output.Inputs[0].Shape), output.Inputs[1], adjoint),
        Node.Apply.Of(new DepthwiseConv2d(Placement), output.Inputs[0], adjoint),
    ];

    /// <inheritdoc/>
    public override void Lower(Lowering lowering)
    {
        var window = Placement.For(lowering.InputType(0).Shape, Weights[0], Weights[1]);
        var windows = (long)window.Batch * window.OutputHeight * window.OutputWidth;
        var chunks = (int)Math.Clamp((windows + WindowsPerChunk - 1) / WindowsPerChunk, 1, MaximumChunks);
        lowering.Run(
            Kernels.For(lowering.OutputType.Element), new DepthwiseGradientSizes(window, chunks),
            lowering.Input(0), lowering.Input(1), lowering.Scratch(chunks * lowering.OutputType.ByteCount), lowering.Output);
    }

    // A CUDA device sums chunks of windows beside one another, then the chunks in order.
    private const int WindowsPerChunk = 512, MaximumChunks = 256;

    // Operands: images, adjoint, scratch [Chunks, weights], result.
    private static readonly KernelFamily<DepthwiseGradientSizes> Kernels = new(
        "depthwise_convolution_weight_gradient", Run<float>, Run<double>, cuda: GraphCuda.Body<DepthwiseGradientSizes>("depthwise.cu", Stages));

    private static void Run<T>(in DepthwiseGradientSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        DepthwiseConvolution.WeightGradient<T>(sizes.Window, [operands[0], operands[1], operands[3]], workers);

    private static ImmutableArray<CudaStage> Stages(in DepthwiseGradientSizes sizes)
    {
        var taps = sizes.Window.KernelHeight * sizes.Window.KernelWidth;
        if (sizes.Window.Channels == 0) return [];
        return
        [
            new CudaStage(
                "depthwise_weight_partials", sizes.Chunks, 256,
                Math.Min(65535, (sizes.Window.Channels + 31) / 32), Math.Min(65535, taps)),
            CudaStage.Over("depthwise_weight_sum", (long)taps * sizes.Window.Channels),
        ];
    }
}

/// <summary>A depthwise convolution, and into how many chunks the sum over its windows is divided.</summary>
internal readonly record struct DepthwiseGradientSizes(WindowShape Window, int Chunks);
