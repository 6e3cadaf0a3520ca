using System.Collections.Immutable;
using System.Numerics;
using Fml.CudaEmulator;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

/// <summary>
/// The CUDA kernels of image formation on an emulated device against the CPU's, on meshes and images of more than one block, in both orders of
/// threads, into memory that starts as what is not a number.
/// </summary>
public sealed class FaceKernelTests
{
    private static readonly CpuDevice Host = new();
    private static readonly TestMesh Sphere = TestMeshes.Sphere(60, 3);

    public FaceKernelTests() => Assert.SkipWhen(EmulatedDriver.Unavailable is not null, EmulatedDriver.Unavailable ?? "");

    public static TheoryData<ElementType, int> TypesAndFrames() => new(
        from type in new[] { ElementType.F32, ElementType.F64 }
        from frames in new[] { 1, 3, 10 }
        select (type, frames));

    [Theory]
    [MemberData(nameof(TypesAndFrames))]
    public void Normals_and_their_gradient_are_the_CPUs(ElementType type, int frames)
    {
        var mesh = MeshConstants.Of(Sphere.Topology);
        var x = Constant(type, [frames, 3, mesh.VertexCount], Positions(Sphere, frames, Vector3.Zero));
        AssertAgree(type, MeshNormals.Of(x, mesh), Gradient(x, mesh));
    }

    [Fact]
    public void Degenerate_triangles_have_no_normal_and_no_gradient()
    {
        // All triangles fold onto lines: corners 0 and 2 of the grid's rows fall together.
        var grid = TestMeshes.Grid(20, 20, 7.3f);
        var flat = grid with { Positions = [.. grid.Positions.Select(p => new Vector3(p.X, 0.1f, 3 * p.X))] };
        var mesh = MeshConstants.Of(flat.Topology);
        var x = Constant(ElementType.F32, [1, 3, mesh.VertexCount], Planar.From(flat.Positions.AsSpan()));
        using var device = EmulatedDriver.Device();
        Assert.All(Evaluate.Values(device, MeshNormals.Of(x, mesh), Gradient(x, mesh)), values => Assert.All(values, v => Assert.Equal(0, v)));
    }

    [Theory]
    [InlineData(ElementType.F32, 9, 7)]
    [InlineData(ElementType.F64, 9, 7)]
    [InlineData(ElementType.F32, 1, 1)]
    [InlineData(ElementType.F64, 1, 5)]
    public void Sampled_colours_and_their_gradient_are_the_CPUs(ElementType type, int height, int width)
    {
        const int frames = 3, count = 600;
        var random = new Random(2);
        double[] places = [.. Enumerable.Range(0, 2 * frames * count).Select(i => (i / count % 2 == 0 ? width : height) * (1.4 * random.NextDouble() - 0.2))];
        (places[5], places[6], places[7]) = (double.NaN, double.PositiveInfinity, double.NegativeInfinity);
        var points = Constant(type, [frames, 2, count], places);
        var bytes = new byte[frames * height * width * 3];
        random.NextBytes(bytes);
        var adjoint = Random(type, [frames, 3, count], random);
        foreach (var image in (Node[])[Ops.Constant<byte>(bytes, [frames, height, width, 3]), Random(type, [frames, height, width, 3], random)])
            AssertAgree(type, SampleImage.Of(image, points), Node.Apply.Of(new SampleImageGradient(), image, points, adjoint));
    }

    public static TheoryData<ElementType, int, int, bool> Visibilities() => new()
    {
        { ElementType.F32, 40, 28, true }, // about a pixel a triangle, and a few large ones
        { ElementType.F64, 40, 28, true },
        { ElementType.F32, 150, 150, true }, // triangles of many pixels
        { ElementType.F32, 40, 28, false },
        { ElementType.F64, 40, 28, false },
    };

    [Theory]
    [MemberData(nameof(Visibilities))]
    public void The_depth_buffer_and_the_mask_are_the_CPUs_bit_for_bit(ElementType type, int width, int height, bool occlusion)
    {
        const int frames = 3;
        // A sphere half behind a shield of two triangles, with something behind the camera and something broken.
        TestMesh shield = new(
            [new(-80, -80, 70), new(0, -80, 75), new(0, 80, 70), new(-80, 80, 72), new(0, 0, 2000), new(float.NaN, 0, 0)],
            [0, 1, 2, 0, 2, 3, 1, 2, 4, 2, 3, 5]);
        var scene = Sphere.With(shield);
        var (count, triangles) = (scene.Positions.Length, scene.Triangles.Length / 3);
        var sizes = new VisibilitySizes(
            frames, count, triangles, width, height, occlusion ? 1 : 0, VisibleVertices.DefaultMargin, VisibleVertices.DefaultDepthBias);
        double focal = 7 * width;
        var operands = new[]
        {
            Bytes(type, Positions(scene, frames, new(0, 0, -1000))),
            Bytes(type, Positions(scene, frames, new(0, 0, 60))), // outwards, as the sphere's normals
            Bytes(type, [.. Enumerable.Range(0, frames).SelectMany(f => new[] { focal + f, width / 2.0 + 0.3 * f, height / 2.0 })]),
            [.. System.Runtime.InteropServices.MemoryMarshal.AsBytes(scene.Triangles.AsSpan())],
            new byte[Math.Max(4, sizeof(float) * sizes.ScratchLength)],
            new byte[type.Size() * frames * count],
        };
        var expected = Run(Host, sizes, type, operands);
        foreach (var reverse in new[] { false, true })
        {
            using var device = EmulatedDriver.Device(new EmulatorOptions { Poison = true, Reverse = reverse });
            var came = Run(device, sizes, type, operands);
            Assert.Equal(expected[5], came[5]);
            if (occlusion)
            {
                var (depths, start) = (frames * width * height, (int)sizes.DepthStart * sizeof(float));
                Assert.Equal(expected[4].AsSpan(start, depths * sizeof(float)), came[4].AsSpan(start, depths * sizeof(float)));
            }
        }
        Assert.InRange(expected[5].Chunk(type.Size()).Count(seen => seen.Any(b => b != 0)), frames * 100, frames * (count - 100));
    }

    [Fact]
    public void The_kernels_compile_for_the_oldest_and_the_newest_architecture()
    {
        Assert.SkipUnless(NvidiaLibraries.Nvrtc.Found, NvidiaLibraries.Nvrtc.Failure ?? "");
        CudaSource[] sources =
        [
            .. new[] { ElementType.F32, ElementType.F64 }.SelectMany(type => new[]
            {
                NormalKernels.Normals.For(type).Cuda!.Source, NormalKernels.Gradient.For(type).Cuda!.Source,
                SampleKernels.Bytes.For(type).Cuda!.Source, SampleKernels.Floats.For(type).Cuda!.Source,
                SampleKernels.BytesGradient.For(type).Cuda!.Source, SampleKernels.FloatsGradient.For(type).Cuda!.Source,
                VisibilityKernels.Visible.For(type).Cuda!.Source, RasterKernels.Pixels.For(type).Cuda!.Source,
                InterpolationKernels.Colours.For(type).Cuda!.Source, InterpolationKernels.Gradient.For(type).Cuda!.Source,
                AntialiasKernels.Soften.For(type).Cuda!.Source, AntialiasKernels.PictureGradient.For(type).Cuda!.Source,
                AntialiasKernels.PointsGradient.For(type).Cuda!.Source,
                DifferenceKernels.Bytes.For(type).Cuda!.Source, DifferenceKernels.Floats.For(type).Cuda!.Source,
                DifferenceKernels.BytesGradient.For(type).Cuda!.Source, DifferenceKernels.FloatsGradient.For(type).Cuda!.Source,
            }).Distinct(),
        ];
        var compiler = NvrtcCompiler.Default;
        foreach (var architecture in (int[])[compiler.Architectures[0], compiler.Architectures[^1]])
            Assert.All(compiler.Compile(sources, compiler.TargetFor(architecture)), Assert.NotEmpty);
    }

    private static byte[][] Run(Device device, VisibilitySizes sizes, ElementType type, byte[][] operands)
    {
        DeviceBuffer[] buffers = [.. operands.Select(bytes => device.Allocate(bytes.Length))];
        for (var i = 0; i < 4; i++) device.Upload<byte>(operands[i], buffers[i]);
        using var program = device.Prepare(
            [new Command.Launch<VisibilitySizes>(VisibilityKernels.Visible.For(type), sizes, [.. buffers.Select(buffer => new Region(buffer))])]);
        program.Run();
        byte[][] results = [.. operands.Select(bytes => new byte[bytes.Length])];
        for (var i = 0; i < buffers.Length; i++)
        {
            device.Download<byte>(buffers[i], results[i]);
            buffers[i].Dispose();
        }
        return results;
    }

    private static Node Gradient(Node x, MeshConstants mesh) => Node.Apply.Of(
        new MeshNormalsGradient(), x, Random(x.Type.Element, x.Shape, new Random(4)), mesh.Triangles, mesh.CornerStart, mesh.Corner);

    /// <summary>A mesh in frames that each move every vertex a little, [F,3,V].</summary>
    private static double[] Positions(TestMesh mesh, int frames, Vector3 offset)
    {
        var random = new Random(1);
        return
        [
            .. Enumerable.Range(0, frames).SelectMany(_ => Planar.From(mesh.Positions.AsSpan())
                .Select((p, i) => p + offset[i / mesh.Positions.Length] + 2 * random.NextDouble())),
        ];
    }

    private static Node Constant(ElementType type, Shape shape, double[] values) => FormationRows.Constant(type, shape, values);

    private static Node Random(ElementType type, Shape shape, Random random) =>
        Constant(type, shape, [.. Enumerable.Range(0, (int)shape.Count).Select(_ => random.NextDouble())]);

    private static byte[] Bytes(ElementType type, double[] values) => type == ElementType.F64
        ? [.. values.SelectMany(BitConverter.GetBytes)]
        : [.. values.SelectMany(x => BitConverter.GetBytes((float)x))];

    private static void AssertAgree(ElementType type, params Node[] nodes)
    {
        var expected = Evaluate.Values(Host, nodes);
        foreach (var reverse in new[] { false, true })
        {
            using var device = EmulatedDriver.Device(new EmulatorOptions { Poison = true, Reverse = reverse });
            foreach (var (came, wanted) in Evaluate.Values(device, nodes).Zip(expected))
            {
                var error = NormError(came, wanted);
                Assert.True(error <= (type == ElementType.F32 ? 1e-6 : 1e-14), $"norm-wise relative error {error:E2}");
            }
        }
    }

    /// <summary>Norm-wise relative difference, infinite where only one is not a number.</summary>
    private static double NormError(double[] came, double[] wanted)
    {
        Assert.Equal(wanted.Length, came.Length);
        Assert.Equal(wanted.Select(double.IsNaN), came.Select(double.IsNaN));
        var pairs = wanted.Zip(came).Where(pair => !double.IsNaN(pair.First)).ToArray();
        return Math.Sqrt(pairs.Sum(p => (p.First - p.Second) * (p.First - p.Second)) / pairs.Sum(p => p.First * p.First + 1e-30));
    }
}
