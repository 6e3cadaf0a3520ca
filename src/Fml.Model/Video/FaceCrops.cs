using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>
/// Where the crops of a clip lie: squares without roll, one side length a clip, centred frame by frame (method.md, section 0).
/// </summary>
internal static class FaceCrops
{
    // Of a mean face at method.md's t_0 and f = 4.53 W (measured on the ICT mean): its landmarks' bounding box spans 0.632 of the crop
    // either way and its middle lies 0.0525 of the crop below the crop's middle, because the template's origin projects there.
    private const float BoxShare = 0.632f;
    private const float BoxDrop = 0.0525f;

    /// <summary>The crops of all frames of one clip; landmarks in original pixels.</summary>
    public static ImmutableArray<CropTransform> Plan(IReadOnlyList<ImmutableArray<Vector2>> frames, int cropSize)
    {
        var boxes = frames.Select(Box).ToArray();
        var sides = boxes.Select(b => Math.Max(b.Size.X, b.Size.Y)).Order().ToArray();
        if (sides.Length == 0) return [];
        var side = (sides[sides.Length / 2] + sides[(sides.Length - 1) / 2]) / 2 / BoxShare;
        return [.. boxes.Select(b => CropTransform.Around(b.Center - new Vector2(0, BoxDrop * side), side, cropSize))];
    }

    /// <summary>Middle and size of the bounding box.</summary>
    public static (Vector2 Center, Vector2 Size) Box(ImmutableArray<Vector2> points)
    {
        var (least, most) = (points.Aggregate(Vector2.Min), points.Aggregate(Vector2.Max));
        return ((least + most) / 2, most - least);
    }
}
