using System.Collections.Immutable;
using System.Numerics;
using static Fml.Model.HeadCurves;

namespace Fml.Model;

/// <summary>
/// The expressions: 51 of ARKit's 52 (the head has no tongue). Each is a smooth, local displacement written for the left side or for
/// both; the right one is its mirror image.
/// </summary>
internal static class HeadExpressions
{
    private delegate Vector3 Field(in HeadSite site);

    private static readonly (string Name, Field Field, float Deviation)[] Sided =
    [
        ("eyeBlink", HeadLids.Blink, 0.3f), ("eyeLookDown", HeadLids.LookDown, 0.2f), ("eyeLookIn", HeadLids.LookIn, 0.2f),
        ("eyeLookOut", HeadLids.LookOut, 0.2f), ("eyeLookUp", HeadLids.LookUp, 0.2f), ("eyeSquint", HeadLids.Squint, 0.2f),
        ("eyeWide", HeadLids.Wide, 0.2f),
        ("mouthSmile", HeadLips.Smile, 0.25f), ("mouthFrown", HeadLips.Frown, 0.15f), ("mouthDimple", HeadLips.Dimple, 0.15f),
        ("mouthStretch", HeadLips.Stretch, 0.15f), ("mouthPress", HeadLips.Press, 0.15f), ("mouthLowerDown", HeadLips.LowerDown, 0.2f),
        ("mouthUpperUp", HeadLips.UpperUp, 0.2f), ("browDown", BrowDown, 0.2f), ("browOuterUp", BrowOuterUp, 0.2f),
        ("cheekSquint", CheekSquint, 0.2f), ("noseSneer", NoseSneer, 0.15f),
    ];

    private static readonly (string Name, Field Field, float Deviation)[] Both =
    [
        ("jawForward", HeadJaw.Forward, 0.1f), ("jawLeft", HeadJaw.Left, 0.1f), ("jawOpen", HeadJaw.Open, 0.25f),
        ("mouthClose", HeadJaw.MouthClose, 0.1f),
        ("mouthFunnel", HeadLips.Funnel, 0.15f), ("mouthPucker", HeadLips.Pucker, 0.2f), ("mouthLeft", HeadLips.Left, 0.1f),
        ("mouthRollLower", HeadLips.RollLower, 0.15f), ("mouthRollUpper", HeadLips.RollUpper, 0.15f),
        ("mouthShrugLower", HeadLips.ShrugLower, 0.15f), ("mouthShrugUpper", HeadLips.ShrugUpper, 0.15f),
        ("browInnerUp", BrowInnerUp, 0.25f), ("cheekPuff", CheekPuff, 0.1f),
    ];

    /// <summary>All expressions on the sites of a mesh.</summary>
    public static ImmutableArray<Blendshape> Of(HeadSite[] sites, int[] mirror)
    {
        var all = new List<Blendshape>();
        foreach (var (name, field, deviation) in Sided)
        {
            var left = Evaluate(field, sites);
            all.Add(new(name + "Left", [.. left], deviation));
            all.Add(new(name + "Right", Mirrored(left, mirror), deviation));
        }
        foreach (var (name, field, deviation) in Both)
        {
            var offsets = Evaluate(field, sites);
            all.Add(new(name, [.. offsets], deviation));
            // Sideways movements are odd: their mirror image is the other direction.
            if (name.EndsWith("Left", StringComparison.Ordinal)) all.Add(new(name[..^4] + "Right", Mirrored(offsets, mirror), deviation));
        }
        return [.. all];
    }

    private static Vector3[] Evaluate(Field field, HeadSite[] sites) => Array.ConvertAll(sites, site => Settle(field(in site)));

    // Below a twentieth of a millimetre nothing moves, so that an expression stays where it is.
    private static Vector3 Settle(Vector3 offset) => offset.LengthSquared() < 2.5e-3f ? Vector3.Zero : offset;

    private static ImmutableArray<Vector3> Mirrored(Vector3[] offsets, int[] mirror) =>
        [.. mirror.Select(i => offsets[i] with { X = -offsets[i].X })];

    /// <summary>1 on the left side, 0 on the right, soft across the midline over the given width.</summary>
    internal static double OnLeft(in HeadSite site, double width = 6) => Step(-width, width, site.Bare.X);

    /// <summary>A bell around a place on the left of the face.</summary>
    internal static double Around(in HeadSite site, double x, double y, double width, double height) =>
        site.Front * Bell((site.Bare.X - x) / width, (site.Bare.Y - y) / height);

    /// <summary>A vector in mm, scaled.</summary>
    internal static Vector3 Move(double scale, double x, double y, double z) =>
        new((float)(scale * x), (float)(scale * y), (float)(scale * z));

    // Skin above the eye follows the brow, the lids do not.
    private static double AboveLids(in HeadSite site)
    {
        double dx = Math.Abs(site.Bare.X) - HeadEye.CentreX;
        return Step(3, 12, site.Bare.Y - HeadEye.Upper(dx));
    }

    private static Vector3 BrowDown(in HeadSite site) =>
        AboveLidsMove(site, Around(site, 20, 19, 15, 9), -1.5, -6.0, 0.8) + Move(Around(site, 6, 16, 5, 8) * OnLeft(site), -0.8, -2.2, 0.9);

    private static Vector3 BrowOuterUp(in HeadSite site) => AboveLidsMove(site, Around(site, 42, 21, 13, 13), 0.4, 7.0, 0.3);

    private static Vector3 BrowInnerUp(in HeadSite site)
    {
        double ax = Math.Abs(site.Bare.X), weight = site.Front * Bell((ax - 11) / 11, (site.Bare.Y - 21) / 13);
        return AboveLidsMove(site, weight, Math.Sign(site.Bare.X) * -1.0 * Step(2, 10, ax), 7.0, 0.6);
    }

    private static Vector3 AboveLidsMove(in HeadSite site, double weight, double x, double y, double z) =>
        Move(weight * AboveLids(site), x, y, z);

    private static Vector3 CheekPuff(in HeadSite site)
    {
        double ax = Math.Abs(site.Bare.X), y = site.Bare.Y, sign = Math.Sign(site.Bare.X);
        double cheek = site.Front * Bell((ax - 42) / 13, (y + 62) / 15), lips = site.Front * Bell(ax / 24, (Math.Abs(y + 71) - 14) / 7);
        double outside = 1 - Step(0, 0.4, site.Mouth.Inner);
        return Move(cheek * outside, 8.0 * sign, 0, 6.5) + Move(lips * outside, 0, 0, 3.0);
    }

    private static Vector3 CheekSquint(in HeadSite site)
    {
        double below = Step(-2, 6, HeadEye.Lower(site.Bare.X - HeadEye.CentreX) - site.Bare.Y);
        return Move(Around(site, 38, -24, 14, 10) * below, 0.3, 5.0, 2.2);
    }

    private static Vector3 NoseSneer(in HeadSite site)
    {
        double left = OnLeft(site, 5);
        return Move(Around(site, 13, -44, 7, 8) * left, 1.0, 5.0, -0.3)
            + Move(Around(site, 9, -18, 6, 9) * left, -0.3, 2.2, 1.2)
            + Move(Around(site, 15, -60, 9, 7) * left * HeadLips.UpperShare(site), 0.5, 3.0, 0.3);
    }
}
