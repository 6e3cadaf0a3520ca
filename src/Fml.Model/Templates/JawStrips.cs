using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>
/// The vertices over which the jaw landmarks slide. In a picture they mark the outline of the face, which lies elsewhere on the surface
/// in every pose; so each has a strip across the jaw, from a little inside its place in the frontal view to well behind or under it.
/// </summary>
internal static class JawStrips
{
    private const double Inward = 12; // mm along the surface, towards the nose
    private const double Outward = 30;
    private const double Step = 2.5; // one vertex for each step
    private const float SlabHalfWidth = 6; // mm along the jaw

    /// <summary>Strips for the 17 jaw landmarks, each from the inside out and holding at least the landmark's own vertex.</summary>
    /// <param name="positions">[V], mm.</param>
    /// <param name="topology">Topology of the same mesh.</param>
    /// <param name="jaw">The 17 vertices from ear to ear.</param>
    /// <param name="noseTip">A vertex in the middle of the face, from which inside and outside are told.</param>
    public static ImmutableArray<ImmutableArray<int>> Build(
        ReadOnlySpan<Vector3> positions, MeshTopology topology, IReadOnlyList<int> jaw, int noseTip)
    {
        var fromNose = new GeodesicSearch(positions, topology).From(noseTip);
        var strips = ImmutableArray.CreateBuilder<ImmutableArray<int>>(jaw.Count);
        for (var k = 0; k < jaw.Count; k++)
        {
            var (before, after) = (jaw[Math.Max(0, k - 1)], jaw[Math.Min(jaw.Count - 1, k + 1)]);
            var along = Vector3.Normalize(positions[after] - positions[before]);
            strips.Add(Strip(positions, fromNose, jaw[k], along));
        }
        return strips.ToImmutable();
    }

    private static ImmutableArray<int> Strip(ReadOnlySpan<Vector3> positions, double[] fromNose, int landmark, Vector3 along)
    {
        var best = new (float Offset, int Vertex)[(int)((Inward + Outward) / Step) + 1];
        best.AsSpan().Fill((SlabHalfWidth, -1));
        for (var v = 0; v < positions.Length; v++)
        {
            var outward = fromNose[v] - fromNose[landmark];
            if (!(outward >= -Inward && outward <= Outward)) continue;
            var offset = positions[v] - positions[landmark];
            var aside = MathF.Abs(Vector3.Dot(offset, along));
            var bin = (int)((outward + Inward) / Step);
            if (offset.Length() <= Math.Abs(outward) + 2 * SlabHalfWidth && aside < best[bin].Offset) best[bin] = (aside, v);
        }
        best[(int)(Inward / Step)] = (0, landmark);
        return [.. best.Where(b => b.Vertex >= 0).Select(b => b.Vertex)];
    }
}
