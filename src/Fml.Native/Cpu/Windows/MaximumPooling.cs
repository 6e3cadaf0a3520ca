using System.Numerics;

namespace Fml.Native;

/// <summary>The greatest value in each window of NHWC images on the CPU, padding left out. f32 and f64.</summary>
public static unsafe class MaximumPooling
{
    /// <summary>
    /// <c>y[n,i,j,c] = max_{k,l} x[n, i StrideY + k - Top, j StrideX + l - Left, c]</c> over what lies inside the image; NaN if any is.
    /// Operands: images x, result y.
    /// </summary>
    public static void Forward<T>(in WindowShape shape, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        workers.For(shape.Batch * shape.OutputHeight, new ForwardWork<T>(shape, (T*)operands[0], (T*)operands[1]));

    /// <summary>
    /// The gradient: a window's adjoint goes to the first of its greatest values, in the order of rows and columns, and an input sums its
    /// windows in that order too. Operands: images x, greatest values y, adjoint dy, result dx.
    /// </summary>
    public static void InputGradient<T>(in WindowShape shape, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var blocks = (shape.Channels + GradientWork<T>.Block - 1) / GradientWork<T>.Block;
        workers.For(shape.Batch * blocks, new GradientWork<T>(
            shape, blocks, (T*)operands[0], (T*)operands[1], (T*)operands[2], (T*)operands[3]));
    }

    /// <summary>A row of windows of one image.</summary>
    private readonly struct ForwardWork<T>(WindowShape w, T* images, T* result) : IWork
        where T : unmanaged, INumber<T>
    {
        public void Run(int index)
        {
            var (image, i) = Math.DivRem(index, w.OutputHeight);
            var (top, bottom) = Taps.Inside(i, w.StrideY, w.Top, w.KernelHeight, w.Height);
            var best = result + (long)index * w.OutputWidth * w.Channels;
            for (var j = 0; j < w.OutputWidth; j++, best += w.Channels)
            {
                var (left, right) = Taps.Inside(j, w.StrideX, w.Left, w.KernelWidth, w.Width);
                for (var k = top; k < bottom; k++)
                {
                    var y = i * w.StrideY + k - w.Top;
                    var x = images + (((long)image * w.Height + y) * w.Width + j * w.StrideX - w.Left) * w.Channels;
                    for (var l = left; l < right; l++)
                    {
                        if (k == top && l == left) new Span<T>(x + l * w.Channels, w.Channels).CopyTo(new Span<T>(best, w.Channels));
                        else Channels.Maximum(x + l * w.Channels, best, w.Channels);
                    }
                }
            }
        }
    }

    /// <summary>Some channels of one image, whose windows are visited in order.</summary>
    private readonly struct GradientWork<T>(WindowShape w, int blocks, T* images, T* greatest, T* adjoint, T* result) : IWork
        where T : unmanaged, INumber<T>
    {
        public const int Block = 64; // channels

        public void Run(int index)
        {
            var (image, block) = Math.DivRem(index, blocks);
            var first = block * Block;
            var count = Math.Min(Block, w.Channels - first);
            var start = (long)image * w.Height * w.Width * w.Channels + first;
            for (var pixel = 0; pixel < w.Height * w.Width; pixel++)
                new Span<T>(result + start + (long)pixel * w.Channels, count).Clear();
            var pending = stackalloc T[Block];
            for (var i = 0; i < w.OutputHeight; i++)
            {
                for (var j = 0; j < w.OutputWidth; j++)
                {
                    new Span<T>(pending, count).Fill(T.One);
                    var window = (((long)image * w.OutputHeight + i) * w.OutputWidth + j) * w.Channels + first;
                    var (top, bottom) = Taps.Inside(i, w.StrideY, w.Top, w.KernelHeight, w.Height);
                    var (left, right) = Taps.Inside(j, w.StrideX, w.Left, w.KernelWidth, w.Width);
                    for (var k = top; k < bottom; k++)
                        for (var l = left; l < right; l++)
                        {
                            var at = start + ((long)(i * w.StrideY + k - w.Top) * w.Width + j * w.StrideX + l - w.Left) * w.Channels;
                            Channels.AddWhereFirst(images + at, greatest + window, adjoint + window, pending, result + at, count);
                        }
                }
            }
        }
    }
}
