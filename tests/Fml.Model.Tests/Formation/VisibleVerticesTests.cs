using System.Numerics;
using Fml.Graph;
using static Fml.Model.Tests.Evaluate;

namespace Fml.Model.Tests;

public sealed class VisibleVerticesTests
{
    private const int Size = 64;

    private static TestMesh Plane(int count, float spacing, float z)
    {
        var (grid, middle) = (TestMeshes.Grid(count, count, spacing), spacing * (count - 1) / 2);
        return grid with { Positions = [.. grid.Positions.Select(p => p - new Vector3(middle, middle, -z))] };
    }

    private static double[] Mask(TestMesh mesh, bool occlusion = true, float focal = 300, Vector3? normal = null)
    {
        var count = mesh.Positions.Length;
        var x = Wide([1, 3, count], Planar.From(mesh.Positions.AsSpan()));
        var constants = MeshConstants.Of(mesh.Topology);
        var normals = normal is { } given
            ? Wide([1, 3, count], Planar.From([.. Enumerable.Repeat(given, count)]))
            : MeshNormals.Of(x, constants);
        return Value(VisibleVertices.Of(x, normals, Wide([1, 3], focal, Size / 2, Size / 2), constants, Size, occlusion));
    }

    [Fact]
    public void A_small_plane_hides_what_lies_behind_it()
    {
        TestMesh far = Plane(11, 10, -1000), near = Plane(3, 20, -900);
        var mask = Mask(far.With(near));
        for (var v = 0; v < far.Positions.Length; v++)
        {
            // The near plane reaches to 20 mm at 900 mm, so to 22.2 mm at 1000 mm.
            var p = far.Positions[v];
            Assert.Equal(MathF.Max(MathF.Abs(p.X), MathF.Abs(p.Y)) < 22.2f ? 0 : 1, mask[v]);
        }
        Assert.All(mask.Skip(far.Positions.Length), seen => Assert.Equal(1, seen));
    }

    [Fact]
    public void Without_a_depth_buffer_nothing_hides()
    {
        Assert.All(Mask(Plane(11, 10, -1000).With(Plane(3, 20, -900)), occlusion: false), seen => Assert.Equal(1, seen));
    }

    [Fact]
    public void A_slanted_surface_does_not_hide_itself()
    {
        var plane = Plane(9, 10, 0);
        var tilted = plane with { Positions = [.. plane.Positions.Select(p => new Vector3(p.X * 0.5f, p.Y, p.X * 0.866f - 1000))] };
        Assert.All(Mask(tilted), seen => Assert.Equal(1, seen));
    }

    [Fact]
    public void What_falls_outside_the_crop_is_not_seen()
    {
        var plane = Plane(11, 10, -1000);
        var mask = Mask(plane, focal: 1000); // a pixel a millimetre: the crop reaches to 32 mm
        for (var v = 0; v < mask.Length; v++)
            Assert.Equal(MathF.Max(MathF.Abs(plane.Positions[v].X), MathF.Abs(plane.Positions[v].Y)) < 32 ? 1 : 0, mask[v]);
    }

    [Fact]
    public void Surfaces_seen_from_behind_or_edge_on_are_not_seen()
    {
        var plane = Plane(3, 10, -1000);
        Assert.All(Mask(plane, normal: -Vector3.UnitZ), seen => Assert.Equal(0, seen));
        Assert.All(Mask(plane, normal: Vector3.UnitX), seen => Assert.Equal(0, seen));
        Assert.All(Mask(plane, normal: Vector3.Zero), seen => Assert.Equal(0, seen));
    }

    [Fact]
    public void Points_behind_the_camera_and_broken_ones_are_not_seen_and_do_no_harm()
    {
        var plane = Plane(3, 10, -1000);
        TestMesh behind = Plane(3, 10, 1000), broken = plane with { Positions = [.. plane.Positions.Select(_ => new Vector3(float.NaN))] };
        Assert.All(Mask(behind, normal: Vector3.UnitZ), seen => Assert.Equal(0, seen));
        Assert.All(Mask(broken, normal: Vector3.UnitZ), seen => Assert.Equal(0, seen));
        Assert.All(Mask(plane.With(behind).With(broken), normal: Vector3.UnitZ).Take(9), seen => Assert.Equal(1, seen));
    }
}
