using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>A convolution, or one of its gradients, as the product of matrices that <c>convolution.cu</c> makes of it.</summary>
/// <param name="Entry">What the kernel's entries are called.</param>
/// <param name="Rows">Rows of the result, of the largest copy.</param>
/// <param name="Columns">Columns of the result.</param>
/// <param name="Inner">Length of the longest sum.</param>
/// <param name="Copies">Products that run together: phases of the input gradient.</param>
/// <param name="Elements">Elements of the result.</param>
internal readonly record struct ConvolutionProduct(string Entry, long Rows, long Columns, long Inner, int Copies, long Elements)
{
    /// <summary>Output pixels by outputs, summed over the window.</summary>
    public static ConvolutionProduct Forward(in ConvolutionShape shape)
    {
        var w = shape.Window;
        var pixels = (long)w.Batch * w.OutputHeight * w.OutputWidth;
        return new("forward", pixels, shape.OutputChannels, WindowElements(w), 1, pixels * shape.OutputChannels);
    }

    /// <summary>Input pixels of a phase by channels, summed over the part of the window that the phase meets and the outputs.</summary>
    public static ConvolutionProduct InputGradient(in ConvolutionShape shape)
    {
        var w = shape.Window;
        return new(
            "input_gradient", (long)w.Batch * Quotient(w.Height, w.StrideY) * Quotient(w.Width, w.StrideX), w.Channels,
            (long)Quotient(w.KernelHeight, w.StrideY) * Quotient(w.KernelWidth, w.StrideX) * shape.OutputChannels,
            checked(w.StrideY * w.StrideX), (long)w.Batch * w.Height * w.Width * w.Channels);
    }

    /// <summary>The window's elements by outputs, summed over the output pixels.</summary>
    public static ConvolutionProduct WeightGradient(in ConvolutionShape shape)
    {
        var w = shape.Window;
        var elements = WindowElements(w);
        return new(
            "weight_gradient", elements, shape.OutputChannels, (long)w.Batch * w.OutputHeight * w.OutputWidth, 1,
            elements * shape.OutputChannels);
    }

    /// <summary>The CUDA side of a kernel with the operands: both factors, the result, the parts of its sums.</summary>
    public static CudaBody<ConvolutionShape> Body(Sizes product) => new(
        CudaSource.Embedded(typeof(ConvolutionProduct).Assembly, "convolution.cu"),
        (in ConvolutionShape shape) => product(shape).Stages(shape.Tiling));

    /// <summary>The product that a shape leads to.</summary>
    public delegate ConvolutionProduct Sizes(in ConvolutionShape shape);

    /// <summary>Cuts a product and runs it on the inputs.</summary>
    public static void Run(Sizes product, Lowering lowering, KernelFamily<ConvolutionShape> kernels, in ConvolutionShape shape)
    {
        var type = lowering.OutputType.Element;
        var sizes = product(shape);
        var tiling = ProductTiling.For(sizes.Rows, sizes.Columns, sizes.Inner, sizes.Copies);
        var parts = tiling.Segments > 1 ? lowering.Scratch(tiling.Segments * sizes.Elements * type.Size()) : lowering.Output;
        lowering.Run(
            kernels.For(type), shape with { Tiling = tiling }, lowering.Input(0), lowering.Input(1), lowering.Output, parts);
    }

    private ImmutableArray<CudaStage> Stages(in ProductTiling tiling)
    {
        if (Elements == 0) return [];
        var tiles = new CudaStage(
            $"{Entry}_{tiling.Rows}x{tiling.Columns}", tiling.Blocks(Rows, Columns, Copies), tiling.Threads, GridZ: tiling.Segments);
        return tiling.Segments == 1 ? [tiles] : [tiles, CudaStage.Over($"{Entry}_combine", Elements)];
    }

    private static long WindowElements(in WindowShape w) => (long)w.KernelHeight * w.KernelWidth * w.Channels;

    private static int Quotient(int count, int size) => (count + size - 1) / size;
}
