namespace Fml.Native;

/// <summary>
/// Sizes of an operation that slides a window over images. Images are [Batch,Height,Width,Channels], dense; what lies outside of them
/// counts as zero (in a convolution) or not at all (in a maximum). The window of output (y,x) begins at input row <c>y StrideY - Top</c>,
/// column
/// <c>x StrideX - Left</c>; padding at the bottom and on the right is whatever the output size needs.
/// </summary>
/// <param name="Batch">Number of images.</param>
/// <param name="Height">Rows of an input image.</param>
/// <param name="Width">Columns of an input image.</param>
/// <param name="Channels">Channels of an input image.</param>
/// <param name="OutputHeight">Rows of an output image.</param>
/// <param name="OutputWidth">Columns of an output image.</param>
/// <param name="KernelHeight">Rows of the window.</param>
/// <param name="KernelWidth">Columns of the window.</param>
/// <param name="StrideY">Input rows from one window to the next.</param>
/// <param name="StrideX">Input columns from one window to the next.</param>
/// <param name="Top">Rows of padding above.</param>
/// <param name="Left">Columns of padding on the left.</param>
public readonly record struct WindowShape(
    int Batch, int Height, int Width, int Channels, int OutputHeight, int OutputWidth,
    int KernelHeight, int KernelWidth, int StrideY, int StrideX, int Top, int Left);

/// <summary>Sizes of a convolution; weights are [KernelHeight,KernelWidth,Channels,OutputChannels].</summary>
/// <param name="Window">The window and the images.</param>
/// <param name="OutputChannels">Channels of an output image.</param>
/// <param name="Tiling">How a CUDA device cuts the product that the convolution is; the CPU cuts it its own way.</param>
public readonly record struct ConvolutionShape(WindowShape Window, int OutputChannels, ProductTiling Tiling = default);
