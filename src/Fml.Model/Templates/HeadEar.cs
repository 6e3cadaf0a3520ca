using static Fml.Model.HeadCurves;

namespace Fml.Model;

/// <summary>Simple ears: a shell that stands off the head behind the jaw joint, with a hollow and a rim.</summary>
internal static class HeadEar
{
    /// <summary>Displacement at a point of the bare head (x away from the midline).</summary>
    public static (double X, double Z) Displace(double azimuth, double y, double z)
    {
        if (Math.Cos(azimuth) > 0.55 || Math.Cos(azimuth) < -0.75 || y > 22 || y < -62) return (0, 0);
        // Ear's own frame: s from the front to the rear rim, t from the lobe to the top; it leans backwards.
        double s = (-(z + 14) - 0.16 * (y + 20)) / 17, t = (y + 20) / 31;
        double narrow = 1 - 0.30 * Step(0.1, -1.0, t);
        s /= narrow;
        double r = Math.Sqrt(s * s + t * t);
        double outline = Step(1.22, 0.84, r);
        double flare = 3 + 12 * Step(-0.9, 0.95, s) * (1 - 0.35 * Step(-0.2, -1, t));
        double rim = 2.2 * Bell((r - 0.86) / 0.12) * Step(-0.7, 0.1, s + 0.6 * t);
        double hollow = -6.0 * Bell((s - 0.0) / 0.36, (t + 0.12) / 0.42) - 2.0 * Bell((s - 0.45) / 0.16, (t - 0.25) / 0.45);
        double tragus = 2.5 * Bell((s + 0.62) / 0.2, (t + 0.12) / 0.2);
        double x = outline * Math.Max(0, flare + rim + hollow + tragus);
        return (x, -0.35 * x * Step(-0.2, 0.8, s));
    }
}
