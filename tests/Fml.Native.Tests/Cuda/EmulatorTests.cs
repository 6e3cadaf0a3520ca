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
        using var device = Device(reverse);
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

    private readonly record struct Nothing(int Unused);

    private static CudaDevice Device(bool reverse) => EmulatedDriver.Device(new EmulatorOptions { Reverse = reverse, Poison = true });

    // Runs one block of threads of "void test(Nothing, int* to)" over 64 numbers.
    private static int[] Run(string body, int threads = 64, bool reverse = false) => Run(reverse, threads, body)[0];

    // The same for some bodies, each of which begins with fresh numbers.
    private static int[][] Run(bool reverse, int threads, params string[] bodies)
    {
        string Entry(int i) => i == 0 ? "test" : $"test{i}";
        var text = "struct Nothing { int Unused; };" + string.Concat(bodies.Select((body, i) =>
            $"\nextern \"C\" __global__ void {Entry(i)}(Nothing, int* to)\n{{\nint t = threadIdx.x;\n{body}\n}}"));
        using var device = Device(reverse);
        return [.. bodies.Select((_, i) =>
        {
            var body = new CudaBody<Nothing>(new CudaSource("test.cu", text), (in _) => [new CudaStage(Entry(i), 1, threads)]);
            using var to = device.Allocate(64 * 4);
            using var program = device.Prepare(
                [new Command.Launch<Nothing>(new Kernel<Nothing>("test", (in _, _, _) => { }, body), default, [new Region(to)])]);
            program.Run();
            var numbers = new int[64];
            device.Download<int>(to, numbers);
            return numbers;
        })];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Threads_work_together(bool reverse)
    {
        (string Body, Func<int, int> Expected)[] cases =
        [
            ("to[t] = __shfl_sync(0xffffffffu, t, 5);", t => t / 32 * 32 + 5),
            ("to[t] = __shfl_up_sync(0xffffffffu, t, 3, 8);", t => t % 8 < 3 ? t : t - 3),
            ("to[t] = __shfl_down_sync(0xffffffffu, t, 3, 16);", t => t % 16 > 12 ? t : t + 3),
            ("to[t] = (int)__shfl_xor_sync(0xffffffffu, (double)t, 9);", t => t ^ 9),
            ("to[t] = __ballot_sync(~0u, t % 3 == 0);", t => t < 32 ? 0x49249249 : unchecked((int)0x92492492)),
            ("to[t] = __any_sync(~0u, t == 7) + 2 * __all_sync(~0u, t >= 32);", t => t < 32 ? 1 : 2),
            ("if (t % 32 < 16) to[t] = __shfl_sync(0xffffu, t, 0);", t => t % 32 < 16 ? t / 32 * 32 : -1),
            ("to[t] = __shfl_sync(0xffffffffu, t, 5);", t => t / 32 * 32 + 5),
            ("to[t] = __syncthreads_count(t % 3 == 0);", _ => 22),
            ("__shared__ unsigned sum; if (t == 0) sum = 0; __syncthreads(); atomicAdd(&sum, t); __syncthreads(); to[t] = sum;", _ => 2016),
            ("__shared__ int m; if (t == 0) m = 99; __syncthreads(); atomicMin(&m, t ^ 3 | 3); __syncthreads(); to[t] = m;", _ => 3),
            ("__shared__ int fresh[64]; if (t < 0) fresh[t] = 1; to[t] = fresh[t];", _ => -1),
            ("to[t] = __float2int_rz(__int_as_float(0x7f800000)) - __float2int_rn(-2.5f);", _ => unchecked(int.MaxValue + 2)),
            ("to[t] = max(t, 7u) + min(2.5, 3.f) + fmaxf(1, __int_as_float(-1));", t => Math.Max(t, 7) + 3),
        ];
        var numbers = Run(reverse, 64, [.. cases.Select(each => each.Body)]);
        foreach (var (came, (_, expected)) in numbers.Zip(cases)) Assert.Equal(Enumerable.Range(0, 64).Select(expected), came);
    }

    [Theory]
    [InlineData("if (t < 32) __syncthreads(); to[t] = 1;", 64, "32 threads wait at __syncthreads")]
    [InlineData("to[t] = __shfl_sync(t < 8 ? 0xffu : 0xffffu, t, 0);", 32, "in an exchange")]
    [InlineData("to[t] = __shfl_sync(1u, t, 0);", 32, "whose mask leaves it out")]
    [InlineData("to[t] = 1 / (to[0] & 0);", 32, "divided by zero")]
    [InlineData("to[t] = 1;", 1025, "1025 threads a block")]
    [InlineData("to[t] = 1;", 0, "0 threads a block")]
    [InlineData("to[64 + t] = 1;", 2, "256 bytes was written 1 to 8 bytes beyond its end")]
    public void A_fault_is_an_error_that_names_the_kernel(string body, int threads, string words)
    {
        var error = Assert.Throws<EmulatorException>(() => Run(body, threads));
        Assert.Contains("kernel test of test.cu", error.Message);
        Assert.Contains(words, error.Message);
    }

    [Fact]
    public void A_source_that_does_not_compile_shows_the_compilers_words()
    {
        var error = Assert.Throws<CudaCompileException>(() => Run("to[t] = unknown;"));
        Assert.Contains("test.cu", error.Message);
        Assert.Contains("unknown", error.Message);
    }

    [Fact]
    public unsafe void While_a_stream_is_captured_a_driver_refuses_what_would_wait()
    {
        using var driver = new EmulatedDriver();
        var stream = driver.CreateStream();
        nint memory = driver.Allocate(8), host = driver.AllocatePinned(8);
        driver.Clear(memory, 8, stream);
        driver.BeginCapture(stream);
        Assert.Throws<EmulatorException>(() => driver.Allocate(8));
        Assert.Throws<EmulatorException>(() => driver.Free(memory));
        Assert.Throws<EmulatorException>(() => driver.Synchronize(stream));
        Assert.Throws<EmulatorException>(() => driver.Load([]));
        Assert.Throws<EmulatorException>(() => driver.Copy(host, memory, 8, CopyKind.HostToDevice, stream));
        driver.Copy(memory, memory + 4, 4, CopyKind.DeviceToDevice, stream);
        var recording = driver.EndCapture(stream);
        *(int*)host = 7;
        driver.Copy(host, memory, 4, CopyKind.HostToDevice, stream);
        Assert.Equal(0, ((int*)memory)[1]);
        driver.Replay(recording, stream);
        Assert.Equal(7, ((int*)memory)[1]);
        Assert.Throws<EmulatorException>(() => driver.Copy(memory, memory + 4, 8, CopyKind.DeviceToDevice, stream));
        driver.DestroyRecording(recording);
        Assert.Throws<EmulatorException>(() => driver.DestroyRecording(recording));
    }

    [Fact]
    public void Memory_that_is_not_there_is_refused_with_what_is_free()
    {
        using var device = EmulatedDriver.Device(new EmulatorOptions { Memory = 1 << 20 });
        using var half = device.Allocate(1 << 19);
        var error = Assert.Throws<OutOfMemoryException>(() => device.Allocate(1 << 20));
        Assert.Contains("0.5 MiB are free", error.Message);
    }
}
