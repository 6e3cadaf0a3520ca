using System.Collections.Immutable;
using Fml.Conformance;
using Fml.CudaEmulator;
using Fml.Native;

namespace Fml.Graph.Tests;

/// <summary>Kernels with one fault each: what the table on the emulated device must see, it sees.</summary>
public sealed class PlantedFaultTests
{
    private const int N = 150, Block = 64; // not a multiple

    public PlantedFaultTests() => Assert.SkipWhen(EmulatedDriver.Unavailable is not null, EmulatedDriver.Unavailable ?? "");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_kernel_without_a_fault_passes(bool reverse) => Assert.True(Error(Fault.None, reverse) <= 1e-6);

    [Fact]
    public void A_missing_barrier_shows_in_the_reverse_order_only()
    {
        Assert.True(Error(Fault.MissingBarrier, reverse: false) <= 1e-6);
        Assert.False(Error(Fault.MissingBarrier, reverse: true) <= 0.1);
    }

    [Theory]
    [InlineData(Fault.WriteBeyond, "written 1 to 4 bytes beyond its end")]
    [InlineData(Fault.WriteBefore, "written 1 to 4 bytes before its start")]
    [InlineData(Fault.DivergentBarrier, "16 threads wait at __syncthreads")]
    [InlineData(Fault.IndexBeyondShared, "an index is beyond its array")]
    [InlineData(Fault.WildAddress, "memory is touched that is nobody's")]
    public void What_a_device_might_not_notice_is_an_error_that_names_the_kernel(Fault fault, string words)
    {
        foreach (var reverse in new[] { false, true })
        {
            var error = Assert.Throws<EmulatorException>(() => Error(fault, reverse));
            Assert.Contains("kernel left_neighbour of planted.cu", error.Message);
            Assert.Contains(words, error.Message);
        }
        Assert.True(Error(Fault.None, reverse: true) <= 1e-6); // and the next launch is as good as ever
    }

    [Theory]
    [InlineData(Fault.TooFewBlocks)]
    [InlineData(Fault.UnwrittenElement)]
    [InlineData(Fault.ReadBeyond)]
    public void What_is_not_written_is_not_a_number(Fault fault)
    {
        Assert.True(double.IsNaN(Error(fault, reverse: false)));
        Assert.True(double.IsNaN(Error(fault, reverse: true)));
    }

    [Fact]
    public void A_wrong_number_shows() => Assert.False(Error(Fault.WrongNumber, reverse: false) <= 1e-5);

    public enum Fault
    {
        None, MissingBarrier, WriteBeyond, WriteBefore, DivergentBarrier, IndexBeyondShared, WildAddress, TooFewBlocks, UnwrittenElement,
        ReadBeyond, WrongNumber,
    }

    private static double Error(Fault fault, bool reverse) => CudaCheck.Error(
        new ConformanceRow(typeof(LeftNeighbour), "planted", x => Node.Apply.Of(new LeftNeighbour(fault), x[0]), new InputRange([N]))
        { Differentiable = false },
        ElementType.F32, reverse);

    private readonly record struct NeighbourSizes(long Count);

    /// <summary>Adds to each element its left neighbour in its block of 64.</summary>
    private sealed record LeftNeighbour(Fault Fault) : Primitive
    {
        public override TensorType Infer(ImmutableArray<TensorType> inputs) => inputs[0];

        public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) => [null];

        public override void Lower(Lowering lowering) =>
            lowering.Run(Kernel(Fault), new NeighbourSizes(lowering.OutputType.Shape.Count), lowering.Input(0), lowering.Output);
    }

    private static unsafe Kernel<NeighbourSizes> Kernel(Fault fault)
    {
        static void Cpu(in NeighbourSizes p, ReadOnlySpan<nint> operands, Workers _)
        {
            var from = (float*)operands[0];
            var to = (float*)operands[1];
            for (var i = 0L; i < p.Count; i++) to[i] = from[i] + (i % Block > 0 ? from[i - 1] : 0);
        }

        var source = new CudaSource("planted.cu", Text).Define(fault.ToString(), "1");
        return new("left_neighbour", Cpu, new CudaBody<NeighbourSizes>(source, (in p) =>
            [CudaStage.Over("left_neighbour", fault == Fault.TooFewBlocks ? p.Count - Block : p.Count, Block)]));
    }

    private const string Text = """
        struct NeighbourSizes {
            long long Count; // elements
        };

        extern "C" __global__ void left_neighbour(NeighbourSizes p, const float* from, float* to)
        {
            __shared__ float block[64];
            const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
            int t = threadIdx.x;
        #ifdef IndexBeyondShared
            t += (int)(i == 149);
            t += (t == 22) * 64;
        #endif
            block[t] = i < p.Count ? from[i] : 0;
        #ifdef DivergentBarrier
            if (threadIdx.x < 16)
        #endif
        #ifndef MissingBarrier
            __syncthreads();
        #endif
            float sum = block[threadIdx.x] + (threadIdx.x > 0 ? block[threadIdx.x - 1] : 0);
        #ifdef WrongNumber
            sum *= 1.0001f;
        #endif
        #ifdef ReadBeyond
            if (i == p.Count - 1) sum += from[i + 1];
        #endif
        #ifdef WriteBeyond
            if (i == 0) to[p.Count] = sum;
        #endif
        #ifdef WriteBefore
            if (i == 0) to[-1] = sum;
        #endif
        #ifdef UnwrittenElement
            if (i != 77)
        #endif
        #ifdef WildAddress
            to[i << 40] = sum;
        #endif
            if (i < p.Count) to[i] = sum;
        }
        """;
}
