using static Fml.Model.HeadCurves;

namespace Fml.Model;

/// <summary>The nose: a ridge over the midline with a rounded tip, wings, and an underside with a hint of nostrils.</summary>
internal static class HeadNose
{
    // Height of the ridge above the face and half of its width, against the height on the bare head.
    private static readonly CubicSpline Ridge = new(
        (-66, 0), (-58, 0), (-54, 2.5), (-51, 8), (-48, 15.5), (-45, 21), (-41, 24.2), (-37, 24.2), (-30, 20.5), (-20, 14.8),
        (-10, 9.3), (0, 5), (8, 2.2), (16, 0.3), (24, 0));

    private static readonly CubicSpline HalfWidth = new(
        (-60, 12), (-54, 9), (-50, 9.2), (-46, 11.4), (-42, 13.2), (-38, 13.2), (-30, 11.8), (-20, 11.6), (-10, 10.4), (0, 9.8),
        (10, 11), (24, 16));

    /// <summary>Height of the nose above the face.</summary>
    public static double Relief(double ax, double y)
    {
        if (y < -66 || y > 24 || ax > 40) return 0;
        double ridge = Math.Max(0, Ridge.At(y)), t = ax / HalfWidth.At(y);
        double tip = Bell((y + 41) / 7);
        // A narrow back on wide sides that run out into the cheeks; all ball at the tip.
        double narrow = Mix(0.60, 0.86, tip), shape = narrow * Math.Exp(-0.72 * Math.Pow(t / 0.78, 2)) + (1 - narrow)
            * Math.Exp(-0.72 * Math.Pow(t / 1.4, 2));
        double wing = 8.2 * Math.Exp(-0.5 * Math.Pow(Math.Pow((ax - 12.6) / 4.4, 2) + Math.Pow((y + 44.0) / 5.4, 2), 1.2));
        double groove = -1.4 * Bell((ax - 18.6) / 2.0, (y + 44) / 5.0) - 0.7 * Bell((ax - 10.5) / 2.2, (y + 38.5) / 3.0);
        double nostril = -3.0 * Bell((ax - 7.2) / 2.4, (y + 50.2) / 1.9);
        return ridge * shape + wing + groove + nostril;
    }

    /// <summary>Tucks the underside of the tip and of the wings in, after the relief.</summary>
    public static (double X, double Y, double Z) Shape(double x, double y, double z, double ax, double bareY)
    {
        double tip = Bell(ax / 9, (bareY + 45) / 4.5), wing = Bell((ax - 13.5) / 4, (bareY + 48) / 3.5);
        return (x + 0.9 * wing, y - 2.0 * tip - 1.6 * wing, z);
    }
}
