using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>A plausible mean albedo for templates made of the ICT model, which has none: painted by rule around the landmarks.</summary>
internal static class IctPaint
{
    private static readonly Vector3 Skin = new(0.78f, 0.60f, 0.50f);
    private static readonly Vector3 Lip = new(0.66f, 0.40f, 0.37f);
    private static readonly Vector3 BrowHair = new(0.36f, 0.26f, 0.20f);
    private static readonly Vector3 Hair = new(0.27f, 0.20f, 0.16f);
    private static readonly Vector3 Flush = new(0.80f, 0.50f, 0.43f);
    private static readonly Vector3 Shade = new(0.58f, 0.41f, 0.34f);
    private static readonly Vector3 MouthInside = new(0.30f, 0.12f, 0.11f);
    private static readonly Vector3 Sclera = new(0.88f, 0.85f, 0.83f);
    private static readonly Vector3 Iris = new(0.30f, 0.22f, 0.16f);
    private static readonly Vector3 Pupil = new(0.05f, 0.05f, 0.05f);

    /// <summary>Colours, [V], RGB in [0, 1].</summary>
    /// <param name="positions">[V], mm.</param>
    /// <param name="parts">[V].</param>
    /// <param name="landmarks">[68], mm.</param>
    public static ImmutableArray<Vector3> Albedo(ImmutableArray<Vector3> positions, ImmutableArray<IctPart> parts, Vector3[] landmarks)
    {
        var leftEye = Centre(positions, parts, IctPart.LeftEye);
        var rightEye = Centre(positions, parts, IctPart.RightEye);
        return
        [
            .. positions.Select((p, i) => parts[i] switch
            {
                IctPart.MouthSocket => MouthInside,
                IctPart.EyeSocket => Shade,
                IctPart.LeftEye => Eye(p - leftEye),
                IctPart.RightEye => Eye(p - rightEye),
                _ => Face(p, landmarks),
            }),
        ];
    }

    private static Vector3 Eye(Vector3 fromCentre)
    {
        var radius = MathF.Sqrt(fromCentre.X * fromCentre.X + fromCentre.Y * fromCentre.Y);
        if (fromCentre.Z < 0) return Sclera;
        var coloured = Vector3.Lerp(Iris, Sclera, Smooth(5.2f, 6.2f, radius));
        return Vector3.Lerp(Pupil, coloured, Smooth(1.8f, 2.6f, radius));
    }

    private static Vector3 Face(Vector3 p, Vector3[] landmarks)
    {
        var colour = Skin;
        foreach (var (inner, outer, ear, lip) in new[] { (31, 36, 2, 48), (35, 45, 14, 54) })
        {
            var cheek = (landmarks[inner] + landmarks[outer] + landmarks[ear] + landmarks[lip]) / 4;
            colour = Vector3.Lerp(colour, Flush, 0.35f * Bell(p, cheek, 16));
        }
        colour = Vector3.Lerp(colour, Flush, 0.3f * Bell(p, landmarks[30], 10));
        colour = Vector3.Lerp(colour, Shade, 0.35f * Bell(p, Middle(landmarks[36..42]), 11));
        colour = Vector3.Lerp(colour, Shade, 0.35f * Bell(p, Middle(landmarks[42..48]), 11));
        colour = Vector3.Lerp(colour, Shade, 0.8f * Bell(p, (landmarks[31] + landmarks[33]) / 2 + new Vector3(0, 1, -4), 3.5f));
        colour = Vector3.Lerp(colour, Shade, 0.8f * Bell(p, (landmarks[33] + landmarks[35]) / 2 + new Vector3(0, 1, -4), 3.5f));
        colour = Vector3.Lerp(colour, Hair, Scalp(p, landmarks));
        colour = Vector3.Lerp(colour, BrowHair, 0.85f * Brows(p, landmarks));
        return Vector3.Lerp(colour, Lip, Lips(p, landmarks));
    }

    // Above a hairline that falls from the top of the forehead, past the temples, to behind the ears and down to the nape.
    private static float Scalp(Vector3 p, Vector3[] landmarks)
    {
        var temple = (landmarks[0] + landmarks[16]) / 2;
        var forehead = landmarks[27].Y + 62;
        var behind = Math.Clamp((temple.Z + 10 - p.Z) / 45, 0, 1); // 0 in front of the ears, 1 well behind them
        var aside = Math.Clamp((MathF.Abs(p.X) - 45) / 30, 0, 1);
        var line = forehead - 25 * aside * (1 - behind) - behind * (forehead + 45 - temple.Y + 35);
        var ear = Smooth(70, 73, MathF.Abs(p.X)) * (1 - Smooth(temple.Y + 8, temple.Y + 20, p.Y));
        return Smooth(line - 4, line + 6, p.Y) * (1 - ear);
    }

    private static float Brows(Vector3 p, Vector3[] landmarks) => MathF.Max(
        Brow(p, landmarks[17..22]),
        Brow(p, [.. landmarks[22..27].Reverse()]));

    // Along the line from the outer end inwards, growing thicker.
    private static float Brow(Vector3 p, Vector3[] line)
    {
        var strongest = 0f;
        for (var i = 0; i + 1 < line.Length; i++)
        {
            var segment = line[i + 1] - line[i];
            var t = Math.Clamp(Vector3.Dot(p - line[i], segment) / segment.LengthSquared(), 0, 1);
            var thickness = 2.2f + 0.5f * (i + t);
            var distance = Vector3.Distance(p, line[i] + t * segment);
            strongest = MathF.Max(strongest, 1 - Smooth(0.6f * thickness, 1.4f * thickness, distance));
        }
        return strongest;
    }

    // Inside the outer contour of the lips as seen from the front.
    private static float Lips(Vector3 p, Vector3[] landmarks)
    {
        var contour = landmarks[48..60];
        if (MathF.Abs(p.Z - Middle(contour).Z) > 25) return 0;
        var (inside, nearest) = (false, float.PositiveInfinity);
        for (var i = 0; i < contour.Length; i++)
        {
            var (a, b) = (contour[i], contour[(i + 1) % contour.Length]);
            if (a.Y > p.Y != b.Y > p.Y && p.X < a.X + (b.X - a.X) * (p.Y - a.Y) / (b.Y - a.Y)) inside = !inside;
            var (start, edge) = (new Vector2(a.X, a.Y), new Vector2(b.X - a.X, b.Y - a.Y));
            var at = new Vector2(p.X, p.Y);
            var t = Math.Clamp(Vector2.Dot(at - start, edge) / edge.LengthSquared(), 0, 1);
            nearest = MathF.Min(nearest, Vector2.Distance(at, start + t * edge));
        }
        return Smooth(-1.5f, 1.5f, inside ? nearest : -nearest);
    }

    private static Vector3 Centre(ImmutableArray<Vector3> positions, ImmutableArray<IctPart> parts, IctPart part)
    {
        Vector3[] own = [.. positions.Where((_, i) => parts[i] == part)];
        return own.Length > 0 ? Middle(own) : Vector3.Zero;
    }

    private static Vector3 Middle(Vector3[] points) => points.Aggregate(Vector3.Zero, Vector3.Add) / points.Length;

    private static float Bell(Vector3 p, Vector3 centre, float width) =>
        MathF.Exp(-Vector3.DistanceSquared(p, centre) / (2 * width * width));

    private static float Smooth(float low, float high, float x)
    {
        var t = Math.Clamp((x - low) / (high - low), 0, 1);
        return t * t * (3 - 2 * t);
    }
}
