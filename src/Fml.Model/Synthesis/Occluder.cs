using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>
/// Something in front of a face: a hand, glasses, or strands of hair. It moves with the head, a hand a little on its own; no model explains it.
/// </summary>
/// <param name="Mesh">In the head's space, mm.</param>
/// <param name="Sway">How it moves beside that, mm; null for what sits still.</param>
internal sealed record Occluder(SceneMesh Mesh, (SmoothSignal X, SmoothSignal Y)? Sway)
{
    private const float SwayMillimetres = 4, Degree = MathF.PI / 180;

    /// <summary>Draws one of the kinds, each as likely.</summary>
    /// <param name="random">Source of chance.</param>
    /// <param name="landmarks">The 68 landmarks on the person's neutral face, mm.</param>
    /// <param name="look">The person's colours.</param>
    public static Occluder Draw(Random random, ImmutableArray<Vector3> landmarks, PersonLook look) => random.Next(3) switch
    {
        0 => Hand(random, landmarks, look.Skin),
        1 => Glasses(random, landmarks),
        _ => Hair(random, landmarks, look.Hair),
    };

    /// <summary>Where it is at a time, relative to the head.</summary>
    public Vector3 OffsetAt(double time) =>
        Sway is { } sway ? SwayMillimetres * new Vector3(sway.X.At(time), sway.Y.At(time), 0) : Vector3.Zero;

    /// <summary>A hand with its back to the camera, at a cheek, the chin or the mouth, fingers up.</summary>
    public static Occluder Hand(Random random, ImmutableArray<Vector3> landmarks, Vector3 skin)
    {
        var side = random.Happens(0.5f) ? 1 : -1;
        var at = landmarks[random.Next(3) switch { 0 => 8, 1 => 57, _ => side > 0 ? 12 : 4 }];
        SceneMesh Finger(float x, float length, float lean, float radius)
        {
            var root = new Vector3(side * x, 40, 0);
            var joint = root + 0.5f * length * new Vector3(side * MathF.Sin(lean), MathF.Cos(lean), 0.05f);
            var tip = joint + 0.5f * length * new Vector3(side * MathF.Sin(lean), MathF.Cos(lean), -0.30f);
            return SceneMesh.Join(
                SceneShapes.Rod(root, joint, radius, 0.92f * radius, skin), SceneShapes.Rod(joint, tip, 0.92f * radius, 0.75f * radius, skin));
        }

        var spread = random.Between(0.6f, 1.4f);
        var hand = SceneMesh.Join(
            SceneShapes.Ellipsoid(Vector3.Zero, new Vector3(41, 50, 13), skin),
            Finger(-29, 62, -0.16f * spread, 8.5f), Finger(-10, 74, -0.05f * spread, 9), Finger(10, 70, 0.05f * spread, 9),
            Finger(28, 54, 0.18f * spread, 7.5f),
            SceneShapes.Rod(new Vector3(-side * 30, -18, 0), new Vector3(-side * 58, 14, 2), 12, 10, skin),
            SceneShapes.Rod(new Vector3(-side * 58, 14, 2), new Vector3(-side * 63, 42, -2), 10, 8, skin),
            SceneShapes.Rod(new Vector3(0, -35, -2), new Vector3(side * 12, -260, -20), 27, 38, skin));
        var turn = Quaternion.CreateFromAxisAngle(Vector3.UnitZ, side * random.Between(-10, 40) * Degree)
            * Quaternion.CreateFromAxisAngle(Vector3.UnitX, random.Between(-12, 8) * Degree);
        var place = at + new Vector3(random.Normal(0, 10), -38 + random.Normal(0, 10), 24);
        return new Occluder(hand.Placed(turn, place), (SmoothSignal.Draw(random, 1.5f, 6), SmoothSignal.Draw(random, 1.5f, 6)));
    }

    /// <summary>Glasses that fit between brows and cheeks, some with dark lenses.</summary>
    public static Occluder Glasses(Random random, ImmutableArray<Vector3> landmarks)
    {
        Vector3 Eye(int first) => Enumerable.Range(first, 6).Aggregate(Vector3.Zero, (sum, i) => sum + landmarks[i]) / 6;
        var (right, left) = (Eye(36), Eye(42));
        var front = Math.Max(landmarks[17..27].Max(p => p.Z), landmarks[27].Z) + 5;
        var half = (left.X - right.X) / 2;
        var radii = new Vector2(half * random.Between(0.74f, 0.86f), half * random.Between(0.52f, 0.80f));
        var wire = random.Between(1.2f, 3);
        var frame = random.Next(3) switch
        {
            0 => new Vector3(random.Between(0.03f, 0.12f)),
            1 => new Vector3(0.35f, 0.2f, 0.1f) * random.Between(0.5f, 1.3f),
            _ => new Vector3(0.7f, 0.62f, 0.45f),
        };
        var dark = random.Happens(0.35f);
        SceneMesh Side(Vector3 eye, Vector3 ear, int side)
        {
            var centre = new Vector3(eye.X, eye.Y - 3, front);
            var outer = centre + new Vector3(side * radii.X, 0.35f * radii.Y, 0);
            var parts = new List<SceneMesh>
            {
                SceneShapes.Ring(centre, radii, wire, frame),
                SceneShapes.Rod(outer, new Vector3(ear.X + side * 4, outer.Y + 2, ear.Z - 30), wire, wire, frame),
            };
            if (dark) parts.Add(SceneShapes.Ellipsoid(centre, new Vector3(radii, 1), new Vector3(0.06f, 0.06f, 0.07f)));
            return SceneMesh.Join([.. parts]);
        }

        var bridge = SceneShapes.Rod(
            new Vector3(right.X + radii.X, right.Y, front), new Vector3(left.X - radii.X, left.Y, front), wire, wire, frame);
        return new Occluder(SceneMesh.Join(Side(right, landmarks[0], -1), Side(left, landmarks[16], 1), bridge), null);
    }

    /// <summary>Strands of hair over the forehead or down one cheek.</summary>
    public static Occluder Hair(Random random, ImmutableArray<Vector3> landmarks, Vector3 hair)
    {
        var halfWidth = (landmarks[16].X - landmarks[0].X) / 2;
        var bridge = landmarks[27];
        var middle = (landmarks[0].X + landmarks[16].X) / 2;
        float Front(float x) => bridge.Z + 9 - 48 * (x - middle) * (x - middle) / (halfWidth * halfWidth);
        var fringe = random.Happens(0.6f);
        var side = random.Happens(0.5f) ? 1 : -1;
        var top = landmarks[19].Y + 52;
        var strands = Enumerable.Range(0, fringe ? 26 : 15).Select(i =>
        {
            var colour = Vector3.Clamp(hair * random.Between(0.75f, 1.25f), Vector3.Zero, Vector3.One);
            var root = middle + (fringe ? random.Between(-0.75f, 0.75f) : side * random.Between(0.62f, 0.95f)) * halfWidth;
            var end = root + (fringe ? random.Normal(0, 8) : side * random.Between(-10, 4));
            var low = fringe ? landmarks[37].Y + random.Normal(6, 9) : landmarks[54].Y + random.Normal(0, 18);
            var knee = new Vector3((root + end) / 2, (top + low) / 2, Front((root + end) / 2) + 4);
            var tip = new Vector3(end, low, (fringe ? Front(end) : Front(end) - 6) + 3);
            return SceneMesh.Join(
                SceneShapes.Rod(new Vector3(root, top, Front(root) - 12), knee, 4, 3.6f, colour), SceneShapes.Rod(knee, tip, 3.6f, 1.2f, colour));
        });
        return new Occluder(SceneMesh.Join([.. strands]), null);
    }
}
