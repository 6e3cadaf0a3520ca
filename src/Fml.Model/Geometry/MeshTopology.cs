using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// How the triangles of a mesh hang together: which triangles and which vertices touch a vertex, the edges, the boundary, the connected
/// pieces. Everything is in ascending order, so that whatever is summed over it is summed in a fixed order.
/// </summary>
public sealed record MeshTopology
{
    private MeshTopology()
    {
    }

    /// <summary>Number of vertices <c>V</c>, those without a triangle included.</summary>
    public required int VertexCount { get; init; }

    /// <summary>[3T] vertex indices.</summary>
    public required ImmutableArray<int> Triangles { get; init; }

    /// <summary>[V+1]: the triangles of vertex v are <c>IncidentTriangle[TriangleStart[v] .. TriangleStart[v+1]]</c>.</summary>
    public required ImmutableArray<int> TriangleStart { get; init; }

    /// <summary>[3T] triangle indices, ascending for each vertex.</summary>
    public required ImmutableArray<int> IncidentTriangle { get; init; }

    /// <summary>[V+1]: the vertices joined to v by an edge are <c>Neighbour[NeighbourStart[v] .. NeighbourStart[v+1]]</c>.</summary>
    public required ImmutableArray<int> NeighbourStart { get; init; }

    /// <summary>[2E] vertex indices, ascending for each vertex.</summary>
    public required ImmutableArray<int> Neighbour { get; init; }

    /// <summary>[E] undirected edges, each once, <c>A &lt; B</c>, in ascending order.</summary>
    public required ImmutableArray<(int A, int B)> Edges { get; init; }

    /// <summary>[E] number of triangles on each edge: 1 on the boundary, 2 inside.</summary>
    public required ImmutableArray<int> EdgeTriangleCount { get; init; }

    /// <summary>[V] true where a vertex lies on an edge with a single triangle.</summary>
    public required ImmutableArray<bool> OnBoundary { get; init; }

    /// <summary>[V] connected piece of each vertex, numbered in the order of its least vertex.</summary>
    public required ImmutableArray<int> Component { get; init; }

    /// <summary>Number of connected pieces; a vertex without a triangle is a piece of its own.</summary>
    public required int ComponentCount { get; init; }

    /// <summary>Works out the topology of a mesh.</summary>
    /// <param name="vertexCount">Number of vertices.</param>
    /// <param name="triangles">[3T] vertex indices.</param>
    /// <exception cref="FmlException">An index lies outside the vertices, or the list does not hold whole triangles.</exception>
    public static MeshTopology Build(int vertexCount, ImmutableArray<int> triangles)
    {
        if (triangles.Length % 3 != 0)
            throw new FmlException(
                $"The list of triangles has {triangles.Length} indices, which is no multiple of 3; give three a triangle.");
        foreach (var index in triangles)
            if ((uint)index >= (uint)vertexCount)
                throw new FmlException($"A triangle names vertex {index}, but the mesh has the vertices 0 to {vertexCount - 1}.");

        var (triangleStart, incidentTriangle) = Incidence(vertexCount, triangles);
        var (edges, counts) = UniqueEdges(triangles);
        var (neighbourStart, neighbour) = Adjacency(vertexCount, edges);
        var onBoundary = new bool[vertexCount];
        for (var e = 0; e < edges.Length; e++)
            if (counts[e] == 1) onBoundary[edges[e].A] = onBoundary[edges[e].B] = true;
        var (component, componentCount) = Components(vertexCount, neighbourStart, neighbour);
        return new MeshTopology
        {
            VertexCount = vertexCount,
            Triangles = triangles,
            TriangleStart = [.. triangleStart],
            IncidentTriangle = [.. incidentTriangle],
            NeighbourStart = [.. neighbourStart],
            Neighbour = [.. neighbour],
            Edges = [.. edges],
            EdgeTriangleCount = [.. counts],
            OnBoundary = [.. onBoundary],
            Component = [.. component],
            ComponentCount = componentCount,
        };
    }

    private static (int[] Start, int[] Triangle) Incidence(int vertexCount, ImmutableArray<int> triangles)
    {
        var start = new int[vertexCount + 1];
        foreach (var v in triangles) start[v + 1]++;
        for (var v = 0; v < vertexCount; v++) start[v + 1] += start[v];
        var next = start.AsSpan(0, vertexCount).ToArray();
        var list = new int[triangles.Length];
        for (var i = 0; i < triangles.Length; i++) list[next[triangles[i]]++] = i / 3;
        return (start, list);
    }

    private static ((int A, int B)[] Edges, int[] Counts) UniqueEdges(ImmutableArray<int> triangles)
    {
        var keys = new List<long>(triangles.Length);
        for (var t = 0; t < triangles.Length; t += 3)
            for (var corner = 0; corner < 3; corner++)
            {
                var (a, b) = (triangles[t + corner], triangles[t + (corner + 1) % 3]);
                if (a != b) keys.Add(((long)Math.Min(a, b) << 32) | (uint)Math.Max(a, b));
            }
        keys.Sort();
        var edges = new List<(int, int)>(keys.Count / 2);
        var counts = new List<int>(keys.Count / 2);
        for (var i = 0; i < keys.Count; i++)
        {
            if (i > 0 && keys[i] == keys[i - 1]) counts[^1]++;
            else
            {
                edges.Add(((int)(keys[i] >> 32), (int)(keys[i] & 0xffffffff)));
                counts.Add(1);
            }
        }
        return ([.. edges], [.. counts]);
    }

    private static (int[] Start, int[] Neighbour) Adjacency(int vertexCount, (int A, int B)[] edges)
    {
        var start = new int[vertexCount + 1];
        foreach (var (a, b) in edges)
        {
            start[a + 1]++;
            start[b + 1]++;
        }
        for (var v = 0; v < vertexCount; v++) start[v + 1] += start[v];
        var next = start.AsSpan(0, vertexCount).ToArray();
        var list = new int[2 * edges.Length];
        foreach (var (a, b) in edges)
        {
            list[next[a]++] = b;
            list[next[b]++] = a;
        }
        for (var v = 0; v < vertexCount; v++) list.AsSpan(start[v]..start[v + 1]).Sort();
        return (start, list);
    }

    private static (int[] Component, int Count) Components(int vertexCount, int[] start, int[] neighbour)
    {
        var component = new int[vertexCount];
        component.AsSpan().Fill(-1);
        var count = 0;
        var pending = new Stack<int>();
        for (var seed = 0; seed < vertexCount; seed++)
        {
            if (component[seed] >= 0) continue;
            component[seed] = count;
            pending.Push(seed);
            while (pending.TryPop(out var v))
                foreach (var w in neighbour.AsSpan(start[v]..start[v + 1]))
                    if (component[w] < 0)
                    {
                        component[w] = count;
                        pending.Push(w);
                    }
            count++;
        }
        return (component, count);
    }
}
