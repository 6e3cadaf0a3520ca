using System.Numerics;

namespace Fml.Native;

/// <summary>
/// Convolution of NHWC images on the CPU as a product of matrices, one of which, the windows, is packed straight from the images. f32 and
/// f64.
/// </summary>
public static unsafe class Convolution
{
    /// <summary>
    /// <c>y[n,i,j,o] = sum_{k,l,c} x[n, i StrideY + k - Top, j StrideX + l - Left, c] w[k,l,c,o]</c>.
    /// Operands: images x, weights w, result y.
    /// </summary>
    public static void Forward<T>(in ConvolutionShape shape, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var w = shape.Window;
        var weights = new Matrix<T>((T*)operands[1], shape.OutputChannels, 1);
        Gemm.Multiply(
            w.Batch * w.OutputHeight * w.OutputWidth, shape.OutputChannels, w.KernelHeight * w.KernelWidth * w.Channels,
            Windows(w, (T*)operands[0], workers), weights, (T*)operands[2], accumulate: false, workers);
    }

    /// <summary>
    /// The gradient of <see cref="Forward{T}"/> with respect to the weights, <c>sum_{n,i,j} x[..] dy[n,i,j,o]</c>.
    /// Operands: images x, adjoint dy of the result, result dw.
    /// </summary>
    public static void WeightGradient<T>(in ConvolutionShape shape, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var w = shape.Window;
        var windows = new WindowColumns<T>(Windows(w, (T*)operands[0], workers));
        var adjoint = new Matrix<T>((T*)operands[1], shape.OutputChannels, 1);
        Gemm.Multiply(
            w.KernelHeight * w.KernelWidth * w.Channels, shape.OutputChannels, w.Batch * w.OutputHeight * w.OutputWidth,
            windows, adjoint, (T*)operands[2], accumulate: false, workers);
    }

    /// <summary>
    /// The gradient of <see cref="Forward{T}"/> with respect to the images. Operands: adjoint dy of the result, weights w, result dx.
    /// </summary>
    /// <remarks>
    /// Input rows y with the same <c>(y + Top) mod StrideY</c>, and columns likewise, meet the same elements of the window: each such
    /// phase is a convolution of dy by those elements, reversed, with stride 1.
    /// </remarks>
    public static void InputGradient<T>(in ConvolutionShape shape, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var w = shape.Window;
        T* adjoint = (T*)operands[0], weights = (T*)operands[1], result = (T*)operands[2];
        var vertical = new PhaseAxis(w.Height, w.OutputHeight, w.KernelHeight, w.StrideY, w.Top);
        var horizontal = new PhaseAxis(w.Width, w.OutputWidth, w.KernelWidth, w.StrideX, w.Left);
        var images = PaddedImages<T>.Of(
            adjoint, w.Batch, w.OutputHeight, w.OutputWidth, shape.OutputChannels,
            vertical.Before, horizontal.Before, vertical.Padded, horizontal.Padded, workers);
        for (var phaseY = 0; phaseY < w.StrideY; phaseY++)
        {
            for (var phaseX = 0; phaseX < w.StrideX; phaseX++)
            {
                var (y, x) = (vertical.Of(phaseY), horizontal.Of(phaseX));
                if (y.Count == 0 || x.Count == 0) continue;
                var direct = w.StrideY == 1 && w.StrideX == 1;
                var size = (long)w.Batch * y.Count * x.Count * w.Channels;
                var rows = direct ? result : Scratch.Get<T>(ScratchUse.ProductRows, size);
                if (y.Taps == 0 || x.Taps == 0) new Span<T>(rows, checked((int)size)).Clear();
                else
                    Gemm.Multiply(
                        w.Batch * y.Count * x.Count, w.Channels, y.Taps * x.Taps * shape.OutputChannels,
                        new WindowRows<T>(images, y.Count, x.Count, x.Taps, 1, 1, y.Start, x.Start),
                        new ReversedWeights<T>(weights, shape, phaseY, phaseX, y.Taps, x.Taps), rows, accumulate: false, workers);
                if (!direct) workers.For(w.Batch * y.Count, new ScatterWork<T>(rows, result, w, y, x));
            }
        }
    }

    private static WindowRows<T> Windows<T>(in WindowShape w, T* images, Workers workers) where T : unmanaged
    {
        var height = (w.OutputHeight - 1) * w.StrideY + w.KernelHeight;
        var width = (w.OutputWidth - 1) * w.StrideX + w.KernelWidth;
        var padded = PaddedImages<T>.Of(images, w.Batch, w.Height, w.Width, w.Channels, w.Top, w.Left, height, width, workers);
        return new WindowRows<T>(padded, w.OutputHeight, w.OutputWidth, w.KernelWidth, w.StrideY, w.StrideX, 0, 0);
    }

    /// <summary>One axis of the images, cut into phases.</summary>
    private readonly struct PhaseAxis
    {
        private readonly int size, kernel, stride, padding;

        public PhaseAxis(int size, int outputSize, int kernel, int stride, int padding)
        {
            (this.size, this.kernel, this.stride, this.padding) = (size, kernel, stride, padding);
            Padded = outputSize;
            for (var phase = 0; phase < stride; phase++)
            {
                var at = Of(phase);
                if (at.Count > 0 && at.Taps > 0) Before += Math.Max(0, -at.Start);
            }
            for (var phase = 0; phase < stride; phase++)
            {
                var at = Of(phase);
                if (at.Count > 0 && at.Taps > 0) Padded = Math.Max(Padded, at.Start + at.Count - 1 + at.Taps);
            }
        }

        /// <summary>Zeros wanted before the adjoint.</summary>
        public int Before { get; }

        /// <summary>Size of the padded adjoint.</summary>
        public int Padded { get; }

        /// <summary>
        /// The inputs <c>First + i stride</c>: they meet the window's elements phase, phase + stride, ..., the last of them first.
        /// </summary>
        public Phase Of(int phase)
        {
            var first = ((phase - padding) % stride + stride) % stride;
            var taps = phase < kernel ? (kernel - 1 - phase) / stride + 1 : 0;
            var count = first < size ? (size - 1 - first) / stride + 1 : 0;
            var output = (first + padding - phase) / stride; // of the window whose element `phase` the first input is
            return new Phase(first, count, taps, output - (taps - 1) + Before);
        }
    }

    /// <summary>
    /// A phase of an axis: its first input, how many there are, elements of the window they meet, and where in the padded adjoint they
    /// begin.
    /// </summary>
    private readonly record struct Phase(int First, int Count, int Taps, int Start);

    /// <summary>
    /// Weights as the matrix that takes a window of adjoints back to the images: element ((k,l,o),c) is
    /// <c>w[phaseY + (tapsY-1-k) StrideY, phaseX + (tapsX-1-l) StrideX, c, o]</c>.
    /// </summary>
    private readonly struct ReversedWeights<T>(T* weights, ConvolutionShape shape, int phaseY, int phaseX, int tapsY, int tapsX)
        : IRightOperand<T>
        where T : unmanaged
    {
        public void Pack(int column, int columns, int width, int inner, int depth, T* target)
        {
            var (w, outputs) = (shape.Window, shape.OutputChannels);
            while (depth > 0)
            {
                var (tap, o) = Math.DivRem(inner, outputs);
                var (k, l) = Math.DivRem(tap, tapsX);
                var (y, x) = (phaseY + (tapsY - 1 - k) * w.StrideY, phaseX + (tapsX - 1 - l) * w.StrideX);
                var count = Math.Min(depth, outputs - o);
                var source = weights + (((long)y * w.KernelWidth + x) * w.Channels + column) * outputs + o;
                Packing.TransposeWide(source, outputs, columns, width, count, target);
                inner += count;
                depth -= count;
                target += count * width;
            }
        }
    }

    /// <summary>Puts a row of a phase to its places in the images.</summary>
    private readonly struct ScatterWork<T>(T* rows, T* result, WindowShape w, Phase y, Phase x) : IWork
        where T : unmanaged
    {
        public void Run(int index)
        {
            var (image, i) = Math.DivRem(index, y.Count);
            var source = rows + (long)index * x.Count * w.Channels;
            var target = result + (((long)image * w.Height + y.First + i * w.StrideY) * w.Width + x.First) * w.Channels;
            for (var j = 0; j < x.Count; j++, source += w.Channels, target += (long)w.StrideX * w.Channels)
                new Span<T>(source, w.Channels).CopyTo(new Span<T>(target, w.Channels));
        }
    }
}
