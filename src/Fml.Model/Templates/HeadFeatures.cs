using System.Numerics;
using static Fml.Model.HeadCurves;

namespace Fml.Model;

/// <summary>A point of the head with everything that expressions, colours and landmarks ask about it.</summary>
/// <param name="Azimuth">Azimuth, radians.</param>
/// <param name="Bare">The point of the bare head (anatomical frame, mm): the coordinates in which features are placed.</param>
/// <param name="Position">The point of the head with its features (anatomical frame, mm).</param>
/// <param name="Mouth">Place in the mouth's terms.</param>
/// <param name="Front">1 on the front of the head, 0 behind the ears.</param>
internal readonly record struct HeadSite(double Azimuth, Vector3 Bare, Vector3 Position, HeadMouth.Place Mouth, double Front);

/// <summary>The mean head: the bare head plus its features, each a smooth displacement placed in the coordinates of the bare
/// head.</summary>
internal static class HeadFeatures
{
    /// <summary>The head at a chart point.</summary>
    public static HeadSite At(double u, double v)
    {
        var (azimuth, height) = HeadChart.ToHead(u, v);
        var bare = HeadLoft.At(azimuth, height);
        double ax = Math.Abs(bare.X), sign = bare.X < 0 ? -1 : 1;
        double front = Step(-0.1, 0.35, Math.Cos(azimuth));
        var mouth = HeadMouth.Find(ax, bare.Y);
        double x = ax, y = bare.Y, z = bare.Z;
        if (front > 0)
        {
            z += front * Brow(ax, y) + front * Sockets(ax, y);
            z += front * HeadNose.Relief(ax, y);
            var cheek = Cheeks(ax, y);
            x += front * cheek.X;
            z += front * (cheek.Z + Chin(ax, y) + Philtrum(ax, y));
            if (ax < 60 && y > -110 && y < -40)
            {
                var moved = HeadMouth.Displace(ax, y, z, mouth);
                double near = front * Step(58, 40, ax);
                y = Mix(y, moved.Y, near);
                z = Mix(z, moved.Z, near);
            }
            if (y > -26 && y < 26) z = Mix(z, HeadEye.Depth(ax - HeadEye.CentreX, y, z), front);
            (x, y, z) = HeadNose.Shape(x, y, z, ax, bare.Y);
        }
        var ear = HeadEar.Displace(azimuth, bare.Y, bare.Z);
        x += ear.X;
        z += ear.Z;
        // A head of hair: a little volume over the scalp.
        double hair = HeadAlbedo.HairVolume(azimuth, bare.Y);
        double r = Math.Sqrt(x * x + (z + 10) * (z + 10)) + 1e-9;
        double nx = x / r, nz = (z + 10) / r, up = Step(20, 112, bare.Y);
        x += 2.5 * hair * nx * (1 - up);
        z += 2.5 * hair * nz * (1 - up);
        y += 2.5 * hair * up;
        // The midline is exactly that, at the back of the head too.
        if (u == 0) sign = 0;
        return new(azimuth, new((float)(sign * ax), (float)bare.Y, (float)bare.Z), new((float)(sign * x), (float)y, (float)z), mouth,
            front);
    }

    private static double Brow(double ax, double y) =>
        3.2 * Bell((ax - 24) / 17, (y - (17 + 3 * Bell((ax - 30) / 14))) / 6.5) + 1.0 * Bell(ax / 8, (y - 16) / 7)
        - 2.2 * Bell((ax - 58) / 11, (y - 22) / 22);

    private static double Sockets(double ax, double y)
    {
        double dx = ax - HeadEye.CentreX;
        return -11.5 * Math.Exp(-0.5 * Math.Pow(dx * dx / (dx < 0 ? 225 : 230) + Math.Pow((y + 1) / (y > -1 ? 9.5 : 8.5), 2), 1.25))
            - 2.0 * Bell((ax - 17) / 5, (y - 3) / 8);
    }

    private static (double X, double Z) Cheeks(double ax, double y)
    {
        double bone = Bell((ax - 55) / 13, (y + 21) / 11), apple = Bell((ax - 36) / 13, (y + 36) / 12);
        double hollow = Bell((ax - 50) / 12, (y + 60) / 15);
        // The fold from the wing of the nose around the mouth: higher on the cheek's side.
        double t = Math.Clamp((-42 - y) / 40, 0, 1);
        double line = 18.5 + 15 * t - 1.5 * t * t, strength = Step(-38, -48, y) * Step(-92, -70, y);
        double across = (ax - line) / 3.2;
        double fold = strength * (1.1 * Math.Tanh(across) * Bell((ax - line) / 10) - 0.5 * Bell(across / 0.7));
        return (2.6 * bone - 1.2 * hollow, 2.4 * bone + 2.6 * apple - 1.6 * hollow + fold);
    }

    private static double Chin(double ax, double y) =>
        3.4 * Bell(ax / 14, (y + 101) / 8.5) - 3.0 * Bell(ax / 17, (y + 87) / 5.0) - 0.35 * Bell(ax / 2.5, (y + 102) / 6);

    private static double Philtrum(double ax, double y)
    {
        double along = Step(-51, -54, y) * Step(-66, -62, y);
        return along * (-0.9 * Bell(ax / 2.4) + 0.55 * Bell((ax - 5.2) / 2.0));
    }
}
