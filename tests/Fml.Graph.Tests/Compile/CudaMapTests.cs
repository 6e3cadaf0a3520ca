using System.Collections.Immutable;
using Fml.CudaEmulator;
using Fml.Native;
using static Fml.Graph.Ops;

namespace Fml.Graph.Tests;

public sealed class CudaMapTests
{
    private static readonly Scalar A = new Scalar.Argument(0), B = new Scalar.Argument(1), C = new Scalar.Argument(2);

    private static float[] Numbers(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }

    [Fact]
    public void Dense_broadcast_transposed_and_sliced_tensors()
    {
        var (x, row, column, number) = (Input("x", [12, 20]), Input("row", [20]), Input("column", [12, 1]), Input("number", []));
        var (odd, bytes, wide) = (Input("odd", [12, 7]), Input("bytes", [12, 20], ElementType.U8), Input("wide", [3, 4, 5, 6]));
        Node[] nodes =
        [
            x * x, x * row + column, x * number, odd * column - 1, Map(A / 255 + B, bytes, x), Transpose(x, 1, 0) * number,
            Slice(x, [0, 3], [12, 17]) * 2, Slice(x, [1, 4], [11, 16]) * 2, Transpose(wide, 3, 1, 0, 2) + 1, BroadcastTo(row * 2, [3, 12, 20]) * x,
            Transpose(BroadcastTo(column, [12, 20]), 1, 0) * Transpose(x, 1, 0), Slice(x, [0, 2], [12, 1]) * row,
        ];
        var (cpu, cuda) = DevicePair.Run(
            nodes, (x, Numbers(240)), (row, Numbers(20, 2)), (column, Numbers(12, 3)), (number, Numbers(1, 4)), (odd, Numbers(84, 5)),
            (bytes, Enumerable.Range(0, 240).Select(i => (byte)i).ToArray()), (wide, Numbers(360, 6)));
        for (var n = 0; n < nodes.Length; n++) Assert.Equal(cpu[n], cuda[n]);
    }

    [Fact]
    public void Tensors_without_elements_are_no_launch()
    {
        var (x, y) = (Input("x", [0, 5]), Input("y", [3]));
        var (cpu, cuda) = DevicePair.Run([x * 2, y + 1, Sum(x, [0]), Sum(x, [1]), Max(x, [0])], (x, Array.Empty<float>()), (y, Numbers(3)));
        Assert.Empty(cuda[0]);
        Assert.Empty(cuda[3]);
        Assert.Equal(new double[5], cuda[2]);
        Assert.Equal(Enumerable.Repeat(double.NegativeInfinity, 5), cuda[4]);
        Assert.Equal(cpu[1], cuda[1]);
    }

    [Fact]
    public unsafe void Any_strides_offsets_and_types_give_the_CPUs_bits()
    {
        Assert.SkipWhen(EmulatedDriver.Unavailable is not null, EmulatedDriver.Unavailable ?? "");
        ElementType[] types = [ElementType.F32, ElementType.F64, ElementType.I32, ElementType.U8];
        var cases = new List<(MapKernel Kernel, MapSizes Sizes, byte[][] Inputs, int[] OutputBytes)>();
        for (var seed = 0; seed < 24; seed++)
        {
            var random = new Random(seed);
            var rank = 1 + seed % 6;
            int[] dimensions = [.. Enumerable.Range(0, rank).Select(axis => random.Next(1, 4) + (axis == rank - 1 ? 4 * random.Next(1, 3) : 0))];
            var inputs = random.GetItems(types, 3);
            if (seed % 3 == 0) inputs = [ElementType.F32, ElementType.F32, ElementType.F32];
            long[][] strides = [.. inputs.Select(_ => dimensions.Select((_, axis) => Stride(random, last: axis == rank - 1)).ToArray())];
            var (offsets, lengths) = (new long[3], new long[3]);
            for (var i = 0; i < 3; i++)
            {
                offsets[i] = strides[i].Zip(dimensions, (s, d) => s < 0 ? -s * (d - 1) : 0).Sum() + random.Next(2) * 3;
                lengths[i] = offsets[i] + strides[i].Zip(dimensions, (s, d) => Math.Max(s, 0) * (d - 1)).Sum() + 1;
            }
            var space = new Collapse { Dimensions = dimensions, Strides = strides };
            ElementType[] outputs = seed % 2 == 0 ? [ElementType.F32] : [ElementType.F32, ElementType.I32, ElementType.U8];
            ImmutableArray<Scalar> expressions = [.. new[] { Scalar.If(A < B, A * 2 + C, B - C * 0.5), A * 3, Scalar.Max(B, C) * 20 }.Take(outputs.Length)];
            ImmutableArray<MapSource> sources = [.. inputs.Select(type => new MapSource(default, Layout.Contiguous(Shape.Scalar), type))];
            var sizes = MapLowering.Sizes(space, [.. offsets.Select(offset => new Layout(Shape.Scalar, [], offset))]);
            var elements = MapLowering.Elements(expressions, sources, space, [.. outputs]);
            // The same kernel with 64-bit indices, as a space of this structure that is too large for 32 bits has it.
            if (seed % 4 == 0) elements = elements with { Space = new Collapse { Dimensions = [.. dimensions.Select(_ => int.MaxValue)], Strides = strides } };
            var kernel = new MapKernel(MapLowering.Compile(expressions, sources, space, [.. outputs]), elements, $"case {seed}");
            var count = dimensions.Aggregate(1, (a, b) => a * b);
            cases.Add((
                kernel, sizes, [.. inputs.Select((type, i) => Bytes(type, (int)lengths[i], random))],
                [.. outputs.Select(type => count * type.Size())]));
        }
        EmulatedDriver.Prepare(cases.Select(c => c.Kernel.Kernel.Cuda!.Source));
        using var emulated = EmulatedDriver.Device(new EmulatorOptions { Poison = true });
        using var reverse = EmulatedDriver.Device(new EmulatorOptions { Poison = true, Reverse = true });
        foreach (var (kernel, sizes, inputs, outputs) in cases)
        {
            var expected = Launch(Device.Default, kernel.Kernel, sizes, inputs, outputs);
            Assert.Equal(expected, Launch(emulated, kernel.Kernel, sizes, inputs, outputs));
            Assert.Equal(expected, Launch(reverse, kernel.Kernel, sizes, inputs, outputs));
        }
    }

    [Fact]
    public void Maps_of_equal_structure_share_one_source()
    {
        static CudaSource Of(int rows, int columns, long stride, Scalar expression) => MapCuda.Body(new CudaElements(
            [expression], ElementType.F32, [ElementType.F32, ElementType.U8], [ElementType.F32],
            new Collapse { Dimensions = [rows, columns], Strides = [[stride, 1], [0, 1]] })).Source;
        Assert.Equal(Of(3, 4, 7, A + B * 2), Of(30, 44, 50, A + B * 2));
        Assert.NotEqual(Of(3, 4, 7, A + B * 2), Of(3, 4, 7, A + B * 3));
        Assert.NotEqual(Of(3, 4, 7, A + B), Of(3, 4, 1, A + B));
        Assert.DoesNotContain("unsigned long long Size", Of(30_000, 30_000, 30_000, A + B).Text);
        Assert.Contains("unsigned long long Size", Of(60_000, 60_000, 60_000, A + B).Text);
        Assert.Contains("unsigned long long Size", Of(1000, 100, 1L << 24, A + B).Text);
    }

    [Fact]
    public void Generated_kernels_compile_for_the_oldest_and_the_newest_architecture()
    {
        Assert.SkipUnless(NvidiaLibraries.Nvrtc.Found, NvidiaLibraries.Nvrtc.Failure ?? "");
        var every = Enum.GetValues<UnaryFunction>().Aggregate(A, (e, f) => e + new Scalar.Unary(f, A));
        every = Enum.GetValues<BinaryFunction>().Aggregate(every, (e, f) => e + new Scalar.Binary(f, e, B)) + double.NaN + double.NegativeInfinity;
        List<CudaSource> sources = [];
        foreach (var type in (ElementType[])[ElementType.F32, ElementType.F64])
        {
            var matrix = new Collapse { Dimensions = [50, 40], Strides = [[40, 1], [1, 50]] };
            var elements = new CudaElements([every, A * B], type, [type, ElementType.U8], [type, ElementType.I32], matrix);
            sources.Add(MapCuda.Body(elements).Source);
            sources.Add(ReduceCuda.Body(elements with { Expressions = [A * B], Outputs = [type] }, ReduceKind.Sum, alongReduced: true, 1).Source);
            sources.Add(ReduceCuda.Body(elements with { Expressions = [A * B], Outputs = [type] }, ReduceKind.Max, alongReduced: false, 1).Source);
            sources.Add(ThinMapCuda.Body(elements with { Expressions = [A * C + B, C], Outputs = [type, type] }).Source);
            var vast = new Collapse { Dimensions = [1 << 20, 1 << 20], Strides = [[1 << 20, 1], [1, 1 << 20]] };
            sources.Add(ThinMapCuda.Body(elements with { Expressions = [A * C + B], Outputs = [type], Space = vast }).Source);
        }
        var compiler = NvrtcCompiler.Default;
        foreach (var architecture in (int[])[compiler.Architectures[0], compiler.Architectures[^1]])
            Assert.All(compiler.Compile(sources, compiler.TargetFor(architecture)), Assert.NotEmpty);
    }

    private static long Stride(Random random, bool last) =>
        random.Next(4) switch { 0 => 0, 1 => last ? 1 : 8, 2 => last ? 1 : random.Next(1, 30), _ => random.Next(-9, 9) };

    private static byte[] Bytes(ElementType type, int count, Random random) => type switch
    {
        ElementType.F32 => [.. Enumerable.Range(0, count).SelectMany(_ => BitConverter.GetBytes(random.Next(-40, 40) * 0.37f))],
        ElementType.F64 => [.. Enumerable.Range(0, count).SelectMany(_ => BitConverter.GetBytes(random.Next(-40, 40) * 0.37))],
        ElementType.I32 => [.. Enumerable.Range(0, count).SelectMany(_ => BitConverter.GetBytes(random.Next(-40, 40)))],
        _ => [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(256))],
    };

    private static byte[][] Launch<T>(Device device, Kernel<T> kernel, T sizes, byte[][] inputs, int[] outputBytes) where T : unmanaged
    {
        var buffers = inputs.Select(input => device.Allocate(input.Length)).Concat(outputBytes.Select(size => device.Allocate(size))).ToArray();
        for (var i = 0; i < inputs.Length; i++) device.Upload<byte>(inputs[i], buffers[i]);
        using var executable = device.Prepare([new Command.Launch<T>(kernel, sizes, [.. buffers.Select(buffer => new Region(buffer))])]);
        executable.Run();
        var results = outputBytes.Select((size, i) =>
        {
            var bytes = new byte[size];
            device.Download<byte>(buffers[inputs.Length + i], bytes);
            return bytes;
        }).ToArray();
        foreach (var buffer in buffers) buffer.Dispose();
        return results;
    }
}
