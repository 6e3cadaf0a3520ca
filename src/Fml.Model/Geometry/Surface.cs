using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>A triangle mesh ready to be asked for the point on it nearest to a given one; a tree of boxes makes that fast.</summary>
public sealed class Surface
{
    private const int LeafSize = 4;

    private readonly Vector3[] corners; // [3T] in tree order
    private readonly int[] order; // [T] original triangle of each place
    private readonly List<Node> nodes = [];

    /// <summary>Builds the tree.</summary>
    /// <param name="positions">[V], mm.</param>
    /// <param name="triangles">[3T] vertex indices, at least one triangle.</param>
    /// <exception cref="ArgumentException">There is no triangle.</exception>
    public Surface(ReadOnlySpan<Vector3> positions, ReadOnlySpan<int> triangles)
    {
        var count = triangles.Length / 3;
        if (count == 0) throw new ArgumentException("a surface needs at least one triangle", nameof(triangles));
        var source = new Vector3[3 * count];
        for (var i = 0; i < source.Length; i++) source[i] = positions[triangles[i]];
        order = [.. Enumerable.Range(0, count)];
        Split(source, 0, count);
        corners = new Vector3[3 * count];
        for (var t = 0; t < count; t++) source.AsSpan(3 * order[t], 3).CopyTo(corners.AsSpan(3 * t, 3));
    }

    /// <summary>The nearest point of the surface.</summary>
    /// <param name="point">mm.</param>
    /// <returns>Where it is, on which triangle, and how far from <paramref name="point"/>, mm.</returns>
    public (Vector3 Point, int Triangle, float Distance) Nearest(Vector3 point)
    {
        var (best, place, square) = (Vector3.Zero, -1, float.PositiveInfinity);
        Span<int> pending = stackalloc int[64];
        var depth = 0;
        pending[depth++] = 0;
        while (depth > 0)
        {
            var node = nodes[pending[--depth]];
            if (node.SquaredDistance(point) >= square) continue;
            if (node.Count > 0)
            {
                for (var t = node.First; t < node.First + node.Count; t++)
                {
                    var candidate = NearestOnTriangle(point, corners[3 * t], corners[3 * t + 1], corners[3 * t + 2]);
                    var d = Vector3.DistanceSquared(point, candidate);
                    if (d < square) (best, place, square) = (candidate, t, d);
                }
                continue;
            }
            var leftFirst = nodes[node.Left].SquaredDistance(point) <= nodes[node.Right].SquaredDistance(point);
            pending[depth++] = leftFirst ? node.Right : node.Left; // the nearer child is looked at first
            pending[depth++] = leftFirst ? node.Left : node.Right;
        }
        return (best, place < 0 ? -1 : order[place], MathF.Sqrt(square));
    }

    /// <summary>Distance of each point from the surface, mm.</summary>
    public double[] Distances(ReadOnlySpan<Vector3> points)
    {
        var distances = new double[points.Length];
        for (var i = 0; i < points.Length; i++) distances[i] = Nearest(points[i]).Distance;
        return distances;
    }

    /// <summary>
    /// The motion that brings points nearest to the surface when nobody knows which point belongs where: alignment to the nearest points,
    /// in turn, until it settles (iterative closest point; Besl and McKay, 1992). It finds the nearest minimum, so the start must be
    /// about right.
    /// </summary>
    /// <param name="points">mm.</param>
    /// <param name="start">Where to start from.</param>
    /// <param name="withScale">Let the size change too.</param>
    public Similarity Align(ReadOnlySpan<Vector3> points, Similarity start, bool withScale = false)
    {
        ImmutableArray<int> all = [.. Enumerable.Range(0, points.Length)];
        var motion = start;
        var targets = new Vector3[points.Length];
        var before = double.PositiveInfinity;
        for (var round = 0; round < 300; round++)
        {
            var square = 0.0;
            for (var i = 0; i < points.Length; i++)
            {
                var (nearest, _, distance) = Nearest(motion.Apply(points[i]));
                targets[i] = nearest;
                square += distance * distance;
            }
            if (!(square < 0.99999 * before)) break;
            before = square;
            motion = Alignment.Align(points, targets, all.AsSpan(), withScale);
        }
        return motion;
    }

    private int Split(Vector3[] source, int first, int count)
    {
        var (low, high) = (new Vector3(float.PositiveInfinity), new Vector3(float.NegativeInfinity));
        var (centreLow, centreHigh) = (low, high);
        for (var t = first; t < first + count; t++)
        {
            var sum = Vector3.Zero;
            for (var c = 0; c < 3; c++)
            {
                var corner = source[3 * order[t] + c];
                (low, high) = (Vector3.Min(low, corner), Vector3.Max(high, corner));
                sum += corner;
            }
            (centreLow, centreHigh) = (Vector3.Min(centreLow, sum), Vector3.Max(centreHigh, sum));
        }
        var index = nodes.Count;
        nodes.Add(new Node(low, high, first, count, 0, 0));
        if (count <= LeafSize) return index;

        var extent = centreHigh - centreLow;
        var axis = extent.X >= extent.Y && extent.X >= extent.Z ? 0 : extent.Y >= extent.Z ? 1 : 2;
        order.AsSpan(first, count).Sort((a, b) => (Centre(a), a).CompareTo((Centre(b), b)));
        var left = Split(source, first, count / 2);
        var right = Split(source, first + count / 2, count - count / 2);
        nodes[index] = new Node(low, high, first, 0, left, right);
        return index;

        float Centre(int t) => source[3 * t][axis] + source[3 * t + 1][axis] + source[3 * t + 2][axis];
    }

    // After Ericson, "Real-Time Collision Detection", 2005, section 5.1.5: which corner, edge or inside the point projects to.
    private static Vector3 NearestOnTriangle(Vector3 p, Vector3 a, Vector3 b, Vector3 c)
    {
        var (ab, ac, ap) = (b - a, c - a, p - a);
        var (d1, d2) = (Vector3.Dot(ab, ap), Vector3.Dot(ac, ap));
        if (d1 <= 0 && d2 <= 0) return a;
        var bp = p - b;
        var (d3, d4) = (Vector3.Dot(ab, bp), Vector3.Dot(ac, bp));
        if (d3 >= 0 && d4 <= d3) return b;
        var vc = d1 * d4 - d3 * d2;
        if (vc <= 0 && d1 >= 0 && d3 <= 0 && d1 > d3) return a + d1 / (d1 - d3) * ab;
        var cp = p - c;
        var (d5, d6) = (Vector3.Dot(ab, cp), Vector3.Dot(ac, cp));
        if (d6 >= 0 && d5 <= d6) return c;
        var vb = d5 * d2 - d1 * d6;
        if (vb <= 0 && d2 >= 0 && d6 <= 0 && d2 > d6) return a + d2 / (d2 - d6) * ac;
        var va = d3 * d6 - d5 * d4;
        if (va <= 0 && d4 >= d3 && d5 >= d6 && d4 - d3 + d5 - d6 > 0) return b + (d4 - d3) / (d4 - d3 + d5 - d6) * (c - b);
        var sum = va + vb + vc;
        return sum > 0 ? a + vb / sum * ab + vc / sum * ac : a; // a triangle without area is met at a corner
    }

    private readonly record struct Node(Vector3 Low, Vector3 High, int First, int Count, int Left, int Right)
    {
        public float SquaredDistance(Vector3 point)
        {
            var outside = Vector3.Max(Vector3.Max(Low - point, point - High), Vector3.Zero);
            return outside.LengthSquared();
        }
    }
}
