using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>
/// Which vertex's texture coordinates each corner of a triangle uses: its own, except where a triangle reaches from one chart of the texture to
/// another. Such a triangle would show whatever lies between; all its corners use the coordinates of one, so that it has that one's colour.
/// </summary>
internal static class TextureCorners
{
    // An edge is torn when it is long in the texture and many times more stretched than what surrounds both of its ends.
    private const float LongEdge = 0.03f, TornStretch = 6;

    /// <summary>Vertex indices, [3T].</summary>
    public static ImmutableArray<int> Of(FaceTemplate template)
    {
        var triangles = template.Triangles;
        var scales = LocalScales(template);
        var corners = triangles.ToArray();
        for (var t = 0; t < triangles.Length; t += 3)
        {
            var (a, b, c) = (triangles[t], triangles[t + 1], triangles[t + 2]);
            if (Torn(template, a, b, scales) || Torn(template, b, c, scales) || Torn(template, c, a, scales))
                corners[t] = corners[t + 1] = corners[t + 2] = Math.Min(a, Math.Min(b, c));
        }
        return [.. corners];
    }

    /// <summary>Texture length per mm around each vertex, [V]: the least among its edges, which is in its own chart.</summary>
    private static float[] LocalScales(FaceTemplate template)
    {
        var least = new float[template.VertexCount];
        Array.Fill(least, float.PositiveInfinity);
        for (var i = 0; i < template.Triangles.Length; i++)
        {
            var (a, b) = (template.Triangles[i], template.Triangles[i % 3 == 2 ? i - 2 : i + 1]);
            var (texture, face) = Lengths(template, a, b);
            if (!(face > 0)) continue;
            least[a] = Math.Min(least[a], texture / face);
            least[b] = Math.Min(least[b], texture / face);
        }
        return least;
    }

    private static bool Torn(FaceTemplate template, int a, int b, float[] scales)
    {
        var (texture, face) = Lengths(template, a, b);
        return texture > LongEdge && texture > TornStretch * Math.Max(scales[a], scales[b]) * face;
    }

    private static (float Texture, float Face) Lengths(FaceTemplate template, int a, int b) => (
        Vector2.Distance(template.TextureCoordinates[a], template.TextureCoordinates[b]),
        Vector3.Distance(template.Positions[a], template.Positions[b]));
}
