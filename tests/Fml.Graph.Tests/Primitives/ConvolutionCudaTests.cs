using System.Numerics;
using System.Runtime.InteropServices;
using Fml.CudaEmulator;
using Fml.Native;

namespace Fml.Graph.Tests;

/// <summary>The CUDA kernels of convolutions on the emulated device, with every tile, whole and cut into segments, against the CPU.</summary>
public sealed unsafe class ConvolutionCudaTests
{
    public ConvolutionCudaTests() => Assert.SkipWhen(EmulatedDriver.Unavailable is not null, EmulatedDriver.Unavailable ?? "");

    // Height, width, channels, outputs, kernel, strides, padding: larger than a tile every way; odd sizes; a large stride; phases without taps.
    private static readonly ConvolutionShape[] Shapes =
    [
        Shape(1, 13, 10, 132, 132, 2, 1, 1, 1, 1, 0),
        Shape(3, 9, 7, 5, 7, 3, 4, 2, 1, 0, 2),
        Shape(2, 17, 18, 3, 8, 11, 11, 4, 4, 4, 4),
        Shape(3, 11, 9, 4, 40, 1, 1, 2, 3, 0, 0),
    ];

    private static readonly (string Name, ConvolutionProduct.Sizes Sizes, CpuBody<ConvolutionShape> Single, CpuBody<ConvolutionShape> Double)[] Kinds =
    [
        ("forward", ConvolutionProduct.Forward, Convolution.Forward<float>, Convolution.Forward<double>),
        ("input gradient", ConvolutionProduct.InputGradient, Convolution.InputGradient<float>, Convolution.InputGradient<double>),
        ("weight gradient", ConvolutionProduct.WeightGradient, Convolution.WeightGradient<float>, Convolution.WeightGradient<double>),
    ];

    private static ConvolutionShape Shape(
        int batch, int height, int width, int channels, int outputs, int kernelHeight, int kernelWidth, int strideY, int strideX, int top, int left)
    {
        var placement = new WindowPlacement(strideY, strideX, top, top, left, left);
        return new ConvolutionShape(placement.For([batch, height, width, channels], kernelHeight, kernelWidth), outputs);
    }

    [Theory]
    [InlineData(128, 128, 1, false)]
    [InlineData(128, 128, 3, true)]
    [InlineData(64, 64, 3, false)]
    [InlineData(64, 64, 1, true)]
    [InlineData(128, 32, 2, false)]
    [InlineData(128, 32, 1, true)]
    public void Every_tile_gives_what_the_CPU_gives(int rows, int columns, int segments, bool reverse)
    {
        using var device = EmulatedDriver.Device(new EmulatorOptions { Reverse = reverse, Poison = true });
        foreach (var shape in Shapes)
        {
            foreach (var kind in Kinds)
            {
                var tiled = shape with { Tiling = new ProductTiling(rows, columns, segments) };
                Check<float>(device, kind.Name, Kernel("float", kind.Single, kind.Sizes), tiled, kind.Sizes(shape).Elements, 2e-6);
                if (segments > 1) Check<double>(device, kind.Name, Kernel("double", kind.Double, kind.Sizes), tiled, kind.Sizes(shape).Elements, 1e-14);
            }
        }
    }

    // Factors that TF32 holds are multiplied exactly; others with the error of their rounding, 2^-11 at most and 3e-4 in the mean.
    [Theory]
    [InlineData(128, 128, 1, false)]
    [InlineData(64, 64, 3, true)]
    [InlineData(128, 32, 2, false)]
    public void Tensor_cores_err_by_the_rounding_of_the_factors_alone(int rows, int columns, int segments, bool reverse)
    {
        using var device = EmulatedDriver.Device(
            new EmulatorOptions { Reverse = reverse, Poison = true, Precision = MatrixPrecision.TensorFloat32 });
        foreach (var shape in Shapes)
        {
            foreach (var kind in Kinds)
            {
                var tiled = shape with { Tiling = new ProductTiling(rows, columns, segments) };
                var kernel = Kernel("float", kind.Single, kind.Sizes);
                Check<float>(device, kind.Name, kernel, tiled, kind.Sizes(shape).Elements, 2e-6, mantissa: 10);
                Check<float>(device, kind.Name, kernel, tiled, kind.Sizes(shape).Elements, 1e-3, least: 1e-5);
            }
        }
    }

    [Fact]
    public void Tensor_cores_compile_for_the_first_and_the_newest_that_have_them_and_for_the_oldest_without()
    {
        Assert.SkipUnless(NvidiaLibraries.Nvrtc.Found, NvidiaLibraries.Nvrtc.Failure ?? "");
        var compiler = NvrtcCompiler.Default;
        var source = ConvolutionProduct.Body(ConvolutionProduct.Forward).Define("T", "float").Source.In(MatrixPrecision.TensorFloat32);
        foreach (var architecture in compiler.Architectures.Where(a => a == 80 || a == compiler.Architectures[0] || a == compiler.Architectures[^1]))
            Assert.All(compiler.Compile([source], compiler.TargetFor(architecture)), Assert.NotEmpty);
    }

    [Theory]
    [InlineData(57600, 96, 363, 128, 1)] // first layer of the paper's encoder, 16 frames
    [InlineData(13456, 256, 2400, 128, 1)]
    [InlineData(841, 256, 2400, 64, 4)] // one frame
    [InlineData(16, 256, 2304, 64, 16)]
    [InlineData(2400, 256, 13456, 128, 3)]
    public void Tiles_fill_a_device(long rows, long columns, long inner, int side, int leastSegments)
    {
        var tiling = ProductTiling.For(rows, columns, inner);
        Assert.Equal(side, tiling.Rows);
        Assert.True(tiling.Segments >= leastSegments, tiling.ToString());
        Assert.InRange(tiling.Blocks(rows, columns) * tiling.Segments, Math.Min(64, tiling.Segments * 4), int.MaxValue);
    }

    private static Kernel<ConvolutionShape> Kernel(string type, CpuBody<ConvolutionShape> cpu, ConvolutionProduct.Sizes sizes) =>
        new("convolution", cpu, ConvolutionProduct.Body(sizes).Define("T", type));

    private static void Check<T>(
        CudaDevice device, string name, Kernel<ConvolutionShape> kernel, ConvolutionShape shape, long count, double bound,
        double least = 0, int mantissa = 23)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var w = shape.Window;
        var images = w.Batch * w.Height * w.Width * w.Channels;
        var results = w.Batch * w.OutputHeight * w.OutputWidth * shape.OutputChannels;
        var weights = w.KernelHeight * w.KernelWidth * w.Channels * shape.OutputChannels;
        var (a, b) = name switch
        {
            "forward" => (images, weights),
            "input gradient" => (results, weights),
            _ => (images, results),
        };
        var random = new Random(1);
        T[] Values(int size) => [.. Enumerable.Range(0, size).Select(_ => T.CreateChecked(Rounded(2 * random.NextDouble() - 1, mantissa)))];
        var (left, right, expected, came) = (Values(a), Values(b), new T[count], new T[count]);
        fixed (T* pa = left, pb = right, pc = expected) kernel.Cpu(shape, [(nint)pa, (nint)pb, (nint)pc, (nint)pc], Workers.Alone);

        using DeviceBuffer
            da = Filled(device, left), db = Filled(device, right), dc = device.Allocate(count * sizeof(T)),
            parts = device.Allocate(shape.Tiling.Segments * count * sizeof(T));
        using var program = device.Prepare(
            [new Command.Launch<ConvolutionShape>(kernel, shape, [new Region(da), new Region(db), new Region(dc), new Region(parts)])]);
        program.Run();
        device.Download(dc, came.AsSpan());
        var (difference, norm) = (0.0, 0.0);
        for (var i = 0; i < count; i++)
        {
            var (x, y) = (double.CreateChecked(came[i]), double.CreateChecked(expected[i]));
            difference += (x - y) * (x - y);
            norm += y * y;
        }
        var error = Math.Sqrt(difference / norm);
        Assert.True(error <= bound && error >= least, $"{name} {typeof(T).Name} {shape}: relative error {error:E2}");
    }

    private static float Rounded(double value, int mantissa)
    {
        var unit = Math.ScaleB(1, Math.ILogB(value) - mantissa);
        return (float)(Math.Round(value / unit) * unit);
    }

    private static DeviceBuffer Filled<T>(CudaDevice device, T[] values) where T : unmanaged
    {
        var buffer = device.Allocate(MemoryMarshal.AsBytes<T>(values).Length);
        device.Upload<T>(values, buffer);
        return buffer;
    }
}
