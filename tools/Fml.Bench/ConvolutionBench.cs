using Fml.Native;

namespace Fml.Bench;

/// <summary>
/// The convolutions of the paper-scale encoder (four frames of 240 x 240) and of a small one, forward and both gradients.
/// </summary>
internal static class ConvolutionBench
{
    private static readonly (string Name, ConvolutionShape Shape)[] Layers =
    [
        ("11x11/4, 240x240x3 to 96", Layer(4, 240, 3, 96, 11, 4, 4)),
        ("5x5, 29x29x96 to 256", Layer(4, 29, 96, 256, 5, 1, 2)),
        ("3x3, 14x14x256 to 384", Layer(4, 14, 256, 384, 3, 1, 1)),
        ("3x3/2, 14x14x384 to 256", Layer(4, 14, 384, 256, 3, 2, 1)),
        ("3x3, 14x14x768 to 384", Layer(4, 14, 768, 384, 3, 1, 1)),
        ("3x3/2, 96x96x3 to 32, 16 frames", Layer(16, 96, 3, 32, 3, 2, 1)),
        ("3x3, 24x24x64 to 64, 16 frames", Layer(16, 24, 64, 64, 3, 1, 1)),
    ];

    public static void Run(Workers workers, Yardstick yardstick, double seconds)
    {
        Console.WriteLine($"\n{"convolution: GFLOP/s (of peak)",-40} {"forward",16} {"to images",16} {"to weights",16}");
        foreach (var (name, shape) in Layers)
        {
            var w = shape.Window;
            using var images = new Memory((long)w.Batch * w.Height * w.Width * w.Channels);
            using var weights = new Memory((long)w.KernelHeight * w.KernelWidth * w.Channels * shape.OutputChannels);
            using var result = new Memory((long)w.Batch * w.OutputHeight * w.OutputWidth * shape.OutputChannels);
            nint[] forward = [images.Address, weights.Address, result.Address];
            nint[] toImages = [result.Address, weights.Address, images.Address];
            nint[] toWeights = [images.Address, result.Address, weights.Address];
            var pixels = (double)w.Batch * w.OutputHeight * w.OutputWidth;
            var operations = 2 * pixels * shape.OutputChannels * w.KernelHeight * w.KernelWidth * w.Channels;
            string Line(Action work)
            {
                var timing = Timing.Of(work, yardstick.Arithmetic, seconds);
                return $"{operations / timing.Best / 1e9,9:F1} ({timing.Ratio * operations / yardstick.Operations:P0})";
            }
            Console.WriteLine(
                $"{name,-40} {Line(() => Convolution.Forward<float>(shape, forward, workers)),16}"
                + $" {Line(() => Convolution.InputGradient<float>(shape, toImages, workers)),16}"
                + $" {Line(() => Convolution.WeightGradient<float>(shape, toWeights, workers)),16}");
        }
    }

    private static ConvolutionShape Layer(int frames, int size, int channels, int outputs, int kernel, int stride, int padding)
    {
        var output = (size + 2 * padding - kernel) / stride + 1;
        var window = new WindowShape(frames, size, size, channels, output, output, kernel, kernel, stride, stride, padding, padding);
        return new ConvolutionShape(window, outputs);
    }
}
