using System.Numerics;

namespace Fml.Model;

/// <summary>Vertices spread evenly over a mesh by distance along it.</summary>
public static class FarthestPoints
{
    /// <summary>
    /// Chooses vertices one after the other, each the farthest along the mesh from those chosen before. Every connected piece that has a
    /// triangle gets one first (the vertex nearest its centroid), the largest pieces first; vertices without a triangle get none. Ties go
    /// to the least index, so the same mesh always gives the same choice.
    /// </summary>
    /// <param name="positions">[V], mm.</param>
    /// <param name="topology">Topology of the same mesh.</param>
    /// <param name="count">How many; fewer come back only where the mesh has fewer vertices with triangles.</param>
    /// <param name="spacing">[V] or empty: how far apart points shall lie at each vertex, relative to other places, above 0.</param>
    /// <returns>The vertices in order of choice, and how far, in mm, a vertex of a piece with a chosen one lies from it at most.</returns>
    public static (int[] Vertices, double Covering) Sample(
        ReadOnlySpan<Vector3> positions, MeshTopology topology, int count, double[]? spacing = null)
    {
        var search = new GeodesicSearch(positions, topology);
        var nearest = new double[positions.Length];
        for (var v = 0; v < nearest.Length; v++)
            nearest[v] = topology.TriangleStart[v] == topology.TriangleStart[v + 1] ? double.NegativeInfinity : double.PositiveInfinity;

        var chosen = new List<int>(count);
        foreach (var vertex in Starts(positions, topology).Take(count)) Choose(vertex);
        var farthest = Farthest();
        while (chosen.Count < count && farthest >= 0 && nearest[farthest] > 0)
        {
            Choose(farthest);
            farthest = Farthest();
        }
        return ([.. chosen], nearest.Where(double.IsFinite).DefaultIfEmpty(0).Max());

        void Choose(int vertex)
        {
            chosen.Add(vertex);
            search.Run([vertex], ceiling: nearest);
            foreach (var v in search.Settled) nearest[v] = Math.Min(nearest[v], search[v]);
        }

        int Farthest()
        {
            var (best, most) = (-1, double.NegativeInfinity);
            for (var v = 0; v < nearest.Length; v++)
            {
                var relative = spacing is null ? nearest[v] : nearest[v] / spacing[v];
                if (double.IsFinite(relative) && relative > most) (best, most) = (v, relative);
            }
            return best;
        }
    }

    private static IEnumerable<int> Starts(ReadOnlySpan<Vector3> positions, MeshTopology topology)
    {
        var sums = new Vector3[topology.ComponentCount];
        var counts = new int[topology.ComponentCount];
        for (var v = 0; v < positions.Length; v++)
        {
            sums[topology.Component[v]] += positions[v];
            counts[topology.Component[v]]++;
        }
        var start = new int[topology.ComponentCount];
        var best = new float[topology.ComponentCount];
        best.AsSpan().Fill(float.PositiveInfinity);
        for (var v = 0; v < positions.Length; v++)
        {
            var c = topology.Component[v];
            var d = Vector3.DistanceSquared(positions[v], sums[c] / counts[c]);
            if (d < best[c]) (best[c], start[c]) = (d, v);
        }
        return Enumerable.Range(0, topology.ComponentCount)
            .Where(c => counts[c] > 1)
            .OrderByDescending(c => counts[c]) // a stable sort: equal pieces stay in order of their least vertex
            .Select(c => start[c]);
    }
}
