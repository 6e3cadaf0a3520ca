using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>Where the 68 landmarks, the jaw strips and the evaluation region lie, in the coordinates of the bare head.</summary>
internal static class HeadLandmarks
{
    // Azimuth in degrees and height of the jaw's points from the chin (8) to the left ear (16).
    private static readonly (double Degrees, double Y)[] Jaw =
        [(0, -113), (13.5, -110.5), (27, -104.5), (42, -95), (57, -82), (66, -62), (71, -42), (74, -22), (76, -2)];

    // Brow, nose, eye and mouth points of the left side and the midline, Multi-PIE numbers.
    private static readonly (int Index, double X, double Y)[] Points =
    [
        (22, 13.5, 17.5), (23, 21, 20.2), (24, 30, 22.0), (25, 39.5, 20.3), (26, 48, 15.0),
        (27, 0, 0), (28, 0, -13), (29, 0, -26), (30, 0, -39), (33, 0, -52), (34, 6.5, -51.5), (35, 13.5, -50),
        (42, Eye(-1), Lid(-1)), (43, Eye(-0.38), Lid(-0.38, 1)), (44, Eye(0.42), Lid(0.42, 1)), (45, Eye(1), Lid(1)),
        (46, Eye(0.42), Lid(0.42, -1)), (47, Eye(-0.38), Lid(-0.38, -1)),
        (51, 0, Lip(0, 1)), (52, 6.2, Lip(6.2, 1)), (53, 16, Lip(16, 1)), (54, HeadMouth.HalfWidth, HeadMouth.Line(HeadMouth.HalfWidth)),
        (55, 16, Lip(16, -1)), (56, 7.5, Lip(7.5, -1)), (57, 0, Lip(0, -1)),
        (62, 0, Rim(0, 1)), (63, 9.5, Rim(9.5, 1)), (64, 0.94 * HeadMouth.HalfWidth, Rim(0.94 * HeadMouth.HalfWidth, 0)),
        (65, 9.5, Rim(9.5, -1)), (66, 0, Rim(0, -1)),
    ];

    /// <summary>The number of the landmark on the other side.</summary>
    public static int Mirror(int index) => index switch
    {
        < 17 => 16 - index,
        < 27 => 43 - index,
        < 31 => index,
        < 36 => 66 - index,
        < 48 => index switch
        {
            36 => 45,
            37 => 44,
            38 => 43,
            39 => 42,
            40 => 47,
            41 => 46,
            42 => 39,
            43 => 38,
            44 => 37,
            45 => 36,
            46 => 41,
            _ => 40
        },
        < 55 => 102 - index,
        < 60 => 114 - index,
        < 65 => 124 - index,
        _ => 132 - index,
    };

    /// <summary>Chart points of the landmarks of the left side and the midline.</summary>
    public static IEnumerable<(int Index, double U, double V)> Charted()
    {
        for (int i = 0; i < Jaw.Length; i++)
        {
            var (u, v) = HeadChart.FromHead(Jaw[i].Degrees * (Math.PI / 180), Jaw[i].Y);
            yield return (8 + i, u, v);
        }
        foreach (var (index, x, y) in Points)
        {
            var (u, v) = HeadChart.FromFront(x, y);
            yield return (index, u, v);
        }
    }

    /// <summary>
    /// The line across which jaw point 8 + i slides: from the cheek over the border of the jaw towards the neck, and along the cheek for
    /// the upper ones.
    /// </summary>
    public static IEnumerable<(double U, double V)> Strip(int i)
    {
        var (degrees, y) = Jaw[i];
        double upper = Math.Clamp((i - 2) / 3.0, 0, 1);
        for (double t = -1; t <= 1.0001; t += 0.02)
        {
            double across = t < 0 ? t * (4 + 38 * upper) : t * (4 + 14 * upper), along = -t * (22 - 18 * upper) - 4 * (1 - upper);
            yield return HeadChart.FromHead(Math.Max(0, degrees + across) * (Math.PI / 180), y + along);
        }
    }

    /// <summary>Whether errors are measured at a site: the face without ears, neck, scalp and the inside of the mouth.</summary>
    public static bool Evaluated(in HeadSite site)
    {
        double degrees = Math.Abs(site.Azimuth) * (180 / Math.PI), y = site.Bare.Y;
        double reach = Math.Min(74, 74 - 0.5 * Math.Max(0, y - 20));
        return degrees < reach && y < 66 && y > HeadLoft.BorderAt(degrees) - 3 && site.Mouth.Inner <= 0;
    }

    /// <summary>The barycentric point of a chart position.</summary>
    public static SurfacePoint Find(HeadLayout layout, double u, double v)
    {
        double best = double.NegativeInfinity;
        SurfacePoint found = default;
        var (chart, triangles) = (layout.Chart, layout.Triangles);
        for (int t = 0; t < triangles.Length; t += 3)
        {
            var (a, b, c) = (chart[triangles[t]], chart[triangles[t + 1]], chart[triangles[t + 2]]);
            double area = (b.U - a.U) * (c.V - a.V) - (c.U - a.U) * (b.V - a.V);
            double wb = ((u - a.U) * (c.V - a.V) - (c.U - a.U) * (v - a.V)) / area,
                wc = ((b.U - a.U) * (v - a.V) - (u - a.U) * (b.V - a.V)) / area;
            double least = Math.Min(1 - wb - wc, Math.Min(wb, wc));
            if (least <= best) continue;
            best = least;
            wb = Math.Clamp(wb, 0, 1);
            wc = Math.Clamp(wc, 0, 1 - wb);
            found = new(triangles[t], triangles[t + 1], triangles[t + 2], (float)(1 - wb - wc), (float)wb, (float)wc);
            if (least >= 0) break;
        }
        return found;
    }

    /// <summary>The vertices nearest to a line of chart points, in order, each once.</summary>
    public static ImmutableArray<int> Along(HeadLayout layout, IEnumerable<(double U, double V)> line) =>
        [.. line.Select(p => Nearest(layout, p.U, p.V)).Distinct()];

    private static int Nearest(HeadLayout layout, double u, double v)
    {
        int nearest = 0;
        double best = double.PositiveInfinity;
        for (int i = 0; i < layout.Chart.Length; i++)
        {
            double du = layout.Chart[i].U - u, dv = layout.Chart[i].V - v, d = du * du + dv * dv;
            if (d < best) (best, nearest) = (d, i);
        }
        return nearest;
    }

    private static double Eye(double u) => HeadEye.CentreX + u * HeadEye.HalfWidth;

    private static double Lid(double u, int side = 0) => side switch
    {
        > 0 => HeadEye.Upper(u * HeadEye.HalfWidth),
        < 0 => HeadEye.Lower(u * HeadEye.HalfWidth),
        _ => 0.5 * (HeadEye.Upper(u * HeadEye.HalfWidth) + HeadEye.Lower(u * HeadEye.HalfWidth)),
    };

    private static double Lip(double ax, double side) => HeadMouth.Unroll(ax, side, HeadMouth.Vermilion(side, ax));

    private static double Rim(double ax, double side) => HeadMouth.Line(ax) + side * HeadMouth.Gap(ax);
}
