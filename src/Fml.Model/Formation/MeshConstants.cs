using System.Collections.Immutable;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// The triangles of a mesh as constants of a graph, made once and shared by every node that reads them. A corner is numbered
/// <c>3 t + c</c>: corner c (0, 1, 2) of triangle t.
/// </summary>
public sealed record MeshConstants
{
    private MeshConstants()
    {
    }

    /// <summary>Number of vertices <c>V</c>.</summary>
    public required int VertexCount { get; init; }

    /// <summary>Number of triangles <c>T</c>.</summary>
    public required int TriangleCount { get; init; }

    /// <summary>Vertices of the corners, [3T], i32.</summary>
    public required Node.Constant Triangles { get; init; }

    /// <summary>[V+1], i32: the corners that lie at vertex v are <c>Corner[CornerStart[v] .. CornerStart[v+1]]</c>.</summary>
    public required Node.Constant CornerStart { get; init; }

    /// <summary>[3T], i32, ascending for each vertex.</summary>
    public required Node.Constant Corner { get; init; }

    /// <summary>The edges over which the surface can fold away from the camera.</summary>
    public required FoldEdges Folds { get; init; }

    /// <summary>The constants of a mesh.</summary>
    public static MeshConstants Of(MeshTopology topology)
    {
        var next = topology.TriangleStart.ToArray();
        var corners = new int[topology.Triangles.Length];
        for (var corner = 0; corner < corners.Length; corner++) corners[next[topology.Triangles[corner]]++] = corner;
        return new MeshConstants
        {
            VertexCount = topology.VertexCount,
            TriangleCount = topology.Triangles.Length / 3,
            Triangles = Ops.Constant(topology.Triangles.AsSpan(), [topology.Triangles.Length]),
            CornerStart = Ops.Constant(topology.TriangleStart.AsSpan(), [topology.TriangleStart.Length]),
            Corner = Ops.Constant<int>(corners, [corners.Length]),
            Folds = FoldEdges.Of(topology),
        };
    }

    /// <summary>The constants of a mesh.</summary>
    /// <param name="vertexCount">Number of vertices.</param>
    /// <param name="triangles">[3T] vertex indices.</param>
    /// <exception cref="FmlException">An index lies outside the vertices, or the list does not hold whole triangles.</exception>
    public static MeshConstants Of(int vertexCount, ImmutableArray<int> triangles) => Of(MeshTopology.Build(vertexCount, triangles));
}
