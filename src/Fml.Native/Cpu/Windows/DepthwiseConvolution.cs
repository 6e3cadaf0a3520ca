using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fml.Native;

/// <summary>
/// Convolution of each channel of NHWC images by a window of its own, weights [KernelHeight,KernelWidth,Channels], on the CPU. f32 and f64.
/// Memory speed is the limit, so vectors run over channels and nothing is packed.
/// </summary>
public static unsafe class DepthwiseConvolution
{
    /// <summary>
    /// <c>y[n,i,j,c] = sum_{k,l} x[n, i StrideY + k - Top, j StrideX + l - Left, c] w[k,l,c]</c>.
    /// Operands: images x, weights w, result y.
    /// </summary>
    public static void Forward<T>(in WindowShape shape, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        workers.For(shape.Batch * shape.OutputHeight, new ForwardWork<T>(shape, (T*)operands[0], (T*)operands[1], (T*)operands[2]));

    /// <summary>The gradient with respect to the images. Operands: adjoint dy of the result, weights w, result dx.</summary>
    public static void InputGradient<T>(in WindowShape shape, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        workers.For(shape.Batch * shape.Height, new InputWork<T>(shape, (T*)operands[0], (T*)operands[1], (T*)operands[2]));

    /// <summary>The gradient with respect to the weights. Operands: images x, adjoint dy of the result, result dw.</summary>
    public static void WeightGradient<T>(in WindowShape shape, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        workers.For(
            shape.KernelHeight * shape.KernelWidth, new WeightWork<T>(shape, (T*)operands[0], (T*)operands[1], (T*)operands[2]));

    /// <summary>The row of results that one row of one image's windows gives.</summary>
    private readonly struct ForwardWork<T>(WindowShape w, T* images, T* weights, T* result) : IWork
        where T : unmanaged, INumberBase<T>
    {
        public void Run(int index)
        {
            var (image, i) = Math.DivRem(index, w.OutputHeight);
            var target = new Span<T>(result + (long)index * w.OutputWidth * w.Channels, w.OutputWidth * w.Channels);
            target.Clear();
            var (first, end) = Taps.Inside(i, w.StrideY, w.Top, w.KernelHeight, w.Height);
            for (var k = first; k < end; k++)
            {
                var row = images + ((long)image * w.Height + i * w.StrideY + k - w.Top) * w.Width * w.Channels;
                for (var j = 0; j < w.OutputWidth; j++)
                {
                    var (left, right) = Taps.Inside(j, w.StrideX, w.Left, w.KernelWidth, w.Width);
                    var sum = result + ((long)index * w.OutputWidth + j) * w.Channels;
                    for (var l = left; l < right; l++)
                        Channels.MultiplyAdd(
                            row + (j * w.StrideX + l - w.Left) * w.Channels, weights + (k * w.KernelWidth + l) * w.Channels,
                            sum, w.Channels);
                }
            }
        }
    }

    /// <summary>One row of one image: gathers from the windows that contain it.</summary>
    private readonly struct InputWork<T>(WindowShape w, T* adjoint, T* weights, T* result) : IWork
        where T : unmanaged, INumberBase<T>
    {
        public void Run(int index)
        {
            var (image, y) = Math.DivRem(index, w.Height);
            new Span<T>(result + (long)index * w.Width * w.Channels, w.Width * w.Channels).Clear();
            for (var k = 0; k < w.KernelHeight; k++)
            {
                if (!Taps.IsWindow(y, k, w.StrideY, w.Top, w.OutputHeight, out var i)) continue;
                var row = adjoint + ((long)image * w.OutputHeight + i) * w.OutputWidth * w.Channels;
                for (var x = 0; x < w.Width; x++)
                {
                    var sum = result + ((long)index * w.Width + x) * w.Channels;
                    for (var l = 0; l < w.KernelWidth; l++)
                        if (Taps.IsWindow(x, l, w.StrideX, w.Left, w.OutputWidth, out var j))
                            Channels.MultiplyAdd(row + j * w.Channels, weights + (k * w.KernelWidth + l) * w.Channels, sum, w.Channels);
                }
            }
        }
    }

    /// <summary>One element of the window, summed over all windows in order.</summary>
    private readonly struct WeightWork<T>(WindowShape w, T* images, T* adjoint, T* result) : IWork
        where T : unmanaged, INumberBase<T>
    {
        public void Run(int index)
        {
            var (k, l) = Math.DivRem(index, w.KernelWidth);
            var sum = result + (long)index * w.Channels;
            new Span<T>(sum, w.Channels).Clear();
            for (var row = 0; row < w.Batch * w.OutputHeight; row++)
            {
                var (image, i) = Math.DivRem(row, w.OutputHeight);
                var y = i * w.StrideY + k - w.Top;
                if (y < 0 || y >= w.Height) continue;
                for (var j = 0; j < w.OutputWidth; j++)
                {
                    var x = j * w.StrideX + l - w.Left;
                    if (x < 0 || x >= w.Width) continue;
                    Channels.MultiplyAdd(
                        images + (((long)image * w.Height + y) * w.Width + x) * w.Channels,
                        adjoint + ((long)row * w.OutputWidth + j) * w.Channels, sum, w.Channels);
                }
            }
        }
    }
}

/// <summary>Which elements of a window meet an image, along one axis.</summary>
internal static class Taps
{
    /// <summary>The elements of window <paramref name="output"/> that lie inside the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (int First, int End) Inside(int output, int stride, int padding, int kernel, int size)
    {
        var start = output * stride - padding;
        return (Math.Max(0, -start), Math.Min(kernel, size - start));
    }

    /// <summary>The window whose element <paramref name="tap"/> lies on <paramref name="input"/>, if there is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsWindow(int input, int tap, int stride, int padding, int outputs, out int output)
    {
        var start = input + padding - tap;
        output = start / stride;
        return start >= 0 && output * stride == start && output < outputs;
    }
}

/// <summary>Elementwise work along the channels of a pixel.</summary>
internal static unsafe class Channels
{
    /// <summary><c>sum += x y</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyAdd<T>(T* x, T* y, T* sum, int count) where T : unmanaged, INumberBase<T>
    {
        var c = 0;
        for (; c + Vector<T>.Count <= count; c += Vector<T>.Count)
            (Vector.Load(sum + c) + Vector.Load(x + c) * Vector.Load(y + c)).Store(sum + c);
        for (; c < count; c++) sum[c] += x[c] * y[c];
    }

    /// <summary><c>best = max(best, x)</c>; NaN wins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Maximum<T>(T* x, T* best, int count) where T : unmanaged, INumber<T>
    {
        var c = 0;
        for (; c + Vector<T>.Count <= count; c += Vector<T>.Count) Vector.Max(Vector.Load(best + c), Vector.Load(x + c)).Store(best + c);
        for (; c < count; c++) best[c] = T.Max(best[c], x[c]);
    }

    /// <summary>
    /// Adds <paramref name="adjoint"/> to <paramref name="sum"/> where x equals the greatest for the first time, and notes that it did.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddWhereFirst<T>(T* x, T* greatest, T* adjoint, T* pending, T* sum, int count) where T : unmanaged, INumber<T>
    {
        var c = 0;
        for (; c + Vector<T>.Count <= count; c += Vector<T>.Count)
        {
            var left = Vector.Load(pending + c);
            var found = Vector.Equals(Vector.Load(x + c), Vector.Load(greatest + c)) & Vector.Equals(left, Vector<T>.One);
            (Vector.Load(sum + c) + Vector.ConditionalSelect(found, Vector.Load(adjoint + c), Vector<T>.Zero)).Store(sum + c);
            Vector.ConditionalSelect(found, Vector<T>.Zero, left).Store(pending + c);
        }
        for (; c < count; c++)
        {
            if (x[c] != greatest[c] || pending[c] == T.Zero) continue;
            sum[c] += adjoint[c];
            pending[c] = T.Zero;
        }
    }
}
