using System.Numerics;
using static Fml.Model.HeadCurves;
using static Fml.Model.HeadExpressions;

namespace Fml.Model;

/// <summary>Movements of the jaw: a turn about the joints before the ears, or a slide.</summary>
internal static class HeadJaw
{
    private const double JointY = -24, JointZ = 4, Angle = 14.5 * Math.PI / 180;

    /// <summary>Opens the mouth: about 25 mm between the lips.</summary>
    public static Vector3 Open(in HeadSite site)
    {
        double weight = Share(site);
        if (weight <= 0) return Vector3.Zero;
        double y = site.Position.Y - JointY, z = site.Position.Z - JointZ, cos = Math.Cos(Angle), sin = Math.Sin(Angle);
        double corner = site.Front * Bell((Math.Abs(site.Bare.X) - 27) / 9, (site.Bare.Y - HeadMouth.Line(27)) / 10)
            * Math.Sign(site.Bare.X);
        return Move(weight, 0, y * cos - z * sin - y, y * sin + z * cos - z) + Move(corner, -2.6, 0, -0.5);
    }

    /// <summary>Pushes the jaw forward.</summary>
    public static Vector3 Forward(in HeadSite site) => Move(Share(site), 0, -0.8, 6.0);

    /// <summary>Moves the jaw to the left, a little downwards too: the teeth slide over each other.</summary>
    public static Vector3 Left(in HeadSite site) => Move(Share(site), 7.0, -1.4, 0);

    /// <summary>Brings the lips together while the jaw is open: meant to go with <c>jawOpen</c>.</summary>
    public static Vector3 MouthClose(in HeadSite site)
    {
        double ax = Math.Abs(site.Bare.X), u = Math.Min(1, ax / HeadMouth.HalfWidth);
        double near = site.Front * Bell(site.Mouth.Height / 9) * (1 - Step(0.3, 1, site.Mouth.Inner)) * Plateau(ax / 24);
        double middle = Open(site).Y, lower = HeadLips.LowerShare(site);
        // The lower lip goes back over three parts of the way, the upper one comes down over the rest.
        return Move(near, 0, -0.72 * middle - (1 - lower) * 6.5 * (1 - u * u), 1.2 * (1 - u * u));
    }

    /// <summary>How much of the jaw's movement a site takes part in.</summary>
    public static double Share(in HeadSite site)
    {
        double degrees = Math.Abs(site.Azimuth) * (180 / Math.PI), y = site.Bare.Y;
        if (degrees > 105 || y > -25) return 0;
        double border = HeadLoft.BorderAt(degrees);
        double neck = Step(border - 42, border - 2, y);
        double back = Step(100, 58, degrees);
        return HeadLips.LowerShare(site) * back * neck;
    }
}
