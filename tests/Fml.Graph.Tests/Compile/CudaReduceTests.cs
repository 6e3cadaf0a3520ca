using Fml.CudaEmulator;
using Fml.Native;
using static Fml.Graph.Ops;

namespace Fml.Graph.Tests;

public sealed class CudaReduceTests
{
    private static float[] Numbers(long count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (int)count).Select(_ => random.NextSingle() * 2 - 0.5f)];
    }

    /// <summary>Shapes with the axes that are reduced: one element, long rows, many rows, short rows, inner and outer axes.</summary>
    private static readonly (int[] Shape, int[] Axes)[] Cases =
    [
        ([2], [0]), ([70001], [0]), ([3, 5000], [1]), ([5000, 3], [0]), ([700, 2], [1]), ([2000, 5], [1]), ([33, 130], [1]), ([300, 40], [0]),
        ([40, 7, 41], [0, 2]), ([4, 9, 18], [1]), ([2, 3, 4, 5, 3, 2], [1, 3, 5]), ([2, 3, 4, 5, 3, 2], [0, 2, 4]), ([1, 6, 1, 300], [1]),
        ([5, 33, 64], [0, 1]), ([3, 1, 1100], [0, 2]), ([9000, 4], [0, 1]), ([129, 257], [0]),
    ];

    [Fact]
    public void Sums_agree_with_double_precision()
    {
        var inputs = Cases.Select((c, i) => Input($"x{i}", new Shape(c.Shape))).ToArray();
        Node[] nodes = [.. Cases.Select((c, i) => Sum(Square(inputs[i]) - 0.25, c.Axes))];
        var values = inputs.Select((input, i) => Numbers(input.Shape.Count, i)).ToArray();
        var (_, cuda) = DevicePair.Run(nodes, [.. inputs.Zip(values, (input, v) => (input, (Array)v))]);
        for (var i = 0; i < nodes.Length; i++)
        {
            var wide = Input("x", inputs[i].Shape, ElementType.F64);
            var exact = DevicePair.On(
                Device.Default, [Sum(Square(wide) - 0.25, Cases[i].Axes)], [(wide, values[i].Select(v => (double)v).ToArray())]);
            var error = DevicePair.Difference(exact[0], cuda[i]);
            Assert.True(error <= 2e-6, $"{inputs[i].Shape} over {string.Join(',', Cases[i].Axes)}: {error:E2}");
        }
    }

    [Fact]
    public void The_greatest_is_exact_and_NaN_wins()
    {
        var inputs = Cases.Select((c, i) => Input($"x{i}", new Shape(c.Shape))).ToArray();
        Node[] nodes = [.. Cases.Select((c, i) => Max(inputs[i], c.Axes))];
        var values = inputs.Select((input, i) => Numbers(input.Shape.Count, i)).ToArray();
        foreach (var v in values) (v[v.Length / 3], v[v.Length / 2]) = (float.NaN, float.PositiveInfinity);
        var (cpu, cuda) = DevicePair.Run(nodes, [.. inputs.Zip(values, (input, v) => (input, (Array)v))]);
        for (var i = 0; i < nodes.Length; i++) Assert.Equal(cpu[i], cuda[i]);
    }

    [Fact]
    public void Reduced_tensors_may_lie_as_they_like()
    {
        var (x, y) = (Input("x", [30, 50]), Input("y", [50]));
        Node[] nodes =
        [
            Sum(Transpose(x, 1, 0), [0]), Sum(Transpose(x, 1, 0) * 2, [1]), Sum(x * y, [0]), Sum(x * y, [1]), Sum(Slice(x, [2, 3], [20, 41])),
            Sum(BroadcastTo(y, [6, 50]), [0]), Max(Transpose(Reshape(x, [3, 10, 50]), 2, 0, 1), [1]),
        ];
        var (cpu, cuda) = DevicePair.Run(nodes, (x, Numbers(1500)), (y, Numbers(50, 2)));
        for (var i = 0; i < nodes.Length; i++) Assert.True(DevicePair.Difference(cpu[i], cuda[i]) <= 1e-6, $"{i}");
    }

    public static TheoryData<int, int, int, bool, bool> Launches() => new()
    {
        { 1, 37, 150, true, true }, { 1, 37, 150, false, true }, { 70, 4, 10, true, false }, { 5, 10, 150, true, false },
        { 2, 200, 300, false, false }, { 3, 5, 700, false, true }, { 1, 40, 4000, true, false },
    };

    // One block does all the jobs of a grid, one after another; a text for 64-bit indices runs on a small space of the same structure.
    [Theory]
    [MemberData(nameof(Launches))]
    public void One_block_may_do_all_and_indices_may_be_wide(int outer, int rows, int columns, bool along, bool wide)
    {
        Assert.SkipWhen(EmulatedDriver.Unavailable is not null, EmulatedDriver.Unavailable ?? "");
        int[] dimensions = [outer, rows, columns];
        long[][] strides = [[rows * columns, columns, 1]];
        var space = new Collapse { Dimensions = wide ? [1, 1 << 20, 1 << 20] : dimensions, Strides = strides };
        var generated = ReduceCuda.Body(
            new CudaElements([new Scalar.Argument(0)], ElementType.F32, [ElementType.F32], [ElementType.F32], space), ReduceKind.Sum, along, 1);
        Assert.Equal(wide, generated.Source.Text.Contains("unsigned long long Size", StringComparison.Ordinal));
        var body = new CudaBody<ReduceSizes>(
            generated.Source, (in ReduceSizes p) => [.. generated.Stages(p).Select(stage => stage with { GridX = 1 })]);
        var spread = ReduceCuda.Spread(outer, rows, columns, along);
        var sizes = new ReduceSizes
        {
            Map = MapLowering.Sizes(new Collapse { Dimensions = dimensions, Strides = strides }, [Layout.Contiguous(new Shape(dimensions))]),
            Outer = outer,
            Reduced = rows,
            Inner = columns,
            AlongReduced = along ? 1 : 0,
            CudaSegments = spread.Segments,
            Lanes = spread.Lanes,
            CombineLanes = spread.CombineLanes,
        };
        var values = Numbers(outer * rows * columns);
        var outputs = outer * (along ? 1 : columns);
        var exact = new double[outputs];
        for (var i = 0; i < values.Length; i++) exact[i / (rows * columns) * (along ? 1 : columns) + (along ? 0 : i % columns)] += values[i];
        foreach (var reverse in (bool[])[false, true])
        {
            using var device = EmulatedDriver.Device(new EmulatorOptions { Poison = true, Reverse = reverse });
            using DeviceBuffer x = device.Allocate(values.Length * 4), y = device.Allocate(outputs * 4);
            using var partial = device.Allocate(outputs * spread.Segments * 4);
            device.Upload<float>(values, x);
            using var executable = device.Prepare([new Command.Launch<ReduceSizes>(
                new Kernel<ReduceSizes>("sum", (in ReduceSizes _, ReadOnlySpan<nint> _, Workers _) => { }, body), sizes,
                [new Region(x), new Region(partial), new Region(y)])]);
            executable.Run();
            var sums = new float[outputs];
            device.Download<float>(y, sums);
            Assert.True(DevicePair.Difference(exact, [.. sums.Select(v => (double)v)]) <= 1e-6);
        }
    }

    [Fact]
    public void Chains_are_short_and_partial_results_few()
    {
        foreach (var along in (bool[])[true, false])
            foreach (var outer in (long[])[1, 3, 100, 5000, 1_000_000])
                foreach (var reduced in (long[])[1, 2, 64, 1000, 100_000, 50_000_000])
                    foreach (var inner in (long[])[1, 3, 64, 700, 90_000])
                    {
                        if (outer * reduced * inner > 1L << 33) continue;
                        var (segments, lanes, combineLanes) = ReduceCuda.Spread(outer, reduced, inner, along);
                        var (outputs, elements) = along ? (outer, reduced * inner) : (outer * inner, reduced);
                        var chain = elements / (double)(segments * lanes);
                        Assert.True(chain <= 64 || segments == 4096, $"{along} {outer} {reduced} {inner}: {chain}");
                        Assert.InRange(segments, 1, 4096);
                        Assert.True(int.IsPow2(lanes) && lanes <= 256 && int.IsPow2(combineLanes) && combineLanes <= 256);
                        Assert.True(segments == 1 || outputs * segments <= outputs + elements * outputs / 8, $"{along} {outer} {reduced} {inner}");
                    }
    }
}
