using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// A coarse graph that moves a mesh (<c>method.md</c> section 1): nodes spread over the surface, each vertex bound to its nearest nodes
/// along the mesh. <c>S</c>, [V,N] sparse, carries displacements of nodes to vertices and is applied to each coordinate. Planar order
/// throughout: [3,N] and [3,V], all x, then all y, then all z.
/// </summary>
public sealed record DeformationGraph
{
    /// <summary>Vertex at which each node sits, [N].</summary>
    public required ImmutableArray<int> Nodes { get; init; }

    /// <summary>Where the nodes sit on the undeformed mesh, [N], mm.</summary>
    public required ImmutableArray<Vector3> Places { get; init; }

    /// <summary>Unit normals of the undeformed mesh at the nodes, [N].</summary>
    public required ImmutableArray<Vector3> Normals { get; init; }

    /// <summary>Vertex nearest to the mirror image of each node's place, across the plane <c>x = 0</c>, [N].</summary>
    public required ImmutableArray<int> Opposite { get; init; }

    /// <summary>Neighbouring nodes - those that share a bound vertex -, each pair once, <c>A &lt; B</c>, ascending.</summary>
    public required ImmutableArray<(int A, int B)> Edges { get; init; }

    /// <summary>[V+1]: the bindings of vertex v are <c>BindingStart[v] .. BindingStart[v+1]</c>.</summary>
    public required ImmutableArray<int> BindingStart { get; init; }

    /// <summary>Node of each binding, nearest first for each vertex.</summary>
    public required ImmutableArray<int> BindingNode { get; init; }

    /// <summary>Weight of each binding, above 0; they add up to 1 for each vertex.</summary>
    public required ImmutableArray<float> BindingWeight { get; init; }

    /// <summary>Number of nodes <c>N</c>.</summary>
    public int NodeCount => Nodes.Length;

    /// <summary>Number of vertices <c>V</c>.</summary>
    public int VertexCount => BindingStart.Length - 1;

    // Neck, back of the head and what lies inside move less and matter less: nodes may lie farther apart there.
    private const double SpacingOutsideRegion = 2;

    /// <summary>
    /// Spreads nodes over a template, twice as dense in each direction over the evaluation region as elsewhere, and binds its vertices to
    /// them.
    /// </summary>
    /// <param name="template">The mesh.</param>
    /// <param name="nodeCount">Number of nodes <c>N</c>.</param>
    /// <param name="neighbours">Nodes <c>k</c> that a vertex is bound to at most.</param>
    /// <exception cref="FmlException">More nodes than vertices, or fewer than one node or neighbour.</exception>
    public static DeformationGraph Build(FaceTemplate template, int nodeCount, int neighbours = 6)
    {
        var spacing = Enumerable.Repeat(SpacingOutsideRegion, template.VertexCount).ToArray();
        foreach (var v in template.EvaluationRegion) spacing[v] = 1;
        var topology = MeshTopology.Build(template.VertexCount, template.Triangles);
        return Build(template.Positions.AsSpan(), topology, nodeCount, neighbours, spacing);
    }

    /// <summary>Spreads nodes over any mesh and binds its vertices to them.</summary>
    /// <param name="positions">[V], mm.</param>
    /// <param name="topology">Topology of the same mesh.</param>
    /// <param name="nodeCount">Number of nodes <c>N</c>.</param>
    /// <param name="neighbours">Nodes <c>k</c> that a vertex is bound to at most.</param>
    /// <param name="spacing">[V]: how far apart nodes shall lie at each vertex, relative to other places, above 0; null for evenly.</param>
    /// <exception cref="FmlException">More nodes than vertices, or fewer than one node or neighbour.</exception>
    public static DeformationGraph Build(
        ReadOnlySpan<Vector3> positions, MeshTopology topology, int nodeCount, int neighbours = 6, double[]? spacing = null)
    {
        if (nodeCount < 1 || neighbours < 1)
            throw new FmlException(
                $"A deformation graph needs at least one node and one neighbour; {nodeCount} and {neighbours} were asked for.");
        var (nodes, covering) = FarthestPoints.Sample(positions, topology, nodeCount, spacing);
        if (nodes.Length < nodeCount)
            throw new FmlException(
                $"A deformation graph of {nodeCount} nodes was asked for, but the mesh has only {nodes.Length} vertices "
                + "to put them on; ask for fewer.");
        var bindings = NodeBinding.Bind(positions, topology, nodes, covering, neighbours);

        var normals = VertexNormals.Of(positions, topology.Triangles.AsSpan());
        var start = new int[positions.Length + 1];
        for (var v = 0; v < positions.Length; v++) start[v + 1] = start[v] + bindings[v].Length;
        return new DeformationGraph
        {
            Nodes = [.. nodes],
            Places = Picked(positions, nodes),
            Normals = Picked(normals, nodes),
            Opposite = NearestToMirrored(positions, nodes),
            Edges = SharedVertexEdges(bindings),
            BindingStart = [.. start],
            BindingNode = [.. bindings.SelectMany(b => b, (_, binding) => binding.Node)],
            BindingWeight = [.. bindings.SelectMany(b => b, (_, binding) => binding.Weight)],
        };
    }

    /// <summary>Displacements of vertices <c>S d</c>.</summary>
    /// <param name="nodes">[3,N] displacements of the nodes.</param>
    /// <param name="vertices">[3,V], overwritten.</param>
    public void Lift(ReadOnlySpan<double> nodes, Span<double> vertices)
    {
        var (n, v) = (NodeCount, VertexCount);
        for (var c = 0; c < 3; c++)
            for (var i = 0; i < v; i++)
            {
                var sum = 0.0;
                for (var e = BindingStart[i]; e < BindingStart[i + 1]; e++) sum += BindingWeight[e] * nodes[c * n + BindingNode[e]];
                vertices[c * v + i] = sum;
            }
    }

    /// <summary><c>S</c> as a sparse matrix, [V,N].</summary>
    public SparseMatrix Skinning() => new(VertexCount, NodeCount, BindingStart, BindingNode, [.. BindingWeight.Select(weight => (double)weight)]);

    /// <summary>The rows of <c>S</c> that move some vertices, [V',N].</summary>
    public SparseMatrix Skinning(ImmutableArray<int> vertices)
    {
        (int, double)[] Row(int vertex)
        {
            var bindings = BindingStart[vertex]..BindingStart[vertex + 1];
            return [.. BindingNode[bindings].Zip(BindingWeight[bindings], (node, weight) => (node, (double)weight))];
        }
        return SparseMatrix.OfRows(NodeCount, [.. vertices.Select(Row)]);
    }

    /// <summary>The transpose <c>S^T v</c>.</summary>
    /// <param name="vertices">[3,V].</param>
    /// <param name="nodes">[3,N], overwritten.</param>
    public void Gather(ReadOnlySpan<double> vertices, Span<double> nodes)
    {
        var (n, v) = (NodeCount, VertexCount);
        nodes[..(3 * n)].Clear();
        for (var c = 0; c < 3; c++)
            for (var i = 0; i < v; i++)
                for (var e = BindingStart[i]; e < BindingStart[i + 1]; e++)
                    nodes[c * n + BindingNode[e]] += BindingWeight[e] * vertices[c * v + i];
    }

    private static ImmutableArray<Vector3> Picked(ReadOnlySpan<Vector3> all, int[] vertices)
    {
        var picked = ImmutableArray.CreateBuilder<Vector3>(vertices.Length);
        foreach (var vertex in vertices) picked.Add(all[vertex]);
        return picked.MoveToImmutable();
    }

    private static ImmutableArray<int> NearestToMirrored(ReadOnlySpan<Vector3> positions, IEnumerable<int> vertices)
    {
        var places = positions.ToArray();
        return
        [
            .. vertices.Select(vertex =>
            {
                var mirrored = places[vertex] with { X = -places[vertex].X };
                return Enumerable.Range(0, places.Length).MinBy(v => Vector3.DistanceSquared(places[v], mirrored));
            }),
        ];
    }

    private static ImmutableArray<(int A, int B)> SharedVertexEdges(ImmutableArray<(int Node, float Weight)>[] bindings)
    {
        var pairs = new HashSet<(int, int)>();
        foreach (var bound in bindings)
            for (var i = 0; i < bound.Length; i++)
                for (var j = i + 1; j < bound.Length; j++)
                    pairs.Add((Math.Min(bound[i].Node, bound[j].Node), Math.Max(bound[i].Node, bound[j].Node)));
        return [.. pairs.Order()];
    }
}
