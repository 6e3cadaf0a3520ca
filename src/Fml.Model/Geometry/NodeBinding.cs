using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>Binds vertices to the nodes nearest along the mesh.</summary>
internal static class NodeBinding
{
    // Node j is within this many covering radii of a vertex for j up to about 7 on an evenly covered surface; where it is not, a
    // search of the vertex's own finds the nodes.
    private const double RadiiSearched = 3.2;

    /// <summary>The bindings of every vertex, nearest node first; see <see cref="Weights"/>.</summary>
    /// <param name="positions">[V], mm.</param>
    /// <param name="topology">Topology of the same mesh.</param>
    /// <param name="nodes">[N] vertices of the nodes.</param>
    /// <param name="covering">How far a vertex lies from its nearest node at most, mm.</param>
    /// <param name="neighbours">Nodes <c>k</c> that a vertex is bound to at most.</param>
    public static ImmutableArray<(int Node, float Weight)>[] Bind(
        ReadOnlySpan<Vector3> positions, MeshTopology topology, int[] nodes, double covering, int neighbours)
    {
        var shared = new GeodesicSearch(positions, topology);
        var near = NodesWithin(shared, nodes, RadiiSearched * covering, positions.Length);
        var componentNodes = new int[topology.ComponentCount];
        foreach (var node in nodes) componentNodes[topology.Component[node]]++;
        foreach (var found in near) found.Sort();

        var isNode = new bool[positions.Length];
        var nodeAt = new int[positions.Length];
        for (var n = 0; n < nodes.Length; n++) (isNode[nodes[n]], nodeAt[nodes[n]]) = (true, n);
        for (var v = 0; v < positions.Length; v++)
        {
            var wanted = Math.Min(neighbours + 1, componentNodes[topology.Component[v]]);
            if (wanted == 0) near[v] = StraightLine(positions, nodes, v, neighbours + 1);
            else if (near[v].Count < wanted)
            {
                shared.Run([v], targets: isNode, targetCount: wanted);
                near[v] = [.. shared.Settled.Where(s => isNode[s]).Select(s => (shared[s], nodeAt[s]))];
                near[v].Sort();
            }
        }
        return [.. near.Select(found => Weights(found, neighbours))];
    }

    /// <summary>
    /// Weights <c>(1 - d/d_{k+1})^2</c> of the k nearest nodes, normalised (Sumner, Schmid and Pauly, "Embedded deformation for shape
    /// manipulation", 2007); equal ones when all k+1 are equally far or there is no node k+1. Nodes of weight 0 are left out.
    /// </summary>
    /// <param name="found">Distances and nodes, nearest first, at least one.</param>
    /// <param name="neighbours">k.</param>
    public static ImmutableArray<(int Node, float Weight)> Weights(IReadOnlyList<(double Distance, int Node)> found, int neighbours)
    {
        var count = Math.Min(neighbours, found.Count);
        var weights = new double[count];
        if (found.Count > neighbours && found[neighbours].Distance > 0)
            for (var i = 0; i < count; i++)
            {
                var falloff = 1 - found[i].Distance / found[neighbours].Distance;
                weights[i] = falloff * falloff;
            }
        var sum = weights.Sum();
        if (!(sum > 1e-12))
        {
            weights.AsSpan().Fill(1);
            sum = count;
        }
        return [.. Enumerable.Range(0, count).Select(i => (found[i].Node, (float)(weights[i] / sum))).Where(b => b.Item2 > 0)];
    }

    private static List<(double Distance, int Node)>[] NodesWithin(GeodesicSearch shared, int[] nodes, double radius, int vertexCount)
    {
        var found = new (int Vertex, double Distance)[nodes.Length][];
        Parallel.For(0, nodes.Length, shared.Fork, (n, _, search) =>
        {
            search.Run([nodes[n]], radius);
            found[n] = [.. search.Settled.Select(v => (v, search[v]))];
            return search;
        }, _ => { });

        var near = new List<(double, int)>[vertexCount];
        for (var v = 0; v < vertexCount; v++) near[v] = [];
        for (var n = 0; n < nodes.Length; n++)
            foreach (var (vertex, distance) in found[n]) near[vertex].Add((distance, n));
        return near;
    }

    // For pieces of the mesh too small or too many to have a node: they follow the nodes that are near in space.
    private static List<(double Distance, int Node)> StraightLine(ReadOnlySpan<Vector3> positions, int[] nodes, int vertex, int count)
    {
        var all = new List<(double Distance, int Node)>(nodes.Length);
        for (var n = 0; n < nodes.Length; n++) all.Add((Vector3.Distance(positions[vertex], positions[nodes[n]]), n));
        all.Sort();
        return all[..Math.Min(count, all.Count)];
    }
}
