using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>
/// Distances along a mesh by fast marching: fronts grow from the sources in order of distance, and a distance is carried across a
/// triangle from its two known corners by unfolding it with the (virtual) source that explains their distances (Novotni and Klein,
/// "Computing geodesic distances on triangular meshes", 2002). Exact while the way crosses a flat piece; on curved faces within about a
/// percent. An instance holds the scratch of one search at a time and belongs to one thread; <see cref="Fork"/> makes one for another.
/// </summary>
public sealed class GeodesicSearch
{
    private readonly MeshTopology topology;
    private readonly double[] opposite; // [3T] length of the edge opposite each corner
    private readonly double[] distance;
    private readonly bool[] settled;
    private readonly List<int> touched = [];
    private readonly List<int> order = [];
    private readonly PriorityQueue<int, double> front = new();

    /// <summary>Prepares searches on a mesh.</summary>
    /// <param name="positions">[V], mm.</param>
    /// <param name="topology">Topology of the same mesh.</param>
    public GeodesicSearch(ReadOnlySpan<Vector3> positions, MeshTopology topology)
        : this(topology, EdgeLengths(positions, topology.Triangles))
    {
    }

    private GeodesicSearch(MeshTopology topology, double[] opposite)
    {
        this.topology = topology;
        this.opposite = opposite;
        distance = new double[topology.VertexCount];
        distance.AsSpan().Fill(double.PositiveInfinity);
        settled = new bool[topology.VertexCount];
    }

    /// <summary>Another search on the same mesh, for another thread.</summary>
    public GeodesicSearch Fork() => new(topology, opposite);

    /// <summary>The vertices of the last search whose distance is known, nearest first.</summary>
    public IReadOnlyList<int> Settled => order;

    /// <summary>Distance of a vertex in the last search, mm; infinite where it was not reached.</summary>
    public double this[int vertex] => settled[vertex] ? distance[vertex] : double.PositiveInfinity;

    /// <summary>Distance of every vertex from the nearest source, [V], mm; infinite in pieces of the mesh without a source.</summary>
    public double[] From(params ReadOnlySpan<int> sources)
    {
        Run(sources);
        var all = new double[distance.Length];
        for (var v = 0; v < all.Length; v++) all[v] = this[v];
        return all;
    }

    /// <summary>Searches from the sources until a bound is met; the result stands in <see cref="Settled"/> and the indexer.</summary>
    /// <param name="sources">Vertices at distance 0.</param>
    /// <param name="bound">Vertices farther away than this, mm, are not reached.</param>
    /// <param name="ceiling">[V] or empty: a vertex is not reached unless it is nearer than this; fronts end there.</param>
    /// <param name="targets">[V] or empty: the search ends when <paramref name="targetCount"/> of the marked vertices are settled.</param>
    /// <param name="targetCount">See <paramref name="targets"/>.</param>
    public void Run(
        ReadOnlySpan<int> sources,
        double bound = double.PositiveInfinity,
        ReadOnlySpan<double> ceiling = default,
        ReadOnlySpan<bool> targets = default,
        int targetCount = 0)
    {
        Reset();
        foreach (var source in sources) Offer(source, 0);
        while (front.TryDequeue(out var vertex, out var d))
        {
            if (settled[vertex] || d > distance[vertex]) continue; // an older, longer offer
            if (d > bound) break;
            if (!ceiling.IsEmpty && !(d < ceiling[vertex])) continue;
            settled[vertex] = true;
            order.Add(vertex);
            if (!targets.IsEmpty && targets[vertex] && --targetCount <= 0) break;
            Spread(vertex);
        }
    }

    private void Reset()
    {
        foreach (var v in touched)
        {
            distance[v] = double.PositiveInfinity;
            settled[v] = false;
        }
        touched.Clear();
        order.Clear();
        front.Clear();
    }

    private void Offer(int vertex, double d)
    {
        if (settled[vertex] || !(d < distance[vertex])) return;
        if (double.IsPositiveInfinity(distance[vertex])) touched.Add(vertex);
        distance[vertex] = d;
        front.Enqueue(vertex, d);
    }

    private void Spread(int vertex)
    {
        var d = distance[vertex];
        var incident = topology.IncidentTriangle.AsSpan()[topology.TriangleStart[vertex]..topology.TriangleStart[vertex + 1]];
        var triangles = topology.Triangles.AsSpan();
        foreach (var t in incident)
        {
            var corner = triangles[3 * t] == vertex ? 0 : triangles[3 * t + 1] == vertex ? 1 : 2;
            var (j, k) = ((corner + 1) % 3, (corner + 2) % 3);
            var (vj, vk) = (triangles[3 * t + j], triangles[3 * t + k]);
            var (toJ, toK, across) = (opposite[3 * t + k], opposite[3 * t + j], opposite[3 * t + corner]);
            Offer(vj, d + toJ); // along the edges first: then the corners' distances obey the triangle inequality
            Offer(vk, d + toK);
            Offer(vk, Math.Max(d, Unfolded(d, distance[vj], toJ, toK, across)));
            Offer(vj, Math.Max(d, Unfolded(d, distance[vk], toK, toJ, across)));
        }
    }

    // Distance of corner k, given those of i and j: i at the origin, j at (e, 0), k above, the virtual source below the edge.
    private static double Unfolded(double di, double dj, double e, double ik, double jk)
    {
        if (e <= 0) return double.PositiveInfinity;
        var xk = (e * e + ik * ik - jk * jk) / (2 * e);
        var yk = Math.Sqrt(Math.Max(0, ik * ik - xk * xk));
        var xs = (e * e + di * di - dj * dj) / (2 * e);
        var ys = Math.Sqrt(Math.Max(0, di * di - xs * xs));
        var height = yk + ys;
        if (height <= 0) return double.PositiveInfinity;
        var crossing = xs + (xk - xs) * ys / height;
        return crossing < 0 || crossing > e ? double.PositiveInfinity : Math.Sqrt((xk - xs) * (xk - xs) + height * height);
    }

    private static double[] EdgeLengths(ReadOnlySpan<Vector3> positions, ImmutableArray<int> triangles)
    {
        var lengths = new double[triangles.Length];
        for (var t = 0; t < triangles.Length; t += 3)
            for (var corner = 0; corner < 3; corner++)
            {
                var difference = positions[triangles[t + (corner + 2) % 3]] - positions[triangles[t + (corner + 1) % 3]];
                lengths[t + corner] = Math.Sqrt(Vector3.Dot(difference, difference));
            }
        return lengths;
    }
}
