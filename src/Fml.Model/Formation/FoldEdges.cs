using System.Collections.Immutable;
using Fml.Graph;

namespace Fml.Model;

/// <summary>
/// The edges of a mesh over which its surface can fold away from the camera, as constants of a graph: those between exactly two triangles
/// that run along them in opposite directions. The outlines that a picture shows run along some of them. An edge with a single triangle is
/// none of them: there the template was cut off while the person goes on, so that a picture shows nothing.
/// </summary>
public sealed record FoldEdges
{
    private FoldEdges()
    {
    }

    /// <summary>Number of edges <c>E</c>.</summary>
    public required int Count { get; init; }

    /// <summary>[2E], i32: the two vertices, in the direction in which the first triangle runs along the edge.</summary>
    public required Node.Constant Vertices { get; init; }

    /// <summary>[2E], i32: the triangle on either side.</summary>
    public required Node.Constant Triangles { get; init; }

    /// <summary>[V+1], i32: the edges at vertex v are <c>Edge[Start[v] .. Start[v+1]]</c>.</summary>
    public required Node.Constant Start { get; init; }

    /// <summary>[2E], i32, ascending for each vertex.</summary>
    public required Node.Constant Edge { get; init; }

    /// <summary>The edges of a mesh.</summary>
    public static FoldEdges Of(MeshTopology topology)
    {
        var found = Find(topology.Triangles);
        var start = new int[topology.VertexCount + 1];
        foreach (var (a, b, _, _) in found)
        {
            start[a + 1]++;
            start[b + 1]++;
        }
        for (var v = 0; v < topology.VertexCount; v++) start[v + 1] += start[v];
        var next = start.ToArray();
        var edges = new int[2 * found.Length];
        for (var e = 0; e < found.Length; e++)
        {
            edges[next[found[e].A]++] = e;
            edges[next[found[e].B]++] = e;
        }
        return new FoldEdges
        {
            Count = found.Length,
            Vertices = Ops.Constant<int>([.. found.SelectMany(edge => new[] { edge.A, edge.B })], [2 * found.Length]),
            Triangles = Ops.Constant<int>([.. found.SelectMany(edge => new[] { edge.First, edge.Second })], [2 * found.Length]),
            Start = Ops.Constant<int>(start, [start.Length]),
            Edge = Ops.Constant<int>(edges, [edges.Length]),
        };
    }

    private static (int A, int B, int First, int Second)[] Find(ImmutableArray<int> triangles) =>
    [
        .. from corner in Enumerable.Range(0, triangles.Length)
           let a = triangles[corner]
           let b = triangles[corner % 3 == 2 ? corner - 2 : corner + 1]
           where a != b
           group (A: a, B: b, Triangle: corner / 3) by (Math.Min(a, b), Math.Max(a, b)) into sides
           orderby sides.Key
           let both = sides.ToArray()
           where both.Length == 2 && both[0].A == both[1].B
           select (both[0].A, both[0].B, both[0].Triangle, both[1].Triangle),
    ];
}
