using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;
using Fml.Native;
using static Fml.Model.Tests.Evaluate;

namespace Fml.Model.Tests;

/// <summary>Pictures with soft outlines against what is known of balls and planes.</summary>
public sealed class DrawnPictureTests
{
    private const int Size = 48;
    private const double Focal = 300;

    private static readonly TestMesh Ball = TestMeshes.Sphere(50, 4);

    /// <summary>The picture of a mesh in one colour, moved by x [3] and grown by a factor [1], and the graph's inputs.</summary>
    private sealed record Scene(TestMesh Mesh, Vector3 At)
    {
        public Node.Input Shift { get; } = Ops.Input("shift", [1, 3, 1], ElementType.F64);

        public Node.Input Size { get; } = Ops.Input("size", [1, 1, 1], ElementType.F64);

        public Node Picture(Node colours)
        {
            var mesh = MeshConstants.Of(Mesh.Topology);
            var own = Wide([1, 3, Mesh.Positions.Length], Planar.From(Mesh.Positions.AsSpan()));
            var positions = own * Size + Shift + Wide([1, 3, 1], At.X, At.Y, At.Z);
            var cameras = Wide([1, 3], Focal, DrawnPictureTests.Size / 2 + 0.2, DrawnPictureTests.Size / 2 - 0.3);
            var points = Camera.Project(positions, cameras);
            var pixels = RasterizeMesh.Of(positions, cameras, mesh, DrawnPictureTests.Size);
            return Antialias.Of(InterpolateColours.Of(points, colours, pixels, mesh), points, pixels, mesh);
        }

        public Node Grey(double value = 0.5) => Wide([1, 3, Mesh.Positions.Length], [.. Enumerable.Repeat(value, 3 * Mesh.Positions.Length)]);

        public double[][] At0(Vector3 shift, double size, params Node[] wanted)
        {
            using var store = new ParameterStore(Device.Default);
            using var program = GraphProgram.Compile(store, wanted);
            program.Set<double>(Shift, [shift.X, shift.Y, shift.Z]);
            program.Set<double>(Size, [size]);
            program.Run();
            return [.. wanted.Select(program.Get<double>)];
        }
    }

    private static Node Coverage(Node picture) => Ops.Sum(Ops.Slice(picture, 3, 3, 1));

    [Fact]
    public void A_ball_covers_its_disc_and_covers_more_as_it_grows()
    {
        var scene = new Scene(Ball, new(0, 0, -1000));
        var covered = Coverage(scene.Picture(scene.Grey()));
        var gradient = Gradients.Of(covered, scene.Size, scene.Shift);
        // The outline of a ball at distance z: a circle of radius f r / sqrt(z^2 - r^2).
        double Radius(double size) => Focal * 50 * size / Math.Sqrt(1e6 - 2500 * size * size);
        double areas = 0, slopes = 0, expected = 0, expectedSlope = 0;
        var shifts = 0.0;
        for (var i = 0; i < 12; i++)
        {
            var size = 1 + 0.01 * i;
            var values = scene.At0(new(0.4f * i, -0.7f * i, 0), size, covered, gradient[0], gradient[1]);
            (areas, slopes) = (areas + values[0][0], slopes + values[1][0]);
            expected += Math.PI * Math.Pow(Radius(size), 2);
            expectedSlope += Math.PI * (Math.Pow(Radius(size + 1e-4), 2) - Math.Pow(Radius(size - 1e-4), 2)) / 2e-4;
            shifts = Math.Max(shifts, Math.Max(Math.Abs(values[2][0]), Math.Abs(values[2][1])));
        }
        Assert.InRange(areas / expected, 0.99, 1.005);
        Assert.InRange(slopes / expectedSlope, 0.93, 1.03);
        Assert.True(shifts <= 0.05 * expectedSlope / 12 / 50, $"moving it sideways changes its area by {shifts:G3} a millimetre");
    }

    [Fact]
    public void Outlines_are_soft_and_leave_covered_about_what_they_truly_cover()
    {
        var scene = new Scene(Ball, new(3, 2, -1000));
        var picture = scene.At0(Vector3.Zero, 1, scene.Picture(scene.Grey()))[0];
        var radius = Focal * 50 / Math.Sqrt(1e6 - 2500);
        var (centreX, centreY) = (Size / 2 + 0.2 + Focal * 3 / 1000, Size / 2 - 0.3 - Focal * 2 / 1000);
        double worst = 0, sum = 0;
        var partly = 0;
        for (var pixel = 0; pixel < Size * Size; pixel++)
        {
            const int parts = 16;
            var inside = Enumerable.Range(0, parts * parts).Count(i => Math.Pow(pixel % Size + (i % parts + 0.5) / parts - centreX, 2)
                + Math.Pow(pixel / Size + (i / parts + 0.5) / parts - centreY, 2) < radius * radius);
            var share = picture[4 * pixel + 3];
            var error = Math.Abs(share - (double)inside / (parts * parts));
            (worst, sum) = (Math.Max(worst, error), sum + error);
            if (share is > 0.01 and < 0.99) partly++;
            for (var channel = 0; channel < 3; channel++) Assert.Equal(0.5 * share, picture[4 * pixel + channel], 1e-9);
        }
        // Without softening it is half a pixel, and a quarter on average.
        Assert.True(worst <= 0.25, $"a pixel's share is wrong by {worst:0.000}");
        Assert.InRange(partly, 60, 160);
        Assert.True(sum <= 0.07 * partly, $"pixels' shares are wrong by {sum / partly:0.000} on average");
    }

    [Fact]
    public void Colours_are_linear_over_the_surface()
    {
        // A plane with colours that are linear in x and y shows them at every pixel.
        var grid = TestMeshes.Grid(9, 9, 20);
        var scene = new Scene(grid with { Positions = [.. grid.Positions.Select(p => p - new Vector3(80, 80, 0))] }, new(0, 0, -1000));
        var colours = Wide(
            [1, 3, 81], [.. from c in Enumerable.Range(0, 3) from p in scene.Mesh.Positions select c == 0 ? 0.01 * p.X : c == 1 ? 0.02 * p.Y : 0.3]);
        var picture = scene.At0(Vector3.Zero, 1, scene.Picture(colours))[0];
        for (var pixel = 0; pixel < Size * Size; pixel++)
        {
            if (picture[4 * pixel + 3] == 0) continue;
            var (x, y) = ((pixel % Size + 0.5 - Size / 2 - 0.2) / 0.3, -(pixel / Size + 0.5 - Size / 2 + 0.3) / 0.3);
            Assert.Equal(0.01 * x, picture[4 * pixel], 1e-3); // LeastArea flattens by (0.02 / 36)^2
            Assert.Equal(0.02 * y, picture[4 * pixel + 1], 1e-3);
        }
    }

    [Fact]
    public void The_cut_edge_of_a_mesh_is_no_outline()
    {
        var grid = TestMeshes.Grid(9, 9, 10);
        var scene = new Scene(grid with { Positions = [.. grid.Positions.Select(p => p - new Vector3(40, 40, 0))] }, new(0, 0, -1000));
        var covered = Coverage(scene.Picture(scene.Grey()));
        var values = scene.At0(Vector3.Zero, 1, covered, Gradients.Of(covered, scene.Size)[0]);
        Assert.InRange(values[0][0], 550, 600); // (80 * 0.3)^2, in whole pixels
        Assert.Equal(0, values[1][0]);
    }

    [Fact]
    public void A_face_finds_its_place_by_its_outline_alone()
    {
        // A grey ball in an image of a grey disc on a dark ground: the loss pushes it to where the disc is, and to its size.
        var truth = new Scene(Ball, new(0, 0, -1000));
        var image = Ops.Slice(truth.Picture(truth.Grey()), 3, 0, 3);
        var colours = truth.At0(Vector3.Zero, 1, image)[0];
        var scene = new Scene(Ball, new(0, 0, -1000));
        var loss = Losses.PhotometricPerPixel(Wide([1, Size, Size, 3], colours), scene.Picture(scene.Grey(0.53)));
        var gradient = Gradients.Of(loss, scene.Shift, scene.Size);
        double[][] At(float x, float y, double size) => scene.At0(new(x, y, 0), size, loss, gradient[0], gradient[1]);
        Assert.True(At(8, 0, 1)[1][0] > 0 && At(-8, 0, 1)[1][0] < 0, "x");
        Assert.True(At(0, 8, 1)[1][1] > 0 && At(0, -8, 1)[1][1] < 0, "y");
        Assert.True(At(0, 0, 1.1)[2][0] > 0, "too large");
        Assert.True(At(0, 0, 0.9)[2][0] <= 0, "too small");
    }

    [Fact]
    public void Pictures_and_gradients_do_not_depend_on_the_number_of_threads()
    {
        var mesh = MeshConstants.Of(Ball.Topology);
        const int frames = 5;
        var random = new Random(3);
        Node Random(params int[] shape) =>
            Ops.Constant<float>([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => random.NextSingle())], new Shape(shape));
        var positions = 3 * Random(frames, 3, 1)
            + FormationRows.Constant(ElementType.F32, [3, mesh.VertexCount], Planar.From([.. Ball.Positions.Select(p => p - new Vector3(0, 0, 1000))]));
        var cameras = FormationRows.Constant(ElementType.F32, [frames, 3], Enumerable.Repeat(new[] { Focal, Size / 2, Size / 2 }, frames).SelectMany(c => c));
        var (points, colours) = (Camera.Project(positions, cameras), Random(frames, 3, mesh.VertexCount));
        var pixels = RasterizeMesh.Of(positions, cameras, mesh, Size);
        var picture = Antialias.Of(InterpolateColours.Of(points, colours, pixels, mesh), points, pixels, mesh);
        Node[] wanted = [pixels, picture, .. Gradients.Of(Ops.Sum(picture * Random(frames, Size, Size, 4)), points, colours)];
        using CpuDevice one = new(1), four = new(4);
        Assert.Equal(Values(one, wanted), Values(four, wanted));
    }

    [Fact]
    public void What_is_behind_the_camera_or_broken_is_not_drawn_and_gives_no_gradient()
    {
        TestMesh behind = new([.. Ball.Positions.Select(p => p + new Vector3(0, 0, 2000))], Ball.Triangles);
        TestMesh broken = new([.. Ball.Positions.Select(_ => new Vector3(float.NaN))], Ball.Triangles);
        var scene = new Scene(behind.With(broken), new(0, 0, -1000));
        var covered = Coverage(scene.Picture(scene.Grey()));
        var values = scene.At0(Vector3.Zero, 1, covered);
        Assert.Equal(0, values[0][0]);
    }
}
