using System.Numerics;

namespace Fml.Native.Tests;

public sealed unsafe class ConvolutionTests
{
    private static readonly Workers Team = new(2);

    // Kernel, stride, padding: plain, "same", asymmetric, strides that leave inputs out, one channel, wide, a window of one.
    public static TheoryData<ConvolutionShape> Shapes() =>
    [
        Shape(2, 9, 8, 3, 16, 3, 3, 1, 1, 1, 1, 1, 1),
        Shape(1, 11, 13, 3, 5, 11, 11, 4, 4, 4, 4, 4, 4),
        Shape(2, 10, 10, 20, 33, 3, 3, 2, 2, 0, 1, 0, 1),
        Shape(2, 10, 9, 17, 40, 3, 3, 2, 2, 1, 1, 1, 1),
        Shape(3, 7, 7, 32, 64, 5, 5, 1, 1, 2, 2, 2, 2),
        Shape(2, 7, 6, 5, 7, 1, 1, 1, 1, 0, 0, 0, 0),
        Shape(2, 8, 7, 5, 7, 1, 1, 2, 2, 0, 0, 0, 0),
        Shape(1, 12, 12, 1, 1, 2, 3, 3, 2, 0, 0, 1, 2),
        Shape(1, 40, 110, 2, 3, 3, 3, 1, 1, 1, 1, 1, 1),
        Shape(1, 4, 4, 40, 70, 3, 3, 1, 1, 1, 1, 1, 1),
        Shape(2, 6, 6, 4, 4, 2, 2, 3, 3, 0, 0, 0, 0),
    ];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Convolution_and_its_gradients_equal_the_plain_sums(ConvolutionShape shape)
    {
        Check<float>(shape, 1e-5);
        Check<double>(shape, 1e-13);
    }

    [Fact]
    public void Depthwise_convolution_is_convolution_by_diagonal_weights()
    {
        var w = new WindowShape(2, 8, 7, 19, 4, 7, 3, 4, 2, 1, 0, 2);
        var x = GemmTests.Random<float>(w.Batch * w.Height * w.Width * w.Channels, 1);
        var weights = GemmTests.Random<float>(w.KernelHeight * w.KernelWidth * w.Channels, 2);
        var diagonal = new float[weights.Length * w.Channels];
        for (var i = 0; i < weights.Length; i++) diagonal[i * w.Channels + i % w.Channels] = weights[i];
        float[] y = new float[w.Batch * w.OutputHeight * w.OutputWidth * w.Channels], expected = new float[y.Length];
        fixed (float* px = x, pw = weights, pd = diagonal, py = y, pe = expected)
        {
            DepthwiseConvolution.Forward<float>(w, [(nint)px, (nint)pw, (nint)py], Team);
            Convolution.Forward<float>(new ConvolutionShape(w, w.Channels), [(nint)px, (nint)pd, (nint)pe], Team);
        }
        Near([.. expected.Select(v => (double)v)], y, 1e-6);
    }

    [Fact]
    public void Convolutions_in_a_steady_state_allocate_nothing_and_do_not_depend_on_the_number_of_threads()
    {
        var shape = Shape(4, 70, 70, 3, 16, 3, 3, 2, 2, 1, 1, 1, 1); // the gradient of the weights is split along the pixels
        var w = shape.Window;
        var x = GemmTests.Random<float>(w.Batch * w.Height * w.Width * w.Channels, 1);
        var weights = GemmTests.Random<float>(w.KernelHeight * w.KernelWidth * w.Channels * shape.OutputChannels, 2);
        var y = GemmTests.Random<float>(w.Batch * w.OutputHeight * w.OutputWidth * shape.OutputChannels, 3);
        var results = new[] { 1, 4 }.Select(threads =>
        {
            using var workers = new Workers(threads);
            float[] forward = new float[y.Length], dx = new float[x.Length], dw = new float[weights.Length];
            fixed (float* px = x, pw = weights, py = y, pf = forward, pdx = dx, pdw = dw)
            {
                var least = long.MaxValue;
                for (var i = 0; i < 8; i++)
                {
                    var before = GC.GetAllocatedBytesForCurrentThread();
                    Convolution.Forward<float>(shape, [(nint)px, (nint)pw, (nint)pf], workers);
                    Convolution.InputGradient<float>(shape, [(nint)py, (nint)pw, (nint)pdx], workers);
                    Convolution.WeightGradient<float>(shape, [(nint)px, (nint)py, (nint)pdw], workers);
                    least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
                }
                // A collection meanwhile counts what is left of the thread's allocation block: one clean round is proof enough.
                // On one thread all scratch memory is its own.
                if (threads == 1) Assert.Equal(0, least);
            }
            return (float[])[.. forward, .. dx, .. dw];
        }).ToArray();
        Assert.Equal(results[0], results[1]);
    }

    private static ConvolutionShape Shape(
        int batch, int height, int width, int channels, int outputs, int kernelHeight, int kernelWidth, int strideY, int strideX,
        int top, int bottom, int left, int right) =>
        new(new WindowShape(batch, height, width, channels,
            (height + top + bottom - kernelHeight) / strideY + 1, (width + left + right - kernelWidth) / strideX + 1,
            kernelHeight, kernelWidth, strideY, strideX, top, left), outputs);

    private static void Check<T>(ConvolutionShape shape, double tolerance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var w = shape.Window;
        var x = GemmTests.Random<T>(w.Batch * w.Height * w.Width * w.Channels, 1);
        var weights = GemmTests.Random<T>(w.KernelHeight * w.KernelWidth * w.Channels * shape.OutputChannels, 2);
        var adjoint = GemmTests.Random<T>(w.Batch * w.OutputHeight * w.OutputWidth * shape.OutputChannels, 3);
        T[] y = new T[adjoint.Length], dx = new T[x.Length], dw = new T[weights.Length];
        double[] yPlain = new double[y.Length], dxPlain = new double[dx.Length], dwPlain = new double[dw.Length];
        foreach (var (i, k, o) in Terms(shape))
        {
            yPlain[o] += double.CreateChecked(x[i] * weights[k]);
            dxPlain[i] += double.CreateChecked(adjoint[o] * weights[k]);
            dwPlain[k] += double.CreateChecked(adjoint[o] * x[i]);
        }
        dx.AsSpan().Fill(T.NaN); // what is not written shows
        fixed (T* px = x, pw = weights, pa = adjoint, py = y, pdx = dx, pdw = dw)
        {
            Convolution.Forward<T>(shape, [(nint)px, (nint)pw, (nint)py], Team);
            Convolution.InputGradient<T>(shape, [(nint)pa, (nint)pw, (nint)pdx], Team);
            Convolution.WeightGradient<T>(shape, [(nint)px, (nint)pa, (nint)pdw], Team);
        }
        Near(yPlain, y, tolerance);
        Near(dxPlain, dx, tolerance);
        Near(dwPlain, dw, tolerance);
    }

    // Indices into images, weights and result of every product that a convolution sums.
    private static IEnumerable<(int Image, int Weight, int Result)> Terms(ConvolutionShape shape)
    {
        var w = shape.Window;
        for (var n = 0; n < w.Batch; n++)
            for (var i = 0; i < w.OutputHeight; i++)
                for (var j = 0; j < w.OutputWidth; j++)
                    for (var k = 0; k < w.KernelHeight; k++)
                        for (var l = 0; l < w.KernelWidth; l++)
                        {
                            var (y, x) = (i * w.StrideY + k - w.Top, j * w.StrideX + l - w.Left);
                            if (y < 0 || y >= w.Height || x < 0 || x >= w.Width) continue;
                            for (var c = 0; c < w.Channels; c++)
                                for (var o = 0; o < shape.OutputChannels; o++)
                                    yield return (((n * w.Height + y) * w.Width + x) * w.Channels + c,
                                        ((k * w.KernelWidth + l) * w.Channels + c) * shape.OutputChannels + o,
                                        ((n * w.OutputHeight + i) * w.OutputWidth + j) * shape.OutputChannels + o);
                        }
    }

    private static void Near<T>(double[] expected, T[] came, double tolerance) where T : unmanaged, INumber<T>
    {
        var scale = expected.Max(Math.Abs) + 1;
        for (var i = 0; i < came.Length; i++)
        {
            var error = Math.Abs(double.CreateChecked(came[i]) - expected[i]);
            Assert.True(error <= tolerance * scale, $"element {i} of {came.Length} is {came[i]}, not {expected[i]}");
        }
    }
}
