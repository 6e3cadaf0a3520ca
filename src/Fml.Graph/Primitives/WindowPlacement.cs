using Fml.Native;

namespace Fml.Graph;

/// <summary>Where windows slide over an image [.., height, width, channels].</summary>
/// <param name="StrideY">Rows from one window to the next.</param>
/// <param name="StrideX">Columns from one window to the next.</param>
/// <param name="Top">Rows of padding above the image.</param>
/// <param name="Bottom">Rows of padding below.</param>
/// <param name="Left">Columns of padding on the left.</param>
/// <param name="Right">Columns of padding on the right.</param>
public readonly record struct WindowPlacement(int StrideY, int StrideX, int Top, int Bottom, int Left, int Right)
{
    /// <summary>The same stride both ways and the same padding on all sides.</summary>
    public static WindowPlacement Uniform(int stride = 1, int padding = 0) => new(stride, stride, padding, padding, padding, padding);

    /// <summary>
    /// Padding that gives <c>ceil(size / stride)</c> windows, as TensorFlow's "same": an odd row or column goes below or to the right.
    /// </summary>
    public static WindowPlacement Same(int height, int width, int kernelHeight, int kernelWidth, int stride = 1)
    {
        var (top, bottom) = Split(height, kernelHeight);
        var (left, right) = Split(width, kernelWidth);
        return new WindowPlacement(stride, stride, top, bottom, left, right);

        (int Before, int After) Split(int size, int kernel)
        {
            var total = Math.Max(0, ((size + stride - 1) / stride - 1) * stride + kernel - size);
            return (total / 2, total - total / 2);
        }
    }

    /// <summary>Rows of windows in an image; less than 1 if there is none.</summary>
    public int OutputHeight(int height, int kernelHeight) => Outputs(height + Top + Bottom - kernelHeight, StrideY);

    /// <summary>Columns of windows in an image; less than 1 if there is none.</summary>
    public int OutputWidth(int width, int kernelWidth) => Outputs(width + Left + Right - kernelWidth, StrideX);

    /// <summary>
    /// What is wrong with this placement for a window, or null. A window that lies in the padding alone would have no meaning.
    /// </summary>
    internal string? Fault(int height, int width, int kernelHeight, int kernelWidth) =>
        StrideY < 1 || StrideX < 1 ? $"strides of 1 or more, not {StrideY} and {StrideX}"
        : Math.Min(Math.Min(Top, Bottom), Math.Min(Left, Right)) < 0 ? "padding of 0 or more"
        : Math.Max(Top, Bottom) >= kernelHeight || Math.Max(Left, Right) >= kernelWidth
            ? $"less padding than the window's size {kernelHeight} x {kernelWidth}"
        : OutputHeight(height, kernelHeight) < 1 || OutputWidth(width, kernelWidth) < 1
            ? $"images that hold a window of {kernelHeight} x {kernelWidth}, not {height} x {width}"
        : null;

    /// <summary>The sizes that the kernels take.</summary>
    internal WindowShape For(Shape images, int kernelHeight, int kernelWidth) => new(
        images[0], images[1], images[2], images[3], OutputHeight(images[1], kernelHeight), OutputWidth(images[2], kernelWidth),
        kernelHeight, kernelWidth, StrideY, StrideX, Top, Left);

    private static int Outputs(int range, int stride) => range < 0 ? 0 : range / stride + 1;
}
