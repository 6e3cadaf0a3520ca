using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>
/// Which vertex's texture coordinates each corner of a triangle uses: its own, except where a triangle reaches from one chart of the texture to
/// another. Such a triangle would show whatever lies between; all its corners use the coordinates of one, so that it has that one's colour.
/// </summary>
internal static class TextureCorners
{
    // An edge is torn when it is long in the texture and many times longer than its length on the face would make it.
    private const float LongEdge = 0.03f, TornStretch = 6;

    /// <summary>Vertex indices, [3T].</summary>
    public static ImmutableArray<int> Of(FaceTemplate template)
    {
        var triangles = template.Triangles;
        var typical = TypicalScale(template);
        var corners = triangles.ToArray();
        for (var t = 0; t < triangles.Length; t += 3)
        {
            var (a, b, c) = (triangles[t], triangles[t + 1], triangles[t + 2]);
            if (Torn(template, a, b, typical) || Torn(template, b, c, typical) || Torn(template, c, a, typical))
                corners[t] = corners[t + 1] = corners[t + 2] = Math.Min(a, Math.Min(b, c));
        }
        return [.. corners];
    }

    /// <summary>Median over the triangles' first edges of texture length per mm.</summary>
    private static float TypicalScale(FaceTemplate template)
    {
        var scales = new List<float>();
        for (var t = 0; t < template.Triangles.Length; t += 3)
        {
            var (texture, face) = Lengths(template, template.Triangles[t], template.Triangles[t + 1]);
            if (face > 0) scales.Add(texture / face);
        }
        scales.Sort();
        return scales.Count > 0 ? scales[scales.Count / 2] : 1;
    }

    private static bool Torn(FaceTemplate template, int a, int b, float typical)
    {
        var (texture, face) = Lengths(template, a, b);
        return texture > LongEdge && texture > TornStretch * typical * face;
    }

    private static (float Texture, float Face) Lengths(FaceTemplate template, int a, int b) => (
        Vector2.Distance(template.TextureCoordinates[a], template.TextureCoordinates[b]),
        Vector3.Distance(template.Positions[a], template.Positions[b]));
}
