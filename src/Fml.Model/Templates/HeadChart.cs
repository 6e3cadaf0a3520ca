namespace Fml.Model;

/// <summary>
/// The chart of the head: the unit disk, with the face in the middle, the crown above it, the back of the head along the upper rim, and the
/// neck's rim as the circle. It is nearly conformal (the conformal map of a surface of revolution like the head, then the Moebius map that
/// brings the face to the middle), so that triangles that are good in the chart are good on the head.
/// </summary>
internal static class HeadChart
{
    private const int Samples = 2048;
    private static readonly double[] Heights = new double[Samples + 1];
    private static readonly double[] LogRadii = new double[Samples + 1];

    // Where on the negative axis of the disk around the crown the middle of the face lies.
    private static readonly double Face;

    static HeadChart()
    {
        // d ln(rho) = ds / r along a meridian of the surface of revolution; the crown is a pole, so start a little below it.
        (double Y, double R) Meridian(double t)
        {
            double y = t < 0.5
                ? HeadLoft.Top - (HeadLoft.Top - 28) * Math.Pow(2 * t, 2)
                : 28 + (HeadLoft.Bottom - 28) * (2 * t - 1);
            var side = HeadLoft.At(Math.PI / 2, y);
            double front = HeadLoft.At(0, y).Z, back = HeadLoft.At(Math.PI, y).Z;
            return (y, 0.5 * (side.X + 0.5 * (front - back)));
        }
        var previous = Meridian(1e-4);
        Heights[0] = previous.Y;
        for (int i = 1; i <= Samples; i++)
        {
            var next = Meridian(Math.Max(1e-4, i / (double)Samples));
            double ds = Math.Sqrt(Math.Pow(next.Y - previous.Y, 2) + Math.Pow(next.R - previous.R, 2));
            Heights[i] = next.Y;
            LogRadii[i] = LogRadii[i - 1] + ds / Math.Max(1e-6, 0.5 * (next.R + previous.R));
            previous = next;
        }
        double last = LogRadii[Samples];
        for (int i = 0; i <= Samples; i++) LogRadii[i] -= last;
        Face = RadiusAt(45);
    }

    /// <summary>Azimuth (radians, 0 front) and height (mm) of a chart point.</summary>
    public static (double Azimuth, double Y) ToHead(double u, double v)
    {
        // Inverse of the Moebius map: zeta = (w + c) / (1 + conj(c) w) with c = -i Face.
        double numeratorX = u, numeratorY = v - Face;
        double denominatorX = 1 - Face * v, denominatorY = Face * u;
        double norm = denominatorX * denominatorX + denominatorY * denominatorY;
        double x = (numeratorX * denominatorX + numeratorY * denominatorY) / norm;
        double y = (numeratorY * denominatorX - numeratorX * denominatorY) / norm;
        double logRadius = Math.Log(Math.Max(1e-12, Math.Sqrt(x * x + y * y)));
        return (Math.Atan2(x, -y), HeightAt(logRadius));
    }

    /// <summary>Chart point of an azimuth and a height.</summary>
    public static (double U, double V) FromHead(double azimuth, double y)
    {
        double radius = RadiusAt(y);
        double zetaX = radius * Math.Sin(azimuth), zetaY = -radius * Math.Cos(azimuth);
        double numeratorX = zetaX, numeratorY = zetaY + Face;
        double denominatorX = 1 + Face * zetaY, denominatorY = -Face * zetaX;
        double norm = denominatorX * denominatorX + denominatorY * denominatorY;
        return ((numeratorX * denominatorX + numeratorY * denominatorY) / norm,
            (numeratorY * denominatorX - numeratorX * denominatorY) / norm);
    }

    /// <summary>Chart point of a place on the front of the bare head.</summary>
    public static (double U, double V) FromFront(double x, double y) => FromHead(HeadLoft.AzimuthAt(x, y), y);

    private static double HeightAt(double logRadius)
    {
        if (logRadius <= LogRadii[0]) return Heights[0] + (HeadLoft.Top - Heights[0]) * (1 - Math.Exp(2 * (logRadius - LogRadii[0])));
        if (logRadius >= 0) return HeadLoft.Bottom;
        int i = Array.BinarySearch(LogRadii, logRadius);
        if (i < 0) i = ~i - 1;
        double t = (logRadius - LogRadii[i]) / (LogRadii[i + 1] - LogRadii[i]);
        return Heights[i] + t * (Heights[i + 1] - Heights[i]);
    }

    private static double RadiusAt(double y)
    {
        int low = 0, high = Samples;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            if (Heights[middle] > y) low = middle;
            else high = middle;
        }
        double t = Math.Clamp((Heights[low] - y) / (Heights[low] - Heights[high]), 0, 1);
        return Math.Exp(LogRadii[low] + t * (LogRadii[high] - LogRadii[low]));
    }
}
