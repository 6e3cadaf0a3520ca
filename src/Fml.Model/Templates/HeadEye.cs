using static Fml.Model.HeadCurves;

namespace Fml.Model;

/// <summary>
/// The eyes, closed surfaces: between the rims of the lids the head's surface is the ball of the eye, around it the lids lie over the ball.
/// Coordinates: lateral offset from the centre of the eye (away from the nose) and height, mm.
/// </summary>
internal static class HeadEye
{
    /// <summary>Distance of an eye's centre from the midline, mm.</summary>
    public const double CentreX = 31.5;

    /// <summary>Half the width of the opening, mm.</summary>
    public const double HalfWidth = 14.6;

    /// <summary>Depth (z in the anatomical frame) of the ball's centre.</summary>
    public const double CentreZ = 69.2;

    /// <summary>Thickness of a lid, mm.</summary>
    public const double LidThickness = 1.7;

    // The opening follows the face around: its outer corner lies further back than the inner one.
    private const double Turn = 0.24;

    private const double SemiX = 16.8, SemiY = 13.2, SemiZ = 12.8;

    /// <summary>Height of the upper lid's rim at a lateral offset within the opening.</summary>
    public static double Upper(double dx)
    {
        double u = Math.Clamp(dx / HalfWidth, -1, 1);
        return Canthi(u) + 5.9 * Math.Pow(1 - u * u, 0.72) * (1 - 0.14 * u);
    }

    /// <summary>Height of the lower lid's rim.</summary>
    public static double Lower(double dx)
    {
        double u = Math.Clamp(dx / HalfWidth, -1, 1);
        return Canthi(u) - 4.7 * Math.Pow(1 - u * u, 0.72) * (1 + 0.16 * u);
    }

    /// <summary>Distance inside the opening from the nearer rim, mm; negative outside (roughly the distance).</summary>
    public static double Inside(double dx, double dy)
    {
        double u = Math.Abs(dx) / HalfWidth;
        double vertical = Math.Min(Upper(dx) - dy, dy - Lower(dx));
        // Towards the corners the rims are steep: the distance is less than the vertical one.
        return u < 1 ? vertical * (1 - 0.45 * u * u * u * u)
            : -Math.Sqrt(Math.Pow(Math.Abs(dx) - HalfWidth, 2) + Math.Pow(dy - Canthi(Math.Sign(dx)), 2));
    }

    /// <summary>Depth of the eye's surface, grown by an amount; falls away behind the head outside of its outline.</summary>
    public static double Ball(double dx, double dy, double grown)
    {
        double x = dx / (SemiX + 1.2 * grown), y = dy / (SemiY + grown), r2 = x * x + y * y;
        double q = 0.96;
        // Beyond the outline the ball goes on as its tangent cone, so that the lids stay smooth.
        return CentreZ - Turn * dx + (SemiZ + grown) * (r2 < q ? Math.Sqrt(1 - r2) : Math.Sqrt(1 - q) - (r2 - q) / (2 * Math.Sqrt(1 - q)));
    }

    /// <summary>Depth of the face near an eye, from the depth of the face without eyes.</summary>
    public static double Depth(double dx, double dy, double skin)
    {
        double reach = dx * dx / (26.0 * 26) + dy * dy / (20.0 * 20);
        if (reach > 1.6) return skin;
        double inside = Inside(dx, dy);
        double ball = Ball(dx, dy, 0), lid = Ball(dx, dy, LidThickness);
        double above = dy - Upper(dx);
        double u = dx / HalfWidth;
        // The fold of the upper lid, and a faint one below.
        double fold = -1.5 * Bell((above - 5.2 - 0.8 * u) / 1.3) * Plateau(u / 1.05) + 0.7 * Bell((above - 8.5) / 2.2) * Plateau(u / 1.1);
        double below = Lower(dx) - dy;
        fold += 0.5 * Bell((below - 1.5) / 1.5) * Plateau(u / 0.9) - 0.5 * Bell((below - 5.5) / 1.8) * Plateau(u / 0.9);
        double lids = SmoothMax(lid, skin, 4.5) + fold;
        return Mix(lids, ball, Step(-0.15, 1.0, inside));
    }

    private static double Canthi(double u) => 0.2 + 1.0 * u - 0.5 * Math.Max(0, -u) * u * u;
}
