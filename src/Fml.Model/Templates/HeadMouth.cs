using static Fml.Model.HeadCurves;

namespace Fml.Model;

/// <summary>
/// The mouth. On the bare head it is an opened almond whose rims are two curves; the head's surface between them is rolled inwards to the
/// inner lips, and a hole is left in the middle, so that the lips are a slit in the mesh: the way between them runs around the corners.
/// </summary>
internal static class HeadMouth
{
    /// <summary>Half the width of the mouth, mm.</summary>
    public const double HalfWidth = 25.5;

    /// <summary>Share of the almond's half height that is left out as the hole.</summary>
    public const double Hole = 0.3;

    private const double HalfGap = 7;
    private const double WarpReach = 21;

    /// <summary>Place of a point of the bare head in the mouth's terms.</summary>
    /// <param name="Side">+1 above the line between the lips, -1 below.</param>
    /// <param name="Height">Distance from that line along the outside, mm, 0 on the rims and inside.</param>
    /// <param name="Inner">0 outside and on the rim, rising to 1 at the edge of the hole.</param>
    /// <param name="Across">|x| / half width.</param>
    public readonly record struct Place(double Side, double Height, double Inner, double Across);

    /// <summary>Height of the line between the lips.</summary>
    public static double Line(double ax)
    {
        double u = ax / HalfWidth;
        return -71.5 - 0.9 * Bell(ax / 4.5) + 0.7 * Bell((ax - 11) / 5) - 0.6 * Step(0.7, 1.1, u);
    }

    /// <summary>Half the height of the opened almond on the bare head.</summary>
    public static double Gap(double ax)
    {
        double u = ax / HalfWidth;
        return u >= 1 ? 0 : HalfGap * (1 - u * u) * (1 + 0.25 * u * u);
    }

    /// <summary>Height of the red of the upper or the lower lip above its rim.</summary>
    public static double Vermilion(double side, double ax)
    {
        double u = Math.Min(1, ax / HalfWidth);
        return side > 0
            ? 7.6 * Math.Pow(1 - Math.Pow(u, 1.9), 0.9) - 1.3 * Bell(ax / 2.8)
            : 9.2 * Math.Pow(1 - u * u, 0.8);
    }

    /// <summary>Finds a point of the bare head in the mouth's terms.</summary>
    public static Place Find(double ax, double y)
    {
        double e = y - Line(ax), side = e >= 0 ? 1 : -1, gap = Gap(ax);
        e = Math.Abs(e);
        double across = ax / HalfWidth;
        if (e < gap) return new(side, 0, Math.Min(1, (gap - e) / gap / (1 - Hole)), across);
        double t = Math.Min(1, (e - gap) / WarpReach);
        return new(side, e - gap * (1 - Step(0, 1, t)), 0, across);
    }

    /// <summary>Height on the bare head of the point that comes to lie at a height above the rim.</summary>
    public static double Unroll(double ax, double side, double height)
    {
        double low = 0, high = 40, line = Line(ax);
        for (int i = 0; i < 40; i++)
        {
            double middle = 0.5 * (low + high);
            var place = Find(ax, line + side * middle);
            if (place.Inner > 0 || place.Height < height) low = middle;
            else high = middle;
        }
        return line + side * high;
    }

    /// <summary>Moves a point of the bare head to the lips.</summary>
    public static (double Y, double Z) Displace(double ax, double y, double z, in Place place)
    {
        double line = Line(ax), u = Math.Min(1, place.Across), thick = Math.Pow(Math.Max(0, 1 - u * u), 0.6);
        double lifted = line + place.Side * place.Height;
        if (place.Inner > 0)
        {
            // Inner lips, then the vault of the mouth: above it hangs down behind like a curtain, below it is the floor.
            double d = place.Inner, taper = Math.Pow(Math.Max(0, 1 - u * u), 0.5);
            double roll = Step(0, 0.45, d), deep = Step(0.2, 1, d);
            double depth = 2.6 * thick + taper * (6 * roll + (place.Side > 0 ? 17 : 11) * deep);
            double open = place.Side > 0
                ? taper * (1.2 * roll + 4 * Step(0.2, 0.6, d) - 34 * Step(0.6, 1, d))
                : -taper * (1.0 * roll + 7 * deep);
            return (line + open, z + Rim(0, place.Side, thick) - (depth - 2.6 * thick));
        }
        double corner = -1.8 * Bell((ax - HalfWidth - 0.5) / 3.2, place.Height / 3.5);
        return (lifted, z + corner + Rim(place.Height, place.Side, thick) + Relief(ax, place, u));
    }

    // The rims lie a little behind the fullness of the lips.
    private static double Rim(double height, double side, double thick) => -2.6 * thick * Bell(height / (side > 0 ? 1.5 : 1.7));

    private static double Relief(double ax, in Place place, double u)
    {
        double red = Math.Max(2.5, Vermilion(place.Side, ax)), t = place.Height / red;
        double fullness = Math.Pow(Math.Max(0, 1 - u * u), 0.75);
        return place.Side > 0
            ? fullness * (4.2 * Bell((t - 0.42) / 0.42) + 1.2 * Bell((t - 1.02) / 0.2)) + 0.9 * Bell(ax / 4, (t - 0.35) / 0.4)
            : fullness * (4.8 * Bell((t - 0.42) / 0.42) + 0.3 * Bell((t - 1) / 0.2));
    }
}
