using System.Numerics;
using Fml.Native;

namespace Fml.Model.Tests;

public class MeshTopologyTests
{
    [Fact]
    public void A_grid_has_the_edges_boundary_and_incidence_that_counting_gives()
    {
        var topology = TestMeshes.Grid(4, 3).Topology;

        Assert.Equal(3 * 3 + 4 * 2 + 6, topology.Edges.Length); // rows, columns, one diagonal a quad
        Assert.Equal(topology.Edges.Order(), topology.Edges);
        Assert.All(topology.Edges, e => Assert.True(e.A < e.B));
        Assert.Equal(2 * 3 + 2 * 2, topology.EdgeTriangleCount.Count(c => c == 1));
        Assert.Equal([5, 6], Enumerable.Range(0, 12).Where(v => !topology.OnBoundary[v]));
        Assert.Equal(1, topology.ComponentCount);
        for (var v = 0; v < 12; v++)
        {
            var incident = topology.IncidentTriangle[topology.TriangleStart[v]..topology.TriangleStart[v + 1]];
            var expected = Enumerable.Range(0, 12).Where(t => topology.Triangles.AsSpan(3 * t, 3).Contains(v));
            Assert.Equal(expected, incident);
            var around = topology.Neighbour[topology.NeighbourStart[v]..topology.NeighbourStart[v + 1]];
            Assert.Equal(topology.Edges.Where(e => e.A == v || e.B == v).Select(e => e.A + e.B - v).Order(), around);
        }
    }

    [Fact]
    public void A_closed_sphere_has_no_boundary_and_obeys_Euler()
    {
        var mesh = TestMeshes.Sphere(50, 3);
        var topology = mesh.Topology;

        Assert.DoesNotContain(true, topology.OnBoundary);
        Assert.Equal(2, mesh.Positions.Length - topology.Edges.Length + mesh.Triangles.Length / 3);
    }

    [Fact]
    public void Separate_pieces_and_lone_vertices_are_numbered_apart()
    {
        var mesh = TestMeshes.Grid(3, 3).With(TestMeshes.Grid(2, 2));
        var topology = MeshTopology.Build(mesh.Positions.Length + 1, mesh.Triangles);

        Assert.Equal(3, topology.ComponentCount);
        Assert.Equal([.. Enumerable.Repeat(0, 9), .. Enumerable.Repeat(1, 4), 2], topology.Component);
    }

    [Fact]
    public void Vertex_areas_add_up_to_the_surface()
    {
        var grid = TestMeshes.Grid(5, 4, 2);
        var areas = MeshArea.PerVertex(grid.Positions.AsSpan(), grid.Triangles.AsSpan());
        Assert.Equal(4 * 3 * 4, areas.Sum(), 1e-5);

        var sphere = TestMeshes.Sphere(10, 4);
        var ratio = MeshArea.PerVertex(sphere.Positions.AsSpan(), sphere.Triangles.AsSpan()).Sum() / (4 * Math.PI * 100);
        Assert.True(ratio <= 1 && ratio >= 0.998, $"{ratio}"); // the facets lie just inside the sphere
    }

    [Fact]
    public void A_triangle_beyond_the_vertices_is_named()
    {
        var error = Assert.Throws<FmlException>(() => MeshTopology.Build(3, [0, 1, 3]));
        Assert.Contains("vertex 3", error.Message);
    }
}
