using System.Numerics;
using static Fml.Model.HeadCurves;
using static Fml.Model.HeadExpressions;

namespace Fml.Model;

/// <summary>Expressions of the left eye: the lids slide over the ball, the iris slides within the opening.</summary>
internal static class HeadLids
{
    /// <summary>The upper lid comes down to the lower one, which rises a little.</summary>
    public static Vector3 Blink(in HeadSite site) => Close(site, 0.84, 0.16);

    /// <summary>Both lids narrow the opening, the cheek lifts a little.</summary>
    public static Vector3 Squint(in HeadSite site) => Close(site, 0.10, 0.36)
        + Move(Around(site, 33, -16, 14, 7) * Outside(site), 0, 1.8, 0.9);

    /// <summary>The upper lid rises.</summary>
    public static Vector3 Wide(in HeadSite site) => Close(site, -0.26, -0.06)
        + Move(Around(site, 31, 17, 15, 6) * Outside(site), 0, 1.0, 0);

    /// <summary>The gaze turns down and the upper lid follows.</summary>
    public static Vector3 LookDown(in HeadSite site) => Gaze(site, 0, -3.6) + Close(site, 0.30, -0.08);

    /// <summary>The gaze turns up and the upper lid follows.</summary>
    public static Vector3 LookUp(in HeadSite site) => Gaze(site, 0, 3.2) + Close(site, -0.16, 0.04);

    /// <summary>The gaze turns to the nose.</summary>
    public static Vector3 LookIn(in HeadSite site) => Gaze(site, -4.6, 0);

    /// <summary>The gaze turns away from the nose.</summary>
    public static Vector3 LookOut(in HeadSite site) => Gaze(site, 4.6, 0);

    private static double Outside(in HeadSite site) => Step(0.5, 4, -HeadEye.Inside(site.Bare.X - HeadEye.CentreX, site.Bare.Y));

    private static Vector3 Gaze(in HeadSite site, double right, double up)
    {
        double dx = site.Bare.X - HeadEye.CentreX, y = site.Bare.Y, inside = HeadEye.Inside(dx, y);
        if (site.Front <= 0 || inside <= 0.4) return Vector3.Zero;
        double weight = Step(0.4, 3.0, inside) * Step(1, 0.55, Math.Abs(dx) / HeadEye.HalfWidth);
        (double toX, double toY) = (dx + weight * right, y + weight * up);
        return new((float)(toX - dx), (float)(toY - y), (float)(HeadEye.Ball(toX, toY, 0) - HeadEye.Ball(dx, y, 0)));
    }

    // Moves the lids by shares of the opening: 1 and 0 brings the upper rim onto the lower one.
    private static Vector3 Close(in HeadSite site, double upperShare, double lowerShare)
    {
        double dx = site.Bare.X - HeadEye.CentreX, y = site.Bare.Y;
        if (site.Front <= 0 || Math.Abs(dx) > 26 || Math.Abs(y) > 22) return Vector3.Zero;
        double upper = HeadEye.Upper(dx), lower = HeadEye.Lower(dx), open = Math.Max(0, upper - lower);
        double fade = Step(1.25, 0.98, Math.Abs(dx) / HeadEye.HalfWidth);
        double newUpper = upper - upperShare * open, newLower = lower + lowerShare * open;
        double inside = HeadEye.Inside(dx, y), to;
        if (inside >= 0)
        {
            double t = open > 1e-6 ? (y - lower) / open : 0.5;
            to = Mix(newLower, newUpper, t);
        }
        else if (y >= 0.5 * (upper + lower)) to = y - upperShare * open * Slack((y - upper) / 10.5);
        else to = y + lowerShare * open * Slack((lower - y) / 11);
        to = Mix(y, to, fade);
        // The ball under the opening stays; the skin of the lids rides on it, and what is squeezed between the rims hides behind them.
        double lid = Bell(Math.Max(0, -inside) / 5.0), bulge = HeadEye.Ball(dx, to, HeadEye.LidThickness)
            - HeadEye.Ball(dx, y, HeadEye.LidThickness);
        double ball = HeadEye.Ball(dx, to, 0) - HeadEye.Ball(dx, y, 0) - 0.35 * Math.Clamp(upperShare + lowerShare, 0, 1)
            * Step(0, 1.2, inside);
        double z = inside >= 0 ? ball : Math.Clamp(bulge, -4, 4) * lid;
        return new(0, (float)(to - y), (float)(fade * z));
    }

    // Skin that follows a lid: all of it at the rim, none beyond the fold.
    private static double Slack(double t) => t <= 0 ? 1 : 1 - Step(0, 1, t);
}
