using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>The 68 landmarks on a posed face, as a perfect detector would place them.</summary>
internal static class PosedLandmarks
{
    private const int JawCount = 17;

    /// <summary>
    /// The points on the posed face: the jaw's are the vertices of their strips nearest the silhouette, <c>argmin |n . view|</c>
    /// (<c>method.md</c> section 4); the others are fixed on the surface, seen or not.
    /// </summary>
    /// <returns>[68] points in camera space, mm, and the cosine between surface and view direction, above 0 when facing the
    /// camera.</returns>
    public static (Vector3 Point, float Facing)[] On(FaceTemplate template, PosedMesh face)
    {
        var found = new (Vector3, float)[FaceFrame.LandmarkCount];
        for (var i = 0; i < found.Length; i++)
        {
            var isJaw = i < JawCount && template.JawStrips.Length == JawCount && template.JawStrips[i].Length > 0;
            var point = isJaw ? SurfacePoint.AtVertex(Silhouette(template.JawStrips[i], face)) : template.Landmarks[i];
            var place = point.On(face.Positions);
            var normal = point.On(face.Normals);
            found[i] = (place, isJaw ? 1 : -Vector3.Dot(Vector3.Normalize(normal), Vector3.Normalize(place)));
        }
        return found;
    }

    /// <summary>The vertex of a strip whose normal is most at right angles to the view.</summary>
    public static int Silhouette(ImmutableArray<int> strip, PosedMesh face) => strip.MinBy(vertex =>
        MathF.Abs(Vector3.Dot(face.Normals[vertex], Vector3.Normalize(face.Positions[vertex]))));
}
