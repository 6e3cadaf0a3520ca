using System.Numerics;
using Fml.Graph;
using Fml.Native;
using static Fml.Model.Tests.Evaluate;

namespace Fml.Model.Tests;

public sealed class MeshNormalsTests
{
    [Fact]
    public void A_spheres_normals_point_away_from_its_centre()
    {
        var sphere = TestMeshes.Sphere(80, 3);
        var count = sphere.Positions.Length;
        var x = Ops.Constant<float>(Planar.Single(sphere.Positions.AsSpan()), [1, 3, count]);
        var normals = Planar.Points(Value(MeshNormals.Of(x, MeshConstants.Of(sphere.Topology))));
        for (var v = 0; v < count; v++)
        {
            Assert.True(Math.Abs(normals[v].Length() - 1) <= 1e-5);
            Assert.True(Vector3.Dot(normals[v], Vector3.Normalize(sphere.Positions[v])) >= 0.999);
        }
    }

    [Fact]
    public void Large_triangles_weigh_more()
    {
        // Two triangles at a right angle share the edge from 0 to 1; the upright one is three times as large.
        var mesh = MeshConstants.Of(4, [0, 1, 2, 1, 0, 3]);
        var x = Wide([1, 3, 4], 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 3);
        var normal = Planar.Points(Value(MeshNormals.Of(x, mesh)))[0];
        Assert.True(Vector3.Distance(normal, new Vector3(0, 3, 1) / MathF.Sqrt(10)) <= 1e-6);
    }

    [Fact]
    public void Degenerate_triangles_give_zero_and_no_gradient()
    {
        // A proper triangle, one collapsed to a line, one collapsed to a point, and a vertex without a triangle.
        var mesh = MeshConstants.Of(10, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        double[] px = [0, 1, 0, 0, 1, 2, 5, 5, 5, 9], py = [0, 0, 1, 0, 0, 0, 5, 5, 5, 9], pz = new double[10];
        var x = Wide([1, 3, 10], [.. px, .. py, .. pz]);
        var normals = MeshNormals.Of(x, mesh);
        var values = Values(normals, Gradients.Of(normals, Wide([1, 3, 10], [.. Enumerable.Range(1, 30).Select(i => i * 0.1)]), [x])[0]);
        Assert.All(values[1], value => Assert.True(double.IsFinite(value)));
        var points = Planar.Points(values[0]);
        var gradient = Planar.Points(values[1]);
        Assert.All(points.Take(3), normal => Assert.Equal(Vector3.UnitZ, normal));
        Assert.All(points.Skip(3), normal => Assert.Equal(Vector3.Zero, normal));
        Assert.All(gradient.Skip(3), slope => Assert.Equal(Vector3.Zero, slope));
    }

    [Fact]
    public void The_number_of_threads_and_of_frames_beside_it_changes_no_bit()
    {
        var grid = TestMeshes.Grid(70, 70);
        var mesh = MeshConstants.Of(grid.Topology);
        var random = new Random(1);
        var values = Enumerable.Range(0, 11 * 3 * 4900).Select(_ => (float)random.NextDouble()).ToArray();
        Node[] Both(int frames)
        {
            var x = Ops.Constant<float>(values.AsSpan(0, frames * 3 * 4900), [frames, 3, 4900]);
            var normals = MeshNormals.Of(x, mesh);
            return [normals, Gradients.Of(normals, x, [x])[0]];
        }

        using CpuDevice one = new(1), three = new(3);
        var (a, b, c) = (Values(one, Both(11)), Values(three, Both(11)), Values(one, Both(1)));
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(a[i], b[i]);
            Assert.Equal(a[i].Take(3 * 4900), c[i]);
        }
    }

    [Fact]
    public void There_is_no_second_derivative()
    {
        var x = Ops.Input("x", [1, 3, 3], ElementType.F64);
        var first = Gradients.Of(Ops.Sum(MeshNormals.Of(x, MeshConstants.Of(3, [0, 1, 2]))), x)[0];
        Assert.Throws<NotSupportedException>(() => Gradients.Of(Ops.Sum(first), x));
    }

    [Fact]
    public void Positions_of_another_mesh_are_refused()
    {
        var mesh = MeshConstants.Of(3, [0, 1, 2]);
        var error = Assert.Throws<ShapeException>(() => MeshNormals.Of(Ops.Input("x", [2, 3, 5]), mesh));
        Assert.Contains("[F,3,3]", error.Message);
    }
}
