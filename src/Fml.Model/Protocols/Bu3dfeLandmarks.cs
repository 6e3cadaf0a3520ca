using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// The corners of eyes and mouth among the 83 points of BU-3DFE. Only which points belong to which part is used (as labelled in menpo:
/// 0-7 and 8-15 the eyes, 36-47 the nose, 48-59 the outer mouth): corners are the ends of a part from side to side, and the subject's left is
/// where it must be for the nose to point forwards.
/// </summary>
internal static class Bu3dfeLandmarks
{
    private const int Count = 83, RightOuter = 36, RightInner = 39, LeftInner = 42, LeftOuter = 45, MouthRight = 48, MouthLeft = 54;

    /// <summary>The six corners.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="points">[83].</param>
    /// <exception cref="FmlException">There are more or fewer points, or they are no face.</exception>
    public static ScanLandmarks Of(string path, ImmutableArray<Vector3> points)
    {
        if (points.Length != Count) throw new FmlException($"{path} has {points.Length} points instead of the {Count} of BU-3DFE.");
        var (one, other, nose, mouth) = (points[0..8], points[8..16], points[36..48], points[48..60]);
        var across = Middle(other) - Middle(one);
        var eyes = (Middle(one) + Middle(other)) / 2;
        var forwards = Vector3.Cross(across, eyes - Middle(mouth)); // for one eye at the right
        var depth = Vector3.Dot(forwards, Middle(nose) - (eyes + Middle(mouth)) / 2);
        if (depth == 0 || !float.IsFinite(depth)) throw new FmlException($"The points in {path} are those of no face: they lie in a plane.");
        var (right, left) = depth > 0 ? (one, other) : (other, one);
        var side = Vector3.Normalize(depth > 0 ? across : -across); // to the subject's left
        Vector3 Rightmost(ImmutableArray<Vector3> part) => part.MinBy(p => Vector3.Dot(p, side));
        Vector3 Leftmost(ImmutableArray<Vector3> part) => part.MaxBy(p => Vector3.Dot(p, side));
        return new ScanLandmarks(
            [RightOuter, RightInner, LeftInner, LeftOuter, MouthRight, MouthLeft],
            [Rightmost(right), Leftmost(right), Rightmost(left), Leftmost(left), Rightmost(mouth), Leftmost(mouth)]);
    }

    private static Vector3 Middle(ImmutableArray<Vector3> part) => part.Aggregate(Vector3.Zero, (sum, p) => sum + p) / part.Length;
}
