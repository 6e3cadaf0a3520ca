using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>
/// Where on a template the face has lips, brows, beard, eyes and blood: one mask per region, [V] each in [0, 1], found from the landmarks
/// alone, so that
/// it serves any template. A person's albedo is these masks filled with that person's colours.
/// </summary>
internal sealed class FacePaint
{
    private readonly FaceTemplate template;
    private readonly float[] lips;
    private readonly float[] brows;
    private readonly float[] beard;
    private readonly float[] flush;
    private readonly float[] eyeWhite;
    private readonly float[] iris;
    private readonly float[] pupil;
    private readonly float[] dark;
    private readonly float[] scalp;

    /// <summary>Finds the regions of a template.</summary>
    public FacePaint(FaceTemplate template)
    {
        this.template = template;
        var landmarks = template.Landmarks.Select(l => l.On(template.Positions.AsSpan())).ToArray();
        var flat = landmarks.Select(p => new Vector2(p.X, p.Y)).ToArray();
        // Millimetres of a face whose outer eye corners are 90 mm apart.
        var unit = Vector2.Distance(flat[36], flat[45]) / 90;
        var positions = template.Positions;
        float[] Mask(Func<Vector3, float> mask) => [.. positions.Select(p => Math.Clamp(mask(p), 0, 1))];
        Vector2 Flat(Vector3 p) => new(p.X, p.Y);
        float Fade(float distance, float from, float to) => SmoothStep(to * unit, from * unit, distance);

        var mouthDepth = Enumerable.Range(48, 12).Min(i => landmarks[i].Z) - 6 * unit;
        lips = Mask(p => p.Z < mouthDepth ? 0 : Fade(OutsidePolygon(Flat(p), flat.AsSpan(48, 12)), -1.2f, 1.4f));

        var browDepth = MathF.Min(landmarks[17].Z, landmarks[26].Z) - 8 * unit;
        brows = Mask(p => p.Z < browDepth ? 0 : MathF.Max(
            Brow(Flat(p), flat.AsSpan(17, 5), true, unit), Brow(Flat(p), flat.AsSpan(22, 5), false, unit)));

        var centreX = flat[33].X;
        var mouthHalf = Vector2.Distance(flat[48], flat[54]) / 2;
        var earHeight = (flat[1].Y + flat[15].Y) / 2;
        beard = Mask(p =>
        {
            var x = MathF.Abs(p.X - centreX);
            var cheek = SmoothStep(0.6f * mouthHalf, 1.5f * mouthHalf, x);
            var side = SmoothStep(1.7f * mouthHalf, 2.9f * mouthHalf, x);
            var line = float.Lerp(float.Lerp(flat[33].Y - 4 * unit, flat[48].Y - 2 * unit, cheek), earHeight, side);
            return p.Z < landmarks[0].Z - 10 * unit ? 0 : SmoothStep(line + 6 * unit, line - 12 * unit, p.Y);
        });

        var rightCheek = Vector3.Lerp(landmarks[31], landmarks[2], 0.38f);
        var leftCheek = Vector3.Lerp(landmarks[35], landmarks[14], 0.38f);
        float Bump(Vector3 p, Vector3 centre, float radius) =>
            MathF.Exp(-Vector2.DistanceSquared(Flat(p), Flat(centre)) / (2 * radius * radius * unit * unit));
        flush = Mask(p => MathF.Max(0.9f * Bump(p, landmarks[30], 10), MathF.Max(Bump(p, rightCheek, 15), Bump(p, leftCheek, 15))));

        var eyes = new[] { flat[36..42], flat[42..48] };
        eyeWhite = Mask(p => p.Z < browDepth - 12 * unit ? 0 : eyes.Max(eye => Fade(OutsidePolygon(Flat(p), eye), -1.0f, 0.3f)));
        var pupils = eyes.Select(eye => (eye[0] + eye[3]) / 2 + new Vector2(0, 0.6f * unit)).ToArray();
        iris = Mask(p => pupils.Max(c => Fade(Vector2.Distance(Flat(p), c), 5.0f, 6.6f)));
        pupil = Mask(p => pupils.Max(c => Fade(Vector2.Distance(Flat(p), c), 1.6f, 3.4f)));
        (dark, scalp) = DarkPlaces(landmarks, unit);
    }

    // Where the template itself is much darker than its skin: inside the mouth, in nostrils and lashes, or, away from the face, under hair.
    private (float[] Dark, float[] Scalp) DarkPlaces(Vector3[] landmarks, float unit)
    {
        static float Lightness(Vector3 colour) => (colour.X + colour.Y + colour.Z) / 3;
        var (inner, hairy) = (new float[template.VertexCount], new float[template.VertexCount]);
        var lightness = template.Albedo.Select(Lightness).ToArray();
        var region = template.EvaluationRegion.Select(i => lightness[i]).Order().ToArray();
        var usual = region[(int)(0.6f * region.Length)];
        var (left, right) = (landmarks[16].X - 4 * unit, landmarks[0].X + 4 * unit);
        var (lids, bottom) = (MathF.Max(landmarks[37].Y, landmarks[44].Y) + 3 * unit, landmarks[8].Y - 5 * unit);
        for (var i = 0; i < inner.Length; i++)
        {
            var (p, darkness) = (template.Positions[i], SmoothStep(0.78f * usual, 0.5f * usual, lightness[i]));
            var onFace = p.X < left && p.X > right && p.Y > bottom && p.Z > landmarks[0].Z + 12 * unit;
            if (onFace && p.Y < lids) inner[i] = darkness;
            if (!onFace || p.Y > landmarks[19].Y + 22 * unit) hairy[i] = darkness;
        }
        return (inner, hairy);
    }

    /// <summary>Draws one person's look.</summary>
    public PersonLook Draw(Random random)
    {
        var melanin = 0.97f * MathF.Pow(random.NextSingle(), 1.35f);
        var blood = random.Normal(0, 0.14f);
        var hair = SkinPalette.Hair(random, melanin);
        var irisColour = SkinPalette.Iris(random, melanin);
        var browStrength = random.Between(0.3f, 0.85f);
        var beardStrength = random.Happens(0.3f) ? random.Between(0.12f, 0.75f) : 0;
        var lipBlood = random.Between(0.35f, 1.1f);
        var flushStrength = random.Between(0.05f, 0.4f);
        var blotches = SmoothField.Draw(random, 14, 70, 16);
        var freckles = SmoothField.Draw(random, 7, 16, 16);
        var freckleStrength = random.Happens(0.25f) ? random.Between(0.02f, 0.06f) : 0.012f;
        var stubble = SmoothField.Draw(random, 12, 40, 10);
        var places = template.Positions.AsSpan();
        var (blotchAt, freckleAt) = (blotches.At(places), freckles.At(places));
        var stubbleAt = beardStrength > 0 ? stubble.At(places) : new Vector3[places.Length];

        var albedo = new Vector3[template.VertexCount];
        for (var i = 0; i < albedo.Length; i++)
        {
            var blotch = blotchAt[i];
            var skin = SkinPalette.Skin(
                melanin + 0.025f * blotch.X + freckleStrength * freckleAt[i].X + 0.05f * lips[i],
                blood + 0.10f * blotch.Y + flushStrength * flush[i] + lipBlood * lips[i]);
            var bearded = beardStrength * beard[i] * (1 - lips[i]) * Math.Clamp(1 + 0.25f * stubbleAt[i].X, 0, 1);
            var colour = Vector3.Lerp(skin, Vector3.Lerp(skin, hair, 0.85f), bearded);
            colour = Vector3.Lerp(colour, Vector3.Min(hair, 1.05f * skin), browStrength * brows[i]);
            colour = Vector3.Lerp(colour, hair, scalp[i]);
            colour = Vector3.Lerp(colour, Vector3.Min(template.Albedo[i], colour), dark[i] * (1 - bearded));
            var eye = Vector3.Lerp(Vector3.Lerp(new Vector3(0.80f, 0.78f, 0.76f), irisColour, iris[i]), new Vector3(0.04f), pupil[i]);
            albedo[i] = Vector3.Clamp(Vector3.Lerp(colour, eye, eyeWhite[i]), Vector3.Zero, Vector3.One);
        }
        return new PersonLook(albedo, SkinPalette.Skin(melanin, blood), hair, irisColour);
    }

    private static float Brow(Vector2 p, ReadOnlySpan<Vector2> line, bool outerFirst, float unit)
    {
        var best = 0f;
        for (var i = 0; i + 1 < line.Length; i++)
        {
            var (distance, along) = ToSegment(p, line[i], line[i + 1]);
            var outer = (i + along) / (line.Length - 1); // 0 to 1 along the brow
            if (outerFirst) outer = 1 - outer;
            var halfWidth = unit * float.Lerp(3.1f, 1.5f, outer);
            best = MathF.Max(best, SmoothStep(halfWidth + 1.8f * unit, halfWidth - 1.2f * unit, distance));
        }
        return best;
    }

    private static (float Distance, float Along) ToSegment(Vector2 p, Vector2 a, Vector2 b)
    {
        var edge = b - a;
        var along = Math.Clamp(Vector2.Dot(p - a, edge) / MathF.Max(edge.LengthSquared(), 1e-9f), 0, 1);
        return (Vector2.Distance(p, a + along * edge), along);
    }

    // Signed distance to a closed polygon, negative inside.
    private static float OutsidePolygon(Vector2 p, ReadOnlySpan<Vector2> polygon)
    {
        var nearest = float.PositiveInfinity;
        var inside = false;
        for (int i = 0, j = polygon.Length - 1; i < polygon.Length; j = i++)
        {
            var (a, b) = (polygon[i], polygon[j]);
            nearest = MathF.Min(nearest, ToSegment(p, a, b).Distance);
            if (a.Y > p.Y != b.Y > p.Y && p.X < (b.X - a.X) * (p.Y - a.Y) / (b.Y - a.Y) + a.X) inside = !inside;
        }
        return inside ? -nearest : nearest;
    }

    private static float SmoothStep(float from, float to, float x)
    {
        var t = Math.Clamp((x - from) / (to - from), 0, 1);
        return t * t * (3 - 2 * t);
    }
}

/// <summary>The colours of one person: albedo [V] and the colours of what surrounds the face, sRGB in [0, 1].</summary>
internal sealed record PersonLook(Vector3[] Albedo, Vector3 Skin, Vector3 Hair, Vector3 Iris);
