using System.Numerics;

namespace Fml.Model;

/// <summary>The point of a surface nearest to another point.</summary>
/// <param name="Point">It, in the surface's units.</param>
/// <param name="Triangle">Number of a triangle that it lies on.</param>
/// <param name="Distance">From the other point.</param>
internal readonly record struct NearestPoint(Vector3 Point, int Triangle, float Distance);

/// <summary>
/// Finds nearest points of a triangle mesh exactly, by a tree of bounding boxes whose halves have equally many triangles. Safe to share
/// between threads.
/// </summary>
internal sealed class TriangleSearch
{
    private const int LeafSize = 4;

    // Deeper than any tree that halves the triangles of a mesh with int indices.
    private const int MostPending = 64;

    private readonly record struct Box(Vector3 Low, Vector3 High, int From, int Count, int Right);

    private readonly Vector3[] corners; // [3T], three a triangle, in the tree's order
    private readonly int[] order;
    private readonly List<Box> boxes = [];

    /// <summary>Builds the tree.</summary>
    /// <param name="positions">[V].</param>
    /// <param name="triangles">[3T] vertex indices, at least one triangle.</param>
    public TriangleSearch(ReadOnlySpan<Vector3> positions, ReadOnlySpan<int> triangles)
    {
        if (triangles.Length < 3) throw new ArgumentException("A surface needs triangles.", nameof(triangles));
        order = [.. Enumerable.Range(0, triangles.Length / 3)];
        var given = new Vector3[order.Length * 3];
        for (var i = 0; i < given.Length; i++) given[i] = positions[triangles[i]];
        Split(given, 0, order.Length);
        corners = [.. order.SelectMany(t => new[] { given[3 * t], given[3 * t + 1], given[3 * t + 2] })];
    }

    // The box of order[from..from + count] and, after it, those of its halves.
    private void Split(Vector3[] given, int from, int count)
    {
        var (low, high) = (new Vector3(float.PositiveInfinity), new Vector3(float.NegativeInfinity));
        foreach (var t in order.AsSpan(from, count))
            for (var c = 0; c < 3; c++) (low, high) = (Vector3.Min(low, given[3 * t + c]), Vector3.Max(high, given[3 * t + c]));
        var at = boxes.Count;
        boxes.Add(new Box(low, high, from, count, -1));
        if (count <= LeafSize) return;

        var size = high - low;
        var axis = size.X >= size.Y && size.X >= size.Z ? 0 : size.Y >= size.Z ? 1 : 2;
        var keys = new float[count];
        for (var i = 0; i < count; i++)
        {
            var t = 3 * order[from + i];
            keys[i] = given[t][axis] + given[t + 1][axis] + given[t + 2][axis];
        }
        keys.AsSpan().Sort(order.AsSpan(from, count));
        Split(given, from, count / 2);
        boxes[at] = boxes[at] with { Right = boxes.Count };
        Split(given, from + count / 2, count - count / 2);
    }

    /// <summary>The nearest point of the surface.</summary>
    public NearestPoint Nearest(Vector3 query)
    {
        Span<int> pending = stackalloc int[MostPending];
        var (count, best, bestSquared, triangle) = (1, Vector3.Zero, float.PositiveInfinity, -1);
        pending[0] = 0;
        while (count > 0)
        {
            var at = pending[--count];
            var box = boxes[at];
            if (Outside(box, query) >= bestSquared) continue;
            if (box.Right < 0)
            {
                for (var i = box.From; i < box.From + box.Count; i++)
                {
                    var point = OnTriangle(query, corners[3 * i], corners[3 * i + 1], corners[3 * i + 2]);
                    var squared = Vector3.DistanceSquared(point, query);
                    if (squared < bestSquared) (best, bestSquared, triangle) = (point, squared, order[i]);
                }
                continue;
            }
            var leftFirst = Outside(boxes[at + 1], query) <= Outside(boxes[box.Right], query);
            pending[count++] = leftFirst ? box.Right : at + 1;
            pending[count++] = leftFirst ? at + 1 : box.Right;
        }
        return new NearestPoint(best, triangle, MathF.Sqrt(bestSquared));
    }

    // Squared distance from a box; 0 inside.
    private static float Outside(in Box box, Vector3 query) => Vector3.DistanceSquared(Vector3.Clamp(query, box.Low, box.High), query);

    /// <summary>
    /// The point of a triangle nearest to another (Ericson, "Real-time collision detection", 2005, section 5.1.5); triangles without area
    /// are allowed.
    /// </summary>
    internal static Vector3 OnTriangle(Vector3 p, Vector3 a, Vector3 b, Vector3 c)
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
        return sum > 0 ? a + vb / sum * ab + vc / sum * ac : a;
    }
}
