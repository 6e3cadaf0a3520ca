using static Fml.Model.HeadCurves;

namespace Fml.Model;

/// <summary>
/// The bare head without features: horizontal sections, superellipses around a vertical axis, lofted over the height. Anatomical frame:
/// x to the subject's left, y up from the line of the pupils, z forward from the ear canals, mm.
/// </summary>
internal static class HeadLoft
{
    /// <summary>Height of the crown.</summary>
    public const double Top = 112;

    /// <summary>Height of the neck's rim.</summary>
    public const double Bottom = -168;

    private const double Axis = -10;
    private const double Shoulder = 28;

    // Half width and depths of the sections in front of and behind the axis; above the shoulder the vault closes them.
    private static readonly CubicSpline Width = new(
        (-150, 36), (-120, 39.5), (-105, 47), (-88, 55.5), (-70, 61.5), (-50, 66), (-25, 70), (0, 73), (28, 76.5), (60, 77), (112, 76));

    private static readonly CubicSpline Front = new(
        (-150, 72), (-125, 93), (-114, 106), (-100, 111), (-86, 110), (-70, 112), (-55, 109), (-38, 104.5), (-20, 101), (0, 103.5),
        (18, 108), (40, 109), (60, 106), (85, 102), (112, 98));

    private static readonly CubicSpline Back = new((-150, 50), (-110, 52), (-70, 60), (-40, 72), (0, 85), (28, 89), (60, 88), (112, 85));

    // Exponent of the front of a section: 2 is an ellipse, more is squarer.
    private static readonly CubicSpline Squareness = new(
        (-150, 2), (-115, 2.0), (-100, 1.92), (-85, 1.9), (-70, 1.95), (-45, 2.1), (-20, 2.3), (0, 2.35), (25, 2.4), (60, 2.35),
        (112, 2.1));

    private static readonly CubicSpline NeckWidth = new((-170, 63), (-150, 57.5), (-130, 55), (-100, 54), (-60, 54), (-20, 56));
    private static readonly CubicSpline NeckFront = new((-170, 46), (-150, 49), (-130, 53), (-110, 55), (-60, 58), (-20, 60));
    private static readonly CubicSpline NeckBack = new((-170, 66), (-150, 60), (-120, 55), (-80, 54), (-40, 60), (-20, 66));

    // Height of the jaw's border, where the neck begins to recede, and how far down it recedes, against the azimuth in degrees.
    private static readonly CubicSpline Border = new((0, -110), (12, -109.5), (30, -104), (50, -93), (70, -80), (88, -62), (120, -48),
        (150, -40), (180, -36));
    private static readonly CubicSpline Recess = new((0, 19), (30, 20), (60, 23), (90, 32), (120, 50), (180, 60));

    /// <summary>The point of the bare head at an azimuth (0 front, positive to the subject's left, radians) and a height.</summary>
    public static (double X, double Y, double Z) At(double azimuth, double y)
    {
        double sin = Math.Sin(azimuth), cos = Math.Cos(azimuth);
        double vault = Vault(y);
        double exponent = cos > 0 ? Squareness.At(y) : 2.1;
        double k = Math.Pow(Math.Pow(Math.Abs(sin), exponent) + Math.Pow(Math.Abs(cos), exponent), -1 / exponent) * vault;
        double x = Width.At(y) * sin * k, z = (cos > 0 ? Front : Back).At(y) * cos * k;
        double degrees = Math.Abs(azimuth) * (180 / Math.PI);
        double border = Border.At(degrees), neck = Step(border, border - Recess.At(degrees), y);
        if (neck > 0)
        {
            x = Mix(x, NeckWidth.At(y) * sin, neck);
            z = Mix(z, (cos > 0 ? NeckFront : NeckBack).At(y) * cos, neck);
        }
        return (x, y, z + Axis);
    }

    /// <summary>Height of the jaw's border at an azimuth in degrees.</summary>
    public static double BorderAt(double degrees) => Border.At(degrees);

    /// <summary>The azimuth at which the front of the head at height y has the given x (|x| below the half width).</summary>
    public static double AzimuthAt(double x, double y)
    {
        // Regula falsi with the Illinois rule: the width grows steadily from the midline to the side.
        double target = Math.Abs(x);
        if (target < 1e-9) return 0;
        double low = 0, high = Math.PI / 2, below = -target, above = At(high, y).X - target;
        if (above <= 0) return Math.CopySign(high, x);
        for (int i = 0; i < 60 && high - low > 1e-11; i++)
        {
            double middle = (low * above - high * below) / (above - below), rest = At(middle, y).X - target;
            if (Math.Abs(rest) < 1e-9) return Math.CopySign(middle, x);
            if (rest < 0)
            {
                (low, below) = (middle, rest);
                above *= 0.5;
            }
            else
            {
                (high, above) = (middle, rest);
                below *= 0.5;
            }
        }
        return Math.CopySign(0.5 * (low + high), x);
    }

    // Size of a section against the widest one: 1 below the shoulder, closing over the crown like a superellipse.
    private static double Vault(double y)
    {
        if (y <= Shoulder) return 1;
        double t = Math.Min(1, (y - Shoulder) / (Top - Shoulder));
        return Math.Pow(Math.Max(0, 1 - Math.Pow(t, 2.25)), 1 / 2.25);
    }
}
