using Fml.CudaEmulator;
using Fml.Native;
using static Fml.Graph.Ops;

namespace Fml.Graph.Tests;

public sealed class CudaUpdateTests
{
    /// <summary>Sizes of the matrix, the number of summed terms, how many more tensors the update reads, whether A is stored by rows.</summary>
    public static TheoryData<int, int, int, int, bool, ElementType> Cases() => new()
    {
        { 136, 132, 5, 0, true, ElementType.F32 }, { 131, 127, 64, 0, false, ElementType.F32 }, { 40, 516, 1, 2, true, ElementType.F32 },
        { 300, 60, 7, 6, false, ElementType.F32 }, { 140, 118, 64, 0, true, ElementType.F64 }, { 129, 131, 3, 2, false, ElementType.F64 },
    };

    // The matrix's gradient is formed on the fly; the vector's update is a plain map of three outputs.
    [Theory]
    [MemberData(nameof(Cases))]
    public void Updates_agree_with_the_CPU_over_several_steps(int rows, int columns, int inner, int more, bool byRows, ElementType type)
    {
        Assert.SkipWhen(EmulatedDriver.Unavailable is not null, EmulatedDriver.Unavailable ?? "");
        var cpu = Train(Device.Default, rows, columns, inner, more, byRows, type);
        double[][]? first = null;
        foreach (var reverse in (bool[])[false, true])
        {
            using var device = EmulatedDriver.Device(new EmulatorOptions { Poison = true, Reverse = reverse });
            var cuda = Train(device, rows, columns, inner, more, byRows, type);
            for (var i = 0; i < cpu.Length; i++)
            {
                var error = DevicePair.Difference(cpu[i], cuda[i]);
                Assert.True(error <= (type == ElementType.F32 ? 2e-6 : 1e-13), $"{i}: {error:E2}");
                if (first is not null) Assert.Equal(first[i], cuda[i]);
            }
            first = cuda;
        }
    }

    // One row of blocks walks down all rows, so that the shared memory of the factors is used again and again.
    [Fact]
    public void One_block_may_walk_down_all_rows()
    {
        Assert.SkipWhen(EmulatedDriver.Unavailable is not null, EmulatedDriver.Unavailable ?? "");
        const int rows = 150, columns = 200, inner = 9;
        var elements = new CudaElements(
            [new Scalar.Argument(0) - 0.5 * new Scalar.Argument(1)], ElementType.F32, [ElementType.F32], [ElementType.F32],
            new Collapse { Dimensions = [rows, columns], Strides = [[columns, 1]] });
        var generated = ThinMapCuda.Body(elements);
        var body = new CudaBody<ThinMapSizes>(
            generated.Source, (in ThinMapSizes p) => [.. generated.Stages(p).Select(stage => stage with { GridY = 1 })]);
        var sizes = new ThinMapSizes
        {
            Map = MapLowering.Sizes(elements.Space, [Layout.Contiguous([rows, columns])]),
            Rows = rows,
            Columns = columns,
            Inner = inner,
            StrideAInner = rows,
            StrideARow = 1,
        };
        var random = new Random(3);
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
        float[] x = Numbers(rows * columns), a = Numbers(inner * rows), b = Numbers(inner * columns);
        double[] expected = [.. Enumerable.Range(0, x.Length).Select(e =>
            x[e] - 0.5 * Enumerable.Range(0, inner).Sum(k => (double)a[k * rows + e / columns] * b[k * columns + e % columns]))];
        foreach (var reverse in (bool[])[false, true])
        {
            using var device = EmulatedDriver.Device(new EmulatorOptions { Poison = true, Reverse = reverse });
            using DeviceBuffer bufferX = device.Allocate(x.Length * 4), bufferA = device.Allocate(a.Length * 4), bufferB = device.Allocate(b.Length * 4);
            device.Upload<float>(x, bufferX);
            device.Upload<float>(a, bufferA);
            device.Upload<float>(b, bufferB);
            // The output lies over the input, as a parameter's new value does.
            using var executable = device.Prepare([new Command.Launch<ThinMapSizes>(
                new Kernel<ThinMapSizes>("update", (in ThinMapSizes _, ReadOnlySpan<nint> _, Workers _) => { }, body), sizes,
                [new Region(bufferX), new Region(bufferA), new Region(bufferB), new Region(bufferX)])]);
            executable.Run();
            var results = new float[x.Length];
            device.Download<float>(bufferX, results);
            Assert.True(DevicePair.Difference(expected, [.. results.Select(v => (double)v)]) <= 1e-6);
        }
    }

    private static double[][] Train(Device device, int rows, int columns, int inner, int more, bool byRows, ElementType type)
    {
        using var store = new ParameterStore(device);
        var random = new Random(7);
        Node.Parameter Parameter(string key, params int[] shape)
        {
            double[] values = [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => random.NextDouble() + 0.1)];
            return type == ElementType.F32
                ? store.Add<float>(key, new Shape(shape), values.Select(v => (float)v).ToArray())
                : store.Add<double>(key, new Shape(shape), values);
        }
        List<Assignment> updates = [];
        List<Node.Parameter> watched = [];
        void Update(string key, Node gradient, int[] shape)
        {
            Node.Parameter[] state = [.. new[] { "p", "m", "v" }.Select(name => Parameter($"{key}.{name}", shape))];
            var (p, m, v) = (state[0], state[1], state[2]);
            var (nextM, nextV) = (0.9 * m + 0.1 * gradient, 0.99 * v + 0.01 * gradient * gradient);
            var change = Parameter($"{key}.rate") * nextM / (Sqrt(nextV) + 1e-8);
            for (var i = 0; i < more; i++) change += 0.01 * Parameter($"{key}.more{i}", i switch { 0 => [shape[^1]], 1 => [shape[0], 1], _ => shape });
            updates.AddRange([new(p, Select(Parameter($"{key}.accepted"), p - change, p)), new(m, nextM), new(v, nextV)]);
            watched.AddRange(state);
        }
        var (a, b) = (Parameter("a", byRows ? [rows, inner] : [inner, rows]), Parameter("b", inner, columns));
        Update("matrix", MatMul(a, b * 0.5, transposeA: !byRows), [rows, columns]);
        Update("vector", Parameter("g", 37, 1) * 2, [37, 1]);
        using var program = GraphProgram.Compile(store, [], updates);
        Assert.Single(program.ToString().Split('\n'), line => line.Contains("thin map", StringComparison.Ordinal));
        for (var i = 0; i < 2; i++) program.Run();
        return [.. watched.Select(p => type == ElementType.F32 ? [.. store.Get<float>(p).Select(x => (double)x)] : store.Get<double>(p))];
    }
}
