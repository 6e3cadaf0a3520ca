using System.Numerics;

namespace Fml.Model;

/// <summary>
/// How far a reconstruction is from a truth on another mesh: the distance from each true vertex to the nearest point of the reconstructed
/// surface (scan to mesh, the direction of the NoW challenge), after alignment by landmarks and then by iterated closest points.
/// </summary>
public static class SurfaceDistance
{
    /// <summary>Measures a reconstruction; only the true vertices of the region count.</summary>
    /// <param name="reconstruction">The reconstruction.</param>
    /// <param name="truth">The truth, with the same landmarks.</param>
    /// <param name="region">Vertices of the truth.</param>
    public static GeometryError Between(FaceSurface reconstruction, FaceSurface truth, ReadOnlySpan<int> region) => new(
        DistanceStatistics.Of(PerVertex(reconstruction, truth, region, withScale: false)),
        DistanceStatistics.Of(PerVertex(reconstruction, truth, region, withScale: true)));

    /// <summary>Distance from each vertex of the region to the aligned reconstruction, mm, in the region's order.</summary>
    /// <param name="reconstruction">The reconstruction.</param>
    /// <param name="truth">The truth, with the same landmarks.</param>
    /// <param name="region">Vertices of the truth; at least one.</param>
    /// <param name="withScale">Let the size change too.</param>
    public static double[] PerVertex(FaceSurface reconstruction, FaceSurface truth, ReadOnlySpan<int> region, bool withScale)
    {
        var points = Chosen(truth, region);
        var surface = new TriangleSearch(reconstruction.Positions.AsSpan(), reconstruction.Triangles.AsSpan());
        var motion = Align(surface, reconstruction, truth, points, withScale);
        return [.. Nearest(surface, motion, points).Select(near => (double)near.Distance * motion.Scale)];
    }

    /// <summary>The motion that brings the reconstruction nearest to the truth, by landmarks and then by closest points.</summary>
    /// <param name="reconstruction">The reconstruction.</param>
    /// <param name="truth">The truth, with the same landmarks.</param>
    /// <param name="region">Vertices of the truth; at least one.</param>
    /// <param name="withScale">Let the size change too.</param>
    public static Similarity Align(FaceSurface reconstruction, FaceSurface truth, ReadOnlySpan<int> region, bool withScale) => Align(
        new TriangleSearch(reconstruction.Positions.AsSpan(), reconstruction.Triangles.AsSpan()), reconstruction, truth, Chosen(truth, region),
        withScale);

    private static Similarity Align(
        TriangleSearch surface, FaceSurface reconstruction, FaceSurface truth, Vector3[] points, bool withScale)
    {
        var count = truth.Landmarks.Length;
        if (count < 3 || reconstruction.Landmarks.Length != count)
            throw new ArgumentException("Alignment needs three or more landmarks, the same ones of both surfaces.", nameof(reconstruction));
        var start = Alignment.Align(
            reconstruction.Landmarks.AsSpan(), truth.Landmarks.AsSpan(), Enumerable.Range(0, count).ToArray(), withScale);
        return ClosestPoints.Refine(start, points, motion => Nearest(surface, motion, points), reconstruction, withScale);
    }

    // Nearest points in the reconstruction's own space, where the tree stands still.
    private static NearestPoint[] Nearest(TriangleSearch surface, Similarity motion, Vector3[] points)
    {
        var back = motion.Inverse();
        var found = new NearestPoint[points.Length];
        for (var i = 0; i < points.Length; i++) found[i] = surface.Nearest(back.Apply(points[i]));
        return found;
    }

    private static Vector3[] Chosen(FaceSurface truth, ReadOnlySpan<int> region)
    {
        if (region.IsEmpty) throw new ArgumentException("Distances need true vertices to be measured from.", nameof(region));
        var points = new Vector3[region.Length];
        for (var i = 0; i < region.Length; i++) points[i] = truth.Positions[region[i]];
        return points;
    }
}
