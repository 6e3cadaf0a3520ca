using System.Numerics;
using static Fml.Model.HeadCurves;

namespace Fml.Model;

/// <summary>The mean albedo: skin with its warmer places, lips, brows, eyes, lashes and hair, sRGB values in [0, 1].</summary>
internal static class HeadAlbedo
{
    private static readonly Vector3 Skin = new(0.80f, 0.615f, 0.52f);
    private static readonly Vector3 Warm = new(0.80f, 0.50f, 0.42f);
    private static readonly Vector3 Lip = new(0.70f, 0.39f, 0.36f);
    private static readonly Vector3 HairColour = new(0.20f, 0.14f, 0.105f);
    private static readonly Vector3 Lash = new(0.16f, 0.11f, 0.09f);
    private static readonly Vector3 Sclera = new(0.86f, 0.84f, 0.82f);
    private static readonly Vector3 Iris = new(0.33f, 0.24f, 0.17f);
    private static readonly Vector3 Pupil = new(0.05f, 0.045f, 0.045f);
    private static readonly Vector3 Dark = new(0.16f, 0.06f, 0.055f);

    // Height of the hairline against the azimuth in degrees.
    private static readonly CubicSpline Hairline = new((0, 74), (15, 73), (30, 70), (40, 58), (50, 44), (58, 25), (66, 0), (80, -8),
        (100, 10), (112, -25), (128, -52), (180, -62));

    /// <summary>1 in the hair, 0 on the skin.</summary>
    public static double Hair(double azimuth, double y)
    {
        double degrees = Math.Abs(azimuth) * (180 / Math.PI);
        return Step(-5, 5, y - Hairline.At(degrees));
    }

    /// <summary>The same with a wide transition, for the volume of the hair.</summary>
    public static double HairVolume(double azimuth, double y)
    {
        double degrees = Math.Abs(azimuth) * (180 / Math.PI);
        return Step(-6, 26, y - Hairline.At(degrees));
    }

    /// <summary>Colour of a site.</summary>
    public static Vector3 At(in HeadSite site)
    {
        double ax = Math.Abs(site.Bare.X), y = site.Bare.Y;
        double mottle = Noise(ax / 9, y / 9, site.Bare.Z / 9) - 0.5, fine = Noise(ax / 2.5, y / 2.5, site.Bare.Z / 2.5) - 0.5;
        var colour = Skin * (float)(1 + 0.035 * mottle + 0.02 * fine);
        double warm = 0.55 * Bell((ax - 37) / 14, (y + 32) / 12) + 0.6 * Bell(ax / 13, (y + 44) / 8) + 0.25 * Bell(ax / 16, (y + 101) / 9);
        colour = Blend(colour, Warm, site.Front * Math.Min(0.75, warm));
        // Ears are warm, the lower face of the mean is a trifle cooler, the sockets darker.
        if (Math.Cos(site.Azimuth) < 0.45) colour = Blend(colour, Warm, 0.45 * Bell((y + 20) / 24)
            * (1 - Math.Abs(Math.Cos(site.Azimuth))));
        colour *= (float)(1 - site.Front * 0.10 * Bell((ax - 30) / 13, (y + 1) / 10));
        colour = Mouth(colour, ax, site);
        colour = Blend(colour, Dark, site.Front * 0.75 * Bell((ax - 7.2) / 2.1, (y + 50.2) / 1.25));
        colour = Brows(colour, ax, y, site.Front);
        colour = Eyes(colour, ax, y, site.Front);
        double hair = Hair(site.Azimuth, y);
        return Blend(colour, HairColour * (float)(1 + 0.35 * (Noise(ax / 3, y / 14, site.Bare.Z / 3) - 0.5)), hair * InHairRegion(site));
    }

    private static double InHairRegion(in HeadSite site) => Math.Abs(site.Position.X) - Math.Abs(site.Bare.X) > 7 ? 0 : 1;

    private static Vector3 Mouth(Vector3 colour, double ax, in HeadSite site)
    {
        if (site.Front <= 0 || ax > 1.2 * HeadMouth.HalfWidth) return colour;
        var mouth = site.Mouth;
        double red = HeadMouth.Vermilion(mouth.Side, ax), edge = Step(red + 0.9, red - 0.7, mouth.Height) * Step(1.03, 0.93, mouth.Across);
        colour = Blend(colour, mouth.Side > 0 ? Lip * 0.94f : Lip, 0.9 * edge);
        colour = Blend(colour, Lip * 0.55f, 0.6 * Bell(mouth.Height / 0.8) * Step(1.08, 0.9, mouth.Across));
        return Blend(colour, Dark, Step(0.05, 0.5, mouth.Inner));
    }

    private static Vector3 Brows(Vector3 colour, double ax, double y, double front)
    {
        // From the inner end up to the arch and down to the tail, thinner outwards.
        double t = (ax - 13) / 37;
        double arch = 15.5 + 5.8 * Math.Sin(Math.PI * Math.Clamp(0.08 + 0.80 * t, 0, 1)) - 3.6 * t * t;
        double thick = Mix(3.4, 1.5, Math.Clamp(t, 0, 1));
        double on = Step(-0.06, 0.07, t) * Step(1.06, 0.85, t) * Math.Exp(-0.5 * Math.Pow(Math.Abs(y - arch) / thick, 3));
        return Blend(colour, HairColour * 1.15f, front * 0.80 * on);
    }

    private static Vector3 Eyes(Vector3 colour, double ax, double y, double front)
    {
        double dx = ax - HeadEye.CentreX, inside = HeadEye.Inside(dx, y);
        if (front <= 0 || inside < -3) return colour;
        double u = dx / HeadEye.HalfWidth;
        double iris = Math.Sqrt(dx * dx + (y - 0.7) * (y - 0.7));
        var eye = Blend(Sclera, new(0.80f, 0.52f, 0.47f), 0.8 * Step(-0.72, -0.98, u) + 0.25 * Step(0.75, 1, u));
        eye = Blend(eye, Iris, Step(6.1, 5.3, iris));
        eye = Blend(eye, Iris * 0.55f, Bell((iris - 5.5) / 0.6));
        eye = Blend(eye, Pupil, Step(2.6, 1.9, iris));
        eye *= (float)(1 - 0.28 * Bell((HeadEye.Upper(dx) - y) / 1.8));
        colour = Blend(colour, eye, Step(0.1, 0.7, inside));
        bool upper = y > 0.5 * (HeadEye.Upper(dx) + HeadEye.Lower(dx));
        double lash = Bell((inside + 0.1) / (upper ? 0.9 : 0.6)) * (upper ? 0.9 : 0.40) * Step(1.15, 0.8, Math.Abs(u));
        return Blend(colour, Lash, front * lash);
    }

    private static Vector3 Blend(Vector3 a, Vector3 b, double t) => Vector3.Lerp(a, b, (float)Math.Clamp(t, 0, 1));
}
