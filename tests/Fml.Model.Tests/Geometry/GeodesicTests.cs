using System.Numerics;

namespace Fml.Model.Tests;

public class GeodesicTests
{
    [Fact]
    public void On_a_flat_grid_distances_are_straight_lines()
    {
        var grid = TestMeshes.Grid(31, 23, 1.5f);
        var source = 7 * 31 + 11;

        var distances = new GeodesicSearch(grid.Positions.AsSpan(), grid.Topology).From(source);

        for (var v = 0; v < distances.Length; v++)
        {
            var expected = Vector3.Distance(grid.Positions[v], grid.Positions[source]);
            Assert.True(Math.Abs(distances[v] - expected) <= 1e-5 * (1 + expected), $"vertex {v}: {distances[v]} instead of {expected}");
        }
    }

    [Fact]
    public void On_a_skewed_grid_of_obtuse_triangles_distances_stay_within_two_percent()
    {
        var grid = TestMeshes.Grid(40, 40);
        var skewed = grid with { Positions = [.. grid.Positions.Select(p => new Vector3(p.X + 0.8f * p.Y, p.Y, 0))] };

        var distances = new GeodesicSearch(skewed.Positions.AsSpan(), skewed.Topology).From(0);

        for (var v = 1; v < distances.Length; v++)
        {
            var ratio = distances[v] / skewed.Positions[v].Length();
            Assert.True(ratio >= 1 - 1e-5 && ratio <= 1.02, $"vertex {v}: {ratio}");
        }
    }

    [Fact]
    public void On_a_sphere_distances_are_arcs()
    {
        var sphere = TestMeshes.Sphere(80, 5);
        var distances = new GeodesicSearch(sphere.Positions.AsSpan(), sphere.Topology).From(0);

        for (var v = 0; v < distances.Length; v++)
        {
            var cosine = Vector3.Dot(Vector3.Normalize(sphere.Positions[0]), Vector3.Normalize(sphere.Positions[v]));
            var arc = 80 * Math.Acos(Math.Clamp(cosine, -1, 1));
            Assert.True(Math.Abs(distances[v] - arc) <= 0.01 * arc + 0.05, $"vertex {v}: {distances[v]} instead of {arc}");
        }
    }

    [Fact]
    public void Around_a_slit_distances_go_by_its_corners()
    {
        var (mesh, row, from, to) = TestMeshes.Slit(41, 21, 10, 30);
        var below = row * 41 + 20;
        var above = mesh.Positions.IndexOf(mesh.Positions[below], below + 1);

        var distances = new GeodesicSearch(mesh.Positions.AsSpan(), mesh.Topology).From(below);

        Assert.True(Math.Abs(distances[above] - 20) <= 0.05, $"{distances[above]}");
        Assert.Equal(10, distances[row * 41 + from], 1e-6);
        Assert.Equal(10, distances[row * 41 + to], 1e-6);
    }

    [Fact]
    public void What_is_not_joined_is_infinitely_far_and_a_bound_ends_the_search()
    {
        var mesh = TestMeshes.Grid(9, 9).With(TestMeshes.Grid(3, 3));
        var search = new GeodesicSearch(mesh.Positions.AsSpan(), mesh.Topology);

        var distances = search.From(40);
        Assert.All(distances[..81], d => Assert.True(d <= Math.Sqrt(32) + 1e-6));
        Assert.All(distances[81..], d => Assert.Equal(double.PositiveInfinity, d));

        search.Run([40], bound: 2);
        Assert.Equal(13, search.Settled.Count); // the vertices within distance 2 of the middle
        Assert.Equal(double.PositiveInfinity, search[0]);
    }

    [Fact]
    public void Farthest_points_are_spread_the_same_way_each_time_and_give_every_piece_its_share()
    {
        var mesh = TestMeshes.Grid(21, 21).With(TestMeshes.Grid(4, 4));
        var (vertices, covering) = FarthestPoints.Sample(mesh.Positions.AsSpan(), mesh.Topology, 30);
        var (again, _) = FarthestPoints.Sample(mesh.Positions.AsSpan(), mesh.Topology, 30);

        Assert.Equal(vertices, again);
        Assert.Equal(30, vertices.Distinct().Count());
        Assert.Contains(vertices, v => v >= 441);
        var search = new GeodesicSearch(mesh.Positions.AsSpan(), mesh.Topology);
        Assert.Equal(covering, search.From(vertices).Max(), 1e-9);
        foreach (var v in vertices)
        {
            var others = search.From([.. vertices.Where(w => w != v)]);
            Assert.True(others[v] >= covering - 1e-9, $"node {v} is {others[v]} from the next, while vertices lie {covering} from theirs");
        }
    }

    [Fact]
    public void Asking_for_more_points_than_vertices_gives_all_of_them()
    {
        var mesh = TestMeshes.Grid(3, 3);
        Assert.Equal(9, FarthestPoints.Sample(mesh.Positions.AsSpan(), mesh.Topology, 100).Vertices.Order().Distinct().Count());
    }
}
