using System.Diagnostics;
using Fml.Bench;
using Fml.Native;

// Prints how fast the kernels are, beside what the machine can do at all: the arithmetic peak and the speed of a memory copy, both
// measured in turn with each kernel, so that the ratios hold on a busy machine too. `Fml.Bench [seconds a line]`; `Fml.Bench cuda` measures a GPU,
// `Fml.Bench comparison` a training step with images compared per vertex and per pixel.
if (args is ["cuda", .. var words]) return CudaBench.Run(words);
var seconds = args.Length > 0 && double.TryParse(args[0], out var given) ? given : 0.4;
var clock = Stopwatch.StartNew();
using var device = new CpuDevice();
if (args is ["comparison"])
{
    ComparisonBench.Run(device);
    return 0;
}
using var yardstick = new Yardstick(device.Workers);
Console.WriteLine($"{device.Name}; each line takes {seconds:F1} s");
Console.WriteLine($"arithmetic peak {yardstick.Peak():F0} GFLOP/s, memory copy {yardstick.Copy():F1} GB/s (read and written)");
ProductBench.Run(device.Workers, yardstick, seconds);
ConvolutionBench.Run(device.Workers, yardstick, seconds);
TrainingStepBench.Run(device, yardstick);
Console.WriteLine($"\n{clock.Elapsed.TotalSeconds:F0} s in all, peak memory {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:F0} MB");
return 0;
