using System.Collections.Immutable;
using Fml.CudaEmulator;

namespace Fml.Native.Tests;

public sealed class EmulatorTests
{
    public EmulatorTests() => Assert.SkipWhen(EmulatedDriver.Unavailable is not null, EmulatedDriver.Unavailable ?? "");

    private readonly record struct Scale(long Count, float Factor);

    private const string Text = """
        #include "fml.cuh"
        struct Scale {
            long long Count; // numbers
            float Factor;    // what they are multiplied by
        };
        extern "C" __global__ void __launch_bounds__(64) scale(Scale p, const float* __restrict__ from, float* to)
        {
            for (Index i = first_item(); i < p.Count; i += item_stride()) to[i] = p.Factor * from[i];
        }
        // Reverses each block of 64 numbers, through shared memory.
        extern "C" __global__ void turn(Scale p, const float* __restrict__ from, float* to)
        {
            __shared__ float block[64];
            extern __shared__ float second[];
            block[threadIdx.x] = to[blockIdx.x * 64 + threadIdx.x];
            __syncthreads();
            second[threadIdx.x] = block[63 - threadIdx.x];
            __syncthreads();
            to[blockIdx.x * 64 + threadIdx.x] = second[threadIdx.x] + 0 * warp_sum(1.0f);
        }
        """;

    private static readonly Kernel<Scale> Kernel = new(
        "scale", (in Scale _, ReadOnlySpan<nint> _, Workers _) => { },
        new CudaBody<Scale>(new CudaSource("scale.cu", Text), (in Scale p) =>
            [CudaStage.Over("scale", p.Count, 64), new CudaStage("turn", (int)(p.Count / 64), 64, SharedBytes: 256)]));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_kernel_of_two_stages_runs(bool reverse)
    {
        using var device = EmulatedDriver.Device(new EmulatorOptions { Reverse = reverse, Poison = true });
        float[] numbers = [.. Enumerable.Range(0, 192).Select(i => (float)i)];
        using var from = device.Allocate(192 * 4);
        using var to = device.Allocate(192 * 4);
        device.Upload<float>(numbers, from);
        using var program = device.Prepare(
            [new Command.Launch<Scale>(Kernel, new Scale(192, 2), ImmutableArray.Create(new Region(from), new Region(to)))]);
        program.Run();
        var results = new float[192];
        device.Download<float>(to, results);
        Assert.Equal(Enumerable.Range(0, 192).Select(i => 2f * (i / 64 * 64 + 63 - i % 64)), results);
    }
}
