using System.Numerics;
using static Fml.Model.HeadCurves;

namespace Fml.Model;

/// <summary>
/// The displacement of the mean head by one standard deviation of each proportion: scalings and shifts of parts, with soft bounds.
/// Written in the coordinates of the bare head for the place and of the real head for the amount.
/// </summary>
internal static class HeadVariation
{
    /// <summary>One proportion.</summary>
    public sealed record Field(Func<HeadProportions, float> Get, Func<HeadProportions, float, HeadProportions> With, Shift At);

    /// <summary>Displacement of a site at one standard deviation, mm.</summary>
    public delegate Vector3 Shift(in HeadSite site);

    /// <summary>All proportions.</summary>
    public static readonly Field[] Fields =
    [
        new(h => h.Size, (h, v) => h with { Size = v }, (in HeadSite s) => 0.029f * Around(s, 0, -20, 0)),
        new(h => h.HeadWidth, (h, v) => h with { HeadWidth = v }, (in HeadSite s) => To(0.031 * s.Position.X, 0, 0)),
        new(h => h.HeadDepth, (h, v) => h with { HeadDepth = v }, (in HeadSite s) => To(0, 0, 0.03 * (s.Position.Z - 60))),
        new(h => h.FaceLength, (h, v) => h with { FaceLength = v }, (in HeadSite s) => To(0, 0.037 * Below(s, 0), 0)),
        new(h => h.FaceFlatness, (h, v) => h with { FaceFlatness = v },
            (in HeadSite s) => To(0, 0, 2.5 * s.Front
                * (Bell((Ax(s) - 58) / 20, (Y(s) + 25) / 45) - 0.6 * Bell(Ax(s) / 22, (Y(s) + 40) / 45)))),
        new(h => h.JawWidth, (h, v) => h with { JawWidth = v }, (in HeadSite s) => To(0.062 * s.Position.X * Jaw(s), 0, 0)),
        new(h => h.JawAngle, (h, v) => h with { JawAngle = v },
            (in HeadSite s) => To(0.02 * s.Position.X * Side(s, -74, 20), -4.5 * Side(s, -76, 18), 0)),
        new(h => h.ChinLength, (h, v) => h with { ChinLength = v },
            (in HeadSite s) => To(0, -2.8 * Step(-82, -110, Y(s)) * Chin(s, 34), 0)),
        new(h => h.ChinProtrusion, (h, v) => h with { ChinProtrusion = v },
            (in HeadSite s) => To(0, 0, 3.4 * Plateau(Ax(s) / 34, (Y(s) + 106) / 24) * s.Front)),
        new(h => h.ChinWidth, (h, v) => h with { ChinWidth = v },
            (in HeadSite s) => To(2.0 * Sign(s) * Bell((Ax(s) - 24) / 11, (Y(s) + 103) / 12) * s.Front, 0,
                0.8 * Bell((Ax(s) - 20) / 9, (Y(s) + 103) / 9) * s.Front)),
        new(h => h.CheekboneWidth, (h, v) => h with { CheekboneWidth = v }, (in HeadSite s) => Patch(s, 56, -20, 17, 14, 2.6, 0, 1.0)),
        new(h => h.CheekFullness, (h, v) => h with { CheekFullness = v }, (in HeadSite s) => Patch(s, 44, -52, 16, 22, 2.6, 0, 2.0)),
        new(h => h.Jowl, (h, v) => h with { Jowl = v },
            (in HeadSite s) => Patch(s, 42, -98, 17, 14, 2.6, -1.2, 0.8) + To(0, -2.8 * Bell(Ax(s) / 26, (Y(s) + 121) / 9) * s.Front, 0)),
        new(h => h.ForeheadHeight, (h, v) => h with { ForeheadHeight = v }, (in HeadSite s) => To(0, 3.6 * Step(15, 85, Y(s)), 0)),
        new(h => h.ForeheadSlope, (h, v) => h with { ForeheadSlope = v }, (in HeadSite s) => To(0, 0, -4.2 * Step(12, 75, Y(s)) * s.Front)),
        new(h => h.BrowRidge, (h, v) => h with { BrowRidge = v }, (in HeadSite s) => To(0, -0.5 * Ridge(s), 1.7 * Ridge(s))),
        new(h => h.BrowHeight, (h, v) => h with { BrowHeight = v },
            (in HeadSite s) => To(0, 1.7 * Plateau(Ax(s) / 55, (Y(s) - 24) / 14) * Step(7, 14, Y(s)) * s.Front, 0)),
        new(h => h.EyeDistance, (h, v) => h with { EyeDistance = v }, (in HeadSite s) => To(1.6 * Sign(s) * Eye(s, 1.25), 0, 0)),
        new(h => h.EyeSize, (h, v) => h with { EyeSize = v }, (in HeadSite s) => (float)(0.055 * Eye(s, 1.15)) * EyeCentred(s)),
        new(h => h.EyeDepth, (h, v) => h with { EyeDepth = v }, (in HeadSite s) => To(0, 0, -1.7 * Eye(s, 1.25))),
        new(h => h.EyeTilt, (h, v) => h with { EyeTilt = v }, (in HeadSite s) => To(0, 0.055 * (Ax(s) - HeadEye.CentreX) * Eye(s, 1.1), 0)),
        new(h => h.EyeOpening, (h, v) => h with { EyeOpening = v }, (in HeadSite s) => -0.10f * HeadLidsOf(s)),
        new(h => h.NoseLength, (h, v) => h with { NoseLength = v },
            (in HeadSite s) => To(0, -2.6 * Step(2, -42, Y(s)) * Plateau(Ax(s) / 24) * Step(-68, -54, Y(s)) * s.Front, 0)),
        new(h => h.NoseWidth, (h, v) => h with { NoseWidth = v },
            (in HeadSite s) => To(0.085 * s.Position.X * Plateau(Ax(s) / 23) * Bell((Y(s) + 44) / 14) * s.Front, 0, 0)),
        new(h => h.NoseProtrusion, (h, v) => h with { NoseProtrusion = v },
            (in HeadSite s) => To(0, 0, 2.4 * Nose(s) * Bell((Y(s) + 40) / 17))),
        new(h => h.NoseBridge, (h, v) => h with { NoseBridge = v }, (in HeadSite s) => To(0, 0, 1.9 * Nose(s) * Bell((Y(s) + 13) / 12))),
        new(h => h.NoseTip, (h, v) => h with { NoseTip = v },
            (in HeadSite s) => To(0, 2.0 * Nose(s) * Bell((Y(s) + 41) / 7), 0.4 * Nose(s) * Bell((Y(s) + 44) / 6))),
        new(h => h.MouthWidth, (h, v) => h with { MouthWidth = v },
            (in HeadSite s) => To(0.07 * s.Position.X * Plateau(Ax(s) / 40, (Y(s) + 72) / 20) * s.Front, 0, 0)),
        new(h => h.MouthProtrusion, (h, v) => h with { MouthProtrusion = v },
            (in HeadSite s) => To(0, 0, 2.2 * Plateau(Ax(s) / 33, (Y(s) + 71) / 21) * s.Front)),
        new(h => h.LipThickness, (h, v) => h with { LipThickness = v }, (in HeadSite s) => Lips(s)),
        new(h => h.PhiltrumLength, (h, v) => h with { PhiltrumLength = v },
            (in HeadSite s) => To(0, -1.8 * Step(-50, -64, Y(s)) * Chin(s, 40) * Step(-112, -92, Y(s)), 0)),
        new(h => h.MouthCurve, (h, v) => h with { MouthCurve = v }, (in HeadSite s) => Patch(s, 25, -72, 9, 9, 0.3, 1.2, -0.2)),
        new(h => h.NoseAsymmetry, (h, v) => h with { NoseAsymmetry = v },
            (in HeadSite s) => To(0.8 * Nose(s) * Bell((Y(s) + 38) / 18), 0, 0)),
        new(h => h.JawAsymmetry, (h, v) => h with { JawAsymmetry = v }, (in HeadSite s) => To(1.1 * Step(-50, -105, Y(s)) * s.Front, 0, 0)),
        new(h => h.HeightAsymmetry, (h, v) => h with { HeightAsymmetry = v },
            (in HeadSite s) => To(0, 0.7 * Math.Tanh(s.Bare.X / 25) * Bell((Y(s) + 25) / 45) * s.Front, 0)),
    ];

    private static double Ax(in HeadSite s) => Math.Abs(s.Bare.X);

    private static double Y(in HeadSite s) => s.Bare.Y;

    private static double Sign(in HeadSite s) => Math.Tanh(s.Bare.X / 4);

    private static Vector3 To(double x, double y, double z) => new((float)x, (float)y, (float)z);

    private static Vector3 Around(in HeadSite s, double x, double y, double z) => s.Position - To(x, y, z);

    // Height below a level (negative), soft at the level; 0 above it and constant down the neck.
    private static double Below(in HeadSite s, double level)
    {
        double y = Math.Max(s.Position.Y, -122) - level;
        return 0.5 * (y - Math.Sqrt(y * y + 144));
    }

    private static double Jaw
            (in HeadSite s) => Step(-38, -82, Y(s)) * (1 - 0.6 * Step(-112, -150, Y(s))) * Step(-0.6, 0.2, Math.Cos(s.Azimuth));

    private static double Side(in HeadSite s, double y, double height) => Bell((Math.Abs(s.Azimuth) - 1.2) / 0.4, (Y(s) - y) / height);

    private static double Chin(in HeadSite s, double width) => Plateau(Ax(s) / width) * s.Front;

    private static double Ridge(in HeadSite s) => s.Front * Bell((Ax(s) - 18) / 20, (Y(s) - 18) / 8);

    private static double Nose(in HeadSite s) => s.Front * Bell(Ax(s) / 9.5);

    private static double Eye(in HeadSite s, double reach) => s.Front * Plateau((Ax(s) - HeadEye.CentreX) / (17.5 * reach),
        Y(s) / (13 * reach));

    private static Vector3 EyeCentred(in HeadSite s) => To(Sign(s) * (Ax(s) - HeadEye.CentreX), Y(s), 0);

    private static Vector3 HeadLidsOf(in HeadSite s)
    {
        var left = HeadLids.Blink(s with { Bare = s.Bare with { X = Math.Abs(s.Bare.X) } });
        return left with { X = left.X * Math.Sign(s.Bare.X) };
    }

    private static Vector3 Patch(in HeadSite s, double ax, double y, double width, double height, double outward, double up, double forward)
    {
        double weight = Bell((Ax(s) - ax) / width, (Y(s) - y) / height) * s.Front;
        return To(weight * outward * Sign(s), weight * up, weight * forward);
    }

    private static Vector3 Lips(in HeadSite s)
    {
        double u = Math.Min(1, s.Mouth.Across), red = HeadMouth.Vermilion(s.Mouth.Side, Ax(s));
        double full = s.Front * (1 - u * u) * (1 - Step(0, 0.5, s.Mouth.Inner));
        double grown = Math.Min(s.Mouth.Height / 7, 1) * Bell(Math.Max(0, s.Mouth.Height - red) / 4.5);
        return To(0, full * s.Mouth.Side * 1.15 * grown, full * 0.8 * Bell((s.Mouth.Height - 0.45 * red) / 4));
    }
}
