using System.Numerics;

namespace Fml.Model.Tests;

public class SurfaceTests
{
    [Fact]
    public void Distances_from_a_grid_are_those_of_the_rectangle_it_covers()
    {
        var grid = TestMeshes.Grid(11, 8, 2);
        var surface = new Surface(grid.Positions.AsSpan(), grid.Triangles.AsSpan());
        var random = new Random(3);
        for (var i = 0; i < 500; i++)
        {
            var p = new Vector3(Next(-10, 30), Next(-10, 24), Next(-9, 9));
            var expected = new Vector3(Math.Clamp(p.X, 0, 20), Math.Clamp(p.Y, 0, 14), 0);
            var (point, triangle, distance) = surface.Nearest(p);
            Assert.True(Vector3.Distance(point, expected) <= 0.01, $"{p}: {point}, not {expected}"); // rounding of the squared distance
            Assert.True(MathF.Abs(distance - Vector3.Distance(p, expected)) <= 1e-4);
            Assert.InRange(triangle, 0, grid.Triangles.Length / 3 - 1);
        }

        float Next(float low, float high) => low + (high - low) * (float)random.NextDouble();
    }

    [Fact]
    public void On_a_rough_mesh_the_tree_finds_what_trying_every_triangle_finds()
    {
        var sphere = TestMeshes.Sphere(50, 2);
        var random = new Random(8);
        Vector3[] rough = [.. sphere.Positions.Select(p => p * (0.6f + 0.8f * (float)random.NextDouble()))];
        var surface = new Surface(rough, sphere.Triangles.AsSpan());
        Surface[] single = [.. sphere.Triangles.Chunk(3).Select(triangle => new Surface(rough, triangle))];
        for (var i = 0; i < 100; i++)
        {
            var p = new Vector3(Next(), Next(), Next());
            var (point, triangle, distance) = surface.Nearest(p);
            Assert.True(MathF.Abs(distance - single.Min(s => s.Nearest(p).Distance)) <= 1e-4);
            Assert.True(Vector3.Distance(point, single[triangle].Nearest(p).Point) <= 1e-4);
        }

        float Next() => 120 * ((float)random.NextDouble() - 0.5f);
    }

    [Fact]
    public void A_triangle_without_area_gives_no_NaN()
    {
        var surface = new Surface([new(1, 1, 1), new(1, 1, 1), new(2, 1, 1)], [0, 1, 2, 0, 0, 0]);
        Assert.True(MathF.Abs(surface.Nearest(new(1, 1, 4)).Distance - 3) <= 1e-5);
        Assert.Throws<ArgumentException>(() => new Surface([Vector3.Zero], []));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_shape_sampled_elsewhere_and_moved_is_brought_back_onto_the_surface(bool withScale)
    {
        var mesh = TestMeshes.Sphere(60, 4);
        Vector3[] shape = [.. mesh.Positions.Select(p => new Vector3(p.X, 0.7f * p.Y, 0.5f * p.Z) + new Vector3(0, p.X * p.X / 150, 0))];
        var surface = new Surface(shape, mesh.Triangles.AsSpan());
        var back = Motions.Small(withScale ? 1.04 : 1).Inverse();
        Vector3[] points = // the middles of the triangles, which are none of the vertices
        [
            .. Enumerable.Range(0, mesh.Triangles.Length / 3).Select(t => back.Apply(
                (shape[mesh.Triangles[3 * t]] + shape[mesh.Triangles[3 * t + 1]] + shape[mesh.Triangles[3 * t + 2]]) / 3)),
        ];

        var motion = surface.Align(points, Similarity.Identity, withScale);

        Assert.True(surface.Distances(points).Average() > 1);
        Assert.True(surface.Distances(motion.Apply(points)).Average() <= 0.05, $"{surface.Distances(motion.Apply(points)).Average()}");
        Assert.True(Math.Abs(motion.Scale - (withScale ? 1.04 : 1)) <= 1e-2);
    }
}
