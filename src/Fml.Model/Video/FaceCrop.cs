using System.Numerics;

namespace Fml.Model;

/// <summary>
/// The crop rule of <c>method.md</c> section 0: a square without roll around the landmarks, one side length per clip and a centre per frame, so that a face's
/// size in the crop still speaks of its distance and size.
/// </summary>
internal static class FaceCrop
{
    /// <summary>
    /// Side of the square over the longer side of the landmarks' bounding box: a mean face seen from the front is then about as large as at the
    /// default distance and focal length.
    /// </summary>
    private const float Margin = 1.5f;

    /// <summary>Side of a clip's crops in the landmarks' unit: the median over its frames.</summary>
    /// <param name="clip">Landmarks of each frame, at least one frame.</param>
    public static float Side(IEnumerable<Vector2[]> clip)
    {
        var sides = clip.Select(frame =>
        {
            var (least, greatest) = Bounds(frame);
            return Margin * MathF.Max(greatest.X - least.X, greatest.Y - least.Y);
        }).Order().ToArray();
        var middle = sides.Length / 2;
        return sides.Length % 2 == 1 ? sides[middle] : (sides[middle - 1] + sides[middle]) / 2;
    }

    /// <summary>Centre of a frame's crop: the middle of its landmarks' bounding box.</summary>
    public static Vector2 Center(ReadOnlySpan<Vector2> frame)
    {
        var (least, greatest) = Bounds(frame);
        return (least + greatest) / 2;
    }

    private static (Vector2 Least, Vector2 Greatest) Bounds(ReadOnlySpan<Vector2> points)
    {
        var (least, greatest) = (points[0], points[0]);
        foreach (var point in points) (least, greatest) = (Vector2.Min(least, point), Vector2.Max(greatest, point));
        return (least, greatest);
    }
}
