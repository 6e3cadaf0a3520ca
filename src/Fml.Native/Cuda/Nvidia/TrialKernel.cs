namespace Fml.Native;

/// <summary>A small computation that shows whether a device works: a kernel writes squares, a matrix product sums them.</summary>
internal static class TrialKernel
{
    private const int Count = 1000;

    /// <summary>The kernel: <c>squares[i] = i^2</c>.</summary>
    public static CudaBody<Sizes> Body { get; } = new(
        new CudaSource("trial.cu", """
            #include "fml.cuh"
            struct Sizes {
                int Count; // elements
            };
            extern "C" __global__ void trial(Sizes sizes, float* squares)
            {
                for (Index i = first_item(); i < sizes.Count; i += item_stride()) squares[i] = (float)(i * i);
            }
            """),
        (in sizes) => [CudaStage.Over("trial", sizes.Count)]);

    /// <summary>Runs it twice, as it would be in a program, and looks at what comes out.</summary>
    /// <exception cref="InvalidOperationException">The device computes something else.</exception>
    public static void Run(Device device)
    {
        var kernel = new Kernel<Sizes>("trial", (in _, _, _) => throw new NotSupportedException("the trial is for GPUs"), Body);
        using DeviceBuffer squares = device.Allocate(sizeof(float) * Count), ones = device.Allocate(sizeof(float) * Count);
        using var sum = device.Allocate(sizeof(float));
        device.Upload<float>(Enumerable.Repeat(1f, Count).ToArray(), ones);
        using var executable = device.Prepare(
        [
            new Command.Launch<Sizes>(kernel, new Sizes(Count), [new Region(squares)]),
            new Command.MatrixProduct(ElementType.F32, new MatrixShape(1, 1, Count), new Region(ones), new Region(squares), new Region(sum)),
        ]);
        executable.Run();
        executable.Run();
        var result = new float[1];
        device.Download(sum, result.AsSpan());
        var expected = (Count - 1.0) * Count * (2 * Count - 1) / 6;
        if (!(Math.Abs(result[0] - expected) <= 1e-5 * expected))
            throw new InvalidOperationException(
                $"the sum of {Count} squares came out as {result[0]} instead of {expected}: {device.Name} does not compute right");
    }

    /// <summary>Parameters of the kernel.</summary>
    public readonly record struct Sizes(int Count);
}
