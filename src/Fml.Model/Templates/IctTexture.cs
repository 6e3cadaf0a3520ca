using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>Single-valued texture coordinates for templates made of the ICT model, in [0, 1], v downwards.</summary>
internal static class IctTexture
{
    private const float SkinHeight = 0.9f; // the rest, at the bottom, holds mouth and eyes in boxes

    /// <summary>
    /// The model's own chart for the face; for the whole head an unwrapping around the vertical axis, its seam at the back. Parts inside
    /// lie in boxes below, seen from the front.
    /// </summary>
    public static ImmutableArray<Vector2> Coordinates(
        IctRegion region, ImmutableArray<Vector3> positions, ImmutableArray<IctPart> parts, Vector2[] own)
    {
        if (region == IctRegion.NarrowFace) return [.. own.Select(Flipped)];
        var (low, high) = Bounds(positions);
        var axis = new Vector3(0, 0, (low.Z + high.Z) / 2);
        var boxes = Enum.GetValues<IctPart>().Where(p => p > IctPart.HeadAndNeck).ToDictionary(
            part => part,
            part => Bounds([.. positions.Where((_, i) => parts[i] == part)]));
        return
        [
            .. Enumerable.Range(0, positions.Length).Select(i => parts[i] switch
            {
                IctPart.Face or IctPart.HeadAndNeck when region == IctRegion.Head => Around(positions[i] - axis, low.Y, high.Y),
                IctPart.Face => Flipped(own[i]) with { Y = SkinHeight * (1 - own[i].Y) },
                _ => Boxed(positions[i], boxes[parts[i]], parts[i] - IctPart.MouthSocket),
            }),
        ];
    }

    private static Vector2 Flipped(Vector2 uv) => Vector2.Clamp(new Vector2(uv.X, 1 - uv.Y), Vector2.Zero, Vector2.One);

    private static Vector2 Around(Vector3 fromAxis, float low, float high) => new(
        0.5f + MathF.Atan2(fromAxis.X, fromAxis.Z) / (2 * MathF.PI),
        SkinHeight * (high - fromAxis.Y) / (high - low));

    private static Vector2 Boxed(Vector3 position, (Vector3 Low, Vector3 High) bounds, int box)
    {
        var size = Vector3.Max(bounds.High - bounds.Low, new Vector3(1e-3f));
        var place = (position - bounds.Low) / size;
        const float Width = 0.25f; // mouth, eye sockets, left eye, right eye
        return new Vector2((box + 0.05f + 0.9f * place.X) * Width, SkinHeight + 0.01f + (1 - SkinHeight - 0.02f) * (1 - place.Y));
    }

    private static (Vector3 Low, Vector3 High) Bounds(IReadOnlyCollection<Vector3> points) => points.Aggregate(
        (Low: new Vector3(float.PositiveInfinity), High: new Vector3(float.NegativeInfinity)),
        (b, p) => (Vector3.Min(b.Low, p), Vector3.Max(b.High, p)));
}
