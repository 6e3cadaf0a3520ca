using System.Numerics;
using static Fml.Model.HeadCurves;
using static Fml.Model.HeadExpressions;

namespace Fml.Model;

/// <summary>Expressions of the mouth.</summary>
internal static class HeadLips
{
    private const double CornerX = 26, CornerY = -72;

    /// <summary>1 on the lower lip and below, 0 on the upper lip and above; between the two it passes over around and beyond the
    /// corners.</summary>
    public static double LowerShare(in HeadSite site)
    {
        double ax = Math.Abs(site.Bare.X), u = ax / HeadMouth.HalfWidth, height = site.Mouth.Side * site.Mouth.Height;
        double far = 0.5 - 0.5 * Math.Tanh((site.Bare.Y - HeadMouth.Line(ax)) / (7 + 12 * Math.Max(0, u - 1)));
        if (u >= 1) return far;
        double slit = 1 - u * u * u * u;
        double above = Math.Max(slit, Math.Tanh(Math.Abs(site.Bare.Y - HeadMouth.Line(ax)) / 7));
        // The curtain of skin behind the upper lip hangs down to the floor of the mouth and goes with it.
        double curtain = site.Mouth.Side > 0 ? Step(0.55, 1, site.Mouth.Inner) * slit : 0;
        return height > 0 || (height == 0 && site.Mouth.Side > 0) ? Math.Max(curtain, 0.5 - 0.5 * above) : 0.5 + 0.5 * above;
    }

    /// <summary>1 on the upper lip and above.</summary>
    public static double UpperShare(in HeadSite site) => 1 - LowerShare(site);

    /// <summary>The corner goes out, up and back, the cheek rises.</summary>
    public static Vector3 Smile(in HeadSite site)
    {
        double left = OnLeft(site, 9);
        double lips = Around(site, CornerX, CornerY, 15, 11) * left;
        return Move(lips, 6.5, 6.5, -3.2) + Move(Around(site, 38, -42, 13, 13) * left, 1.2, 3.4, 3.0)
            + Move(Around(site, 15, -52, 9, 7) * left, 1.2, 1.2, 0);
    }

    /// <summary>The corner goes down.</summary>
    public static Vector3 Frown(in HeadSite site)
    {
        double left = OnLeft(site, 9);
        return Move(Around(site, CornerX, CornerY - 3, 11, 11) * left, 0.4, -6.5, -0.8)
            + Move(Around(site, 18, -95, 12, 8) * left, 0, 1.6, 0.8);
    }

    /// <summary>The corner is drawn straight back.</summary>
    public static Vector3 Dimple(in HeadSite site)
    {
        double left = OnLeft(site, 9);
        return Move(Around(site, CornerX + 2, CornerY, 10, 8) * left, 4.2, 0.6, -3.6)
            + Move(Around(site, 40, -66, 8, 14) * left, 1.0, 0, 1.2);
    }

    /// <summary>The corner is pulled out and down, the lower lip tightens.</summary>
    public static Vector3 Stretch(in HeadSite site)
    {
        double left = OnLeft(site, 9);
        return Move(Around(site, CornerX + 1, CornerY - 6, 14, 14) * left, 6.0, -3.2, -2.0)
            + Move(Around(site, 14, -82, 10, 7) * left * LowerShare(site), 2.4, -2.0, -1.0);
    }

    /// <summary>The lips are pressed together on one side.</summary>
    public static Vector3 Press(in HeadSite site)
    {
        double left = OnLeft(site, 9), side = UpperShare(site) - LowerShare(site), near = Bell((site.Mouth.Height - 5) / 4) * Outside(site);
        return Move(Around(site, 16, -71, 11, 14) * left * near, 0, -2.0 * side, -1.8)
            + Move(Around(site, CornerX + 1, CornerY, 7, 8) * left, 1.2, 1.4, -1.4);
    }

    /// <summary>The lower lip is drawn down on one side.</summary>
    public static Vector3 LowerDown(in HeadSite site) =>
        Move(Around(site, 12, -78, 10, 12) * OnLeft(site, 9) * Clear(LowerShare(site)) * Away(site), 1.0, -7.0, -0.6);

    /// <summary>The upper lip is raised on one side.</summary>
    public static Vector3 UpperUp(in HeadSite site) =>
        Move(Around(site, 12, -65, 10, 11) * OnLeft(site, 9) * Clear(UpperShare(site)), 0.8, 6.0, 0.2)
            + Move(Around(site, 16, -48, 7, 8) * OnLeft(site, 6), 0.4, 1.4, 0.6);

    /// <summary>The lips form an open ring.</summary>
    public static Vector3 Funnel(in HeadSite site)
    {
        double ax = Math.Abs(site.Bare.X), sign = Math.Sign(site.Bare.X), u = Math.Min(1, ax / HeadMouth.HalfWidth);
        double ring = site.Front * Bell(ax / 22, (site.Bare.Y + 71.5) / 15), side = Clear(UpperShare(site)) - 1.25
            * Clear(LowerShare(site));
        double open = (1 - u * u) * Outside(site);
        return Move(ring, -0.27 * ax * sign, 0, 6.0 * Outside(site))
            + Move(site.Front * open * Bell(site.Mouth.Height / 12), 0, 4.6 * side, 1.0);
    }

    /// <summary>The lips are drawn together and forward.</summary>
    public static Vector3 Pucker(in HeadSite site)
    {
        double ax = Math.Abs(site.Bare.X), sign = Math.Sign(site.Bare.X);
        double ring = site.Front * Bell(ax / 26, (site.Bare.Y + 72) / 15);
        double side = UpperShare(site) - LowerShare(site), full = Bell((site.Mouth.Height - 5) / 4, ax / 14) * Outside(site);
        return Move(ring, -0.36 * ax * sign, 0, 7.0 * Bell(ax / 22)) + Move(site.Front * full, 0, 1.2 * side, 0.8);
    }

    /// <summary>The mouth goes to the left.</summary>
    public static Vector3 Left(in HeadSite site) => Move(site.Front * Bell(site.Bare.X / 24, (site.Bare.Y + 73) / 14), 6.5, 0, -0.2)
        + Move(Around(site, CornerX + 4, CornerY, 10, 12), 0.6, 0.8, -1.8);

    /// <summary>The lower lip is rolled inwards.</summary>
    public static Vector3 RollLower(in HeadSite site) => Roll(site, LowerShare(site), 3.6);

    /// <summary>The upper lip is rolled inwards.</summary>
    public static Vector3 RollUpper(in HeadSite site) => Roll(site, UpperShare(site), -3.0);

    /// <summary>The chin pushes the lower lip up.</summary>
    public static Vector3 ShrugLower(in HeadSite site)
    {
        double ax = Math.Abs(site.Bare.X);
        return Move(site.Front * Bell(ax / 19, (site.Bare.Y + 86) / 12) * Clear(LowerShare(site)), 0, 4.4, 2.2)
            + Move(site.Front * Bell(ax / 15, (site.Bare.Y + 103) / 9), 0, 3.0, -0.6)
            + Move(site.Front * Bell(ax / 18, (site.Bare.Y + 63) / 6) * UpperShare(site), 0, 2.0, 0.4);
    }

    /// <summary>The upper lip is pushed up and forward.</summary>
    public static Vector3 ShrugUpper(in HeadSite site) =>
        Move(site.Front * Bell(Math.Abs(site.Bare.X) / 19, (site.Bare.Y + 64) / 8) * Clear(UpperShare(site)), 0, 3.6, 2.4);

    private static Vector3 Roll(in HeadSite site, double share, double up)
    {
        double ax = Math.Abs(site.Bare.X), u = Math.Min(1, ax / HeadMouth.HalfWidth), red = HeadMouth.Vermilion(site.Mouth.Side, ax);
        double lip = site.Front * (1 - u * u) * Clear(share) * Bell((site.Mouth.Height - 0.3 * red) / 5.5) * Outside(site);
        double below = Bell((site.Mouth.Height - 0.9 * red) / 4.5);
        return Move(lip, 0, up * below, -4.2 * Bell(site.Mouth.Height / 6));
    }

    // Full on one lip, nothing on the other, so that a lip's own movement parts the slit.
    private static double Clear(double share) => Step(0.35, 0.9, share);

    private static double Away(in HeadSite site) => 1 - 0.75 * Step(0.3, 1, site.Mouth.Inner);

    private static double Outside(in HeadSite site) => 1 - Step(0, 0.5, site.Mouth.Inner);
}
