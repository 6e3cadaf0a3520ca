using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>
/// What lies behind the person in one clip: a colour gradient, out-of-focus shapes and some texture, standing still in the original image.
/// </summary>
internal sealed record Backdrop(Vector3 TopLeft, Vector3 TopRight, Vector3 BottomLeft, Vector3 BottomRight,
    ImmutableArray<Backdrop.Shape> Shapes, ImmutableArray<Backdrop.Ripple> Ripples)
{
    /// <summary>A soft-edged ellipse or box: colour, centre, half sizes and the width of its edge as fractions of the image's
    /// width.</summary>
    internal readonly record struct Shape(Vector3 Colour, Vector2 Centre, Vector2 HalfSize, float Edge, bool IsBox);

    /// <summary>A sinusoidal texture.</summary>
    internal readonly record struct Ripple(Vector3 Weight, Vector2 WaveVector, float Phase);

    /// <summary>Draws a backdrop.</summary>
    public static Backdrop Draw(Random random)
    {
        var mean = Colour(random, 0.12f);
        Vector3 Corner() => Vector3.Clamp(mean * (1 + random.Normal(0, 0.25f)) + 0.06f * Triple(random), Vector3.Zero, Vector3.One);
        var shapes = Enumerable.Range(0, random.Next(2, 8)).Select(_ => new Shape(
            Colour(random, 0.18f),
            new Vector2(random.NextSingle(), 0.75f * random.NextSingle()),
            new Vector2(random.Between(0.02f, 0.22f), random.Between(0.02f, 0.3f)),
            MathF.Exp(random.Normal(-3.4f, 0.7f)),
            random.Happens(0.6f)));
        var ripples = Enumerable.Range(0, 5).Select(_ =>
        {
            var angle = 2 * MathF.PI * random.NextSingle();
            var frequency = 2 * MathF.PI * MathF.Exp(random.Between(1.0f, 4.2f));
            return new Ripple(0.008f * (Vector3.One * random.Normal() + 0.3f * Triple(random)),
                frequency * new Vector2(MathF.Cos(angle), MathF.Sin(angle)), 2 * MathF.PI * random.NextSingle());
        });
        return new Backdrop(Corner(), Corner(), Corner(), Corner(), [.. shapes], [.. ripples]);
    }

    /// <summary>The colour at a place in the original image, in fractions of its width.</summary>
    public Vector3 At(Vector2 place)
    {
        var (right, down) = (Math.Clamp(place.X, 0, 1), Math.Clamp(place.Y / 0.75f, 0, 1));
        var colour = Vector3.Lerp(Vector3.Lerp(TopLeft, TopRight, right), Vector3.Lerp(BottomLeft, BottomRight, right), down);
        foreach (var shape in Shapes)
        {
            var offset = Vector2.Abs(place - shape.Centre);
            var outside = shape.IsBox
                ? MathF.Max(offset.X - shape.HalfSize.X, offset.Y - shape.HalfSize.Y)
                : ((offset / shape.HalfSize).Length() - 1) * MathF.Min(shape.HalfSize.X, shape.HalfSize.Y);
            var cover = Math.Clamp(0.5f - outside / shape.Edge, 0, 1);
            if (cover > 0) colour = Vector3.Lerp(colour, shape.Colour, cover * cover * (3 - 2 * cover));
        }
        foreach (var ripple in Ripples)
            colour += ripple.Weight * MathF.Cos(Vector2.Dot(ripple.WaveVector, place) + ripple.Phase);
        return Vector3.Clamp(colour, Vector3.Zero, Vector3.One);
    }

    private static Vector3 Colour(Random random, float saturation)
    {
        var value = random.Between(0.08f, 0.92f);
        return Vector3.Clamp(value * (Vector3.One + saturation * Triple(random)), Vector3.Zero, Vector3.One);
    }

    private static Vector3 Triple(Random random) => new(random.Normal(), random.Normal(), random.Normal());
}
