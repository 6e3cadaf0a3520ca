using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>
/// What is around a face in footage and in no face model: hair, the back of the head, neck and shoulders. It moves with the head or the
/// trunk, casts its
/// silhouette and hides what lies behind it, so that outlines are no easier than in real pictures.
/// </summary>
/// <param name="Head">Hair and head, moving with the head.</param>
/// <param name="Trunk">Neck and shoulders, turning less than the head.</param>
/// <param name="Neck">Where they join: the point that moves with both.</param>
internal sealed record Surroundings(SceneMesh Head, SceneMesh Trunk, Vector3 Neck)
{
    /// <summary>Makes a person's surroundings around the neutral face.</summary>
    /// <param name="random">Source of chance.</param>
    /// <param name="landmarks">The 68 landmarks on the neutral face, mm.</param>
    /// <param name="skin">Colour of the skin.</param>
    /// <param name="hair">Colour of the hair.</param>
    /// <param name="iris">Colour of the iris.</param>
    public static Surroundings Draw(Random random, ImmutableArray<Vector3> landmarks, Vector3 skin, Vector3 hair, Vector3 iris)
    {
        var frame = HeadFrame.Of(landmarks);
        return new Surroundings(
            SceneMesh.Join(DrawHead(random, frame, skin, hair), Inside(landmarks, iris)), DrawTrunk(random, frame, skin),
            new Vector3(frame.Centre.X, frame.Chin.Y - 20, frame.Centre.Z - 25));
    }

    // Sizes of a head that its landmarks tell. mm.
    private readonly record struct HeadFrame(Vector3 Centre, float HalfWidth, float Forehead, float BrowHeight, Vector3 Chin)
    {
        public static HeadFrame Of(ImmutableArray<Vector3> landmarks)
        {
            var (right, left) = (landmarks[0], landmarks[16]);
            var brow = (landmarks[19] + landmarks[24]) / 2;
            var centre = new Vector3((right.X + left.X) / 2, brow.Y + 4, (right.Z + left.Z) / 2 - 4);
            var bridge = landmarks[27];
            return new HeadFrame(centre, (left.X - right.X) / 2, bridge.Z - centre.Z + 4, brow.Y - centre.Y, landmarks[8]);
        }
    }

    // A closed ball around the skull; where hair grows it stands off the head, elsewhere it withdraws below the face.
    private static SceneMesh DrawHead(Random random, HeadFrame frame, Vector3 skin, Vector3 hair)
    {
        const float Degree = MathF.PI / 180;
        var bald = random.Happens(0.07f);
        var thickness = bald ? 0 : random.Between(4, 16);
        var height = 88 + random.Normal(0, 4);
        var depth = frame.Forehead + random.Normal(0, 2);
        var hairline = random.Normal(40, 5) * Degree;
        var reach = random.Between(62, 88) * Degree; // how far to the front the hair comes at the sides
        var isLong = !bald && random.Happens(0.45f);
        var nape = isLong ? random.Between(-75, -50) * Degree : random.Between(-35, -10) * Degree;
        var waves = SmoothField.Draw(random, 18, 60, 8);
        var strands = SmoothField.Draw(random, 7, 20, 8);

        // Elevation above which hair grows, for an azimuth from the front.
        float HairStart(float azimuth)
        {
            var side = SmoothStep(0.55f * reach, reach, MathF.Abs(azimuth));
            return hairline + (nape - hairline) * side;
        }

        Vector3 Point(float u, float v)
        {
            var (azimuth, elevation) = ((u - 0.5f) * 2 * MathF.PI, (0.5f - v) * MathF.PI);
            var grown = bald ? 0 : SmoothStep(-5 * Degree, 7 * Degree, elevation - HairStart(azimuth));
            var (high, level) = MathF.SinCos(elevation);
            var direction = new Vector3(MathF.Sin(azimuth) * level, high, MathF.Cos(azimuth) * level);
            var below = MathF.Max(0, -direction.Y);
            var radii = new Vector3(frame.HalfWidth - 1, height, direction.Z > 0 ? depth : 98);
            var shape = radii * direction * (1 - 0.15f * below);
            var front = MathF.Max(0, direction.Z);
            var bare = 0.80f - 0.10f * front * below; // inside the face, which covers it
            var covered = 1 + thickness / 90 * (1 + 0.25f * waves.ScalarAt(shape));
            var hanging = isLong ? new Vector3(0, -30 * below * (1 - front), 0) : Vector3.Zero;
            var bareScale = float.Lerp(bare, bald ? 0.985f : 0.9f, SmoothStep(20 * Degree, 50 * Degree, elevation));
            return frame.Centre + shape * float.Lerp(bareScale, covered, grown) + grown * hanging;
        }

        Vector3 Colour(Vector3 place, float u, float v)
        {
            var (azimuth, elevation) = ((u - 0.5f) * 2 * MathF.PI, (0.5f - v) * MathF.PI);
            var grown = bald ? 0 : SmoothStep(-3 * Degree, 5 * Degree, elevation - HairStart(azimuth));
            var strand = hair * (1 + 0.22f * strands.ScalarAt(place * new Vector3(1.6f, 0.5f, 1.6f)));
            return Vector3.Clamp(Vector3.Lerp(skin, strand, grown), Vector3.Zero, Vector3.One);
        }

        return SceneMesh.Around(44, 30, Point, Colour);
    }

    // What shows through openings of templates that are open at eyes and mouth; hidden in those that are closed.
    private static SceneMesh Inside(ImmutableArray<Vector3> landmarks, Vector3 iris)
    {
        Vector3 Middle(int first, int count) =>
            Enumerable.Range(first, count).Aggregate(Vector3.Zero, (sum, i) => sum + landmarks[i]) / count;

        SceneMesh Eye(int first)
        {
            var centre = Middle(first, 6) - new Vector3(0, 0, 13.5f);
            return Ball(centre, new Vector3(10.5f), place =>
            {
                var aside = new Vector2(place.X - centre.X, place.Y - centre.Y).Length();
                return aside > 5.5f ? new Vector3(0.80f, 0.78f, 0.76f) : aside > 2.3f ? iris : new Vector3(0.04f);
            });
        }

        var mouth = Middle(48, 12) - new Vector3(0, 0, 26);
        return SceneMesh.Join(Eye(36), Eye(42), Ball(mouth, new Vector3(20, 14, 13), _ => new Vector3(0.13f, 0.05f, 0.05f)));
    }

    private static SceneMesh Ball(Vector3 centre, Vector3 radii, Func<Vector3, Vector3> colour) => SceneMesh.Around(20, 20,
        (u, v) =>
        {
            // The pole looks forward, so that rings around it make round pupils.
            var ((up, right), (ring, forward)) = (MathF.SinCos(u * 2 * MathF.PI), MathF.SinCos(v * MathF.PI));
            return centre + radii * new Vector3(right * ring, up * ring, forward);
        },
        (place, _, _) => colour(place));

    private static SceneMesh DrawTrunk(Random random, HeadFrame frame, Vector3 skin)
    {
        var neckRadius = frame.HalfWidth * random.Between(0.58f, 0.68f);
        var top = frame.Chin.Y - 2;
        var shoulder = frame.Chin.Y - random.Between(75, 110);
        var axis = frame.Centre.Z - 26;
        var cloth = new Vector3(random.NextSingle(), random.NextSingle(), random.NextSingle()) * random.Between(0.25f, 0.9f);
        var folds = SmoothField.Draw(random, 30, 90, 6);
        var neckline = random.Between(0.35f, 0.75f);

        float Girth(float v) => 0.45f + 0.5f * SmoothStep(0, 0.35f, v) + 0.25f * v * v; // its upper end hides inside the head
        var neck = SceneMesh.Around(20, 12,
            (u, v) => new Vector3(
                frame.Centre.X + neckRadius * Girth(v) * MathF.Sin((u - 0.5f) * 2 * MathF.PI),
                float.Lerp(top, shoulder, v),
                axis + neckRadius * Girth(v) * MathF.Cos((u - 0.5f) * 2 * MathF.PI)),
            (_, _, v) => v > neckline + 0.25f ? cloth : skin * 0.88f);
        var breadth = random.Between(170, 225);
        var shoulders = SceneMesh.Around(28, 12,
            (u, v) =>
            {
                var (azimuth, elevation) = ((u - 0.5f) * 2 * MathF.PI, (0.5f - v) * MathF.PI);
                return new Vector3(
                    frame.Centre.X + breadth * MathF.Sin(azimuth) * MathF.Cos(elevation),
                    shoulder - 85 + 95 * MathF.Sin(elevation),
                    axis + 85 * MathF.Cos(azimuth) * MathF.Cos(elevation));
            },
            (place, _, _) => Vector3.Clamp(cloth * (1 + 0.12f * folds.ScalarAt(place)), Vector3.Zero, Vector3.One));
        return SceneMesh.Join(neck, shoulders);
    }

    private static float SmoothStep(float from, float to, float x)
    {
        var t = Math.Clamp((x - from) / (to - from), 0, 1);
        return t * t * (3 - 2 * t);
    }
}
