namespace Fml.Model;

/// <summary>Scalar functions out of which the head is built.</summary>
internal static class HeadCurves
{
    /// <summary>A bell, 1 at the centre: <c>exp(-(x^2 + y^2) / 2)</c> of offsets in units of their widths.</summary>
    public static double Bell(double x, double y = 0, double z = 0) => Math.Exp(-0.5 * (x * x + y * y + z * z));

    /// <summary>A plateau of value 1 up to about <c>|r| = 1</c> with a soft shoulder, 0 beyond about 1.6.</summary>
    public static double Plateau(double x, double y = 0)
    {
        double r2 = x * x + y * y;
        return Math.Exp(-0.5 * r2 * r2);
    }

    /// <summary>0 up to <paramref name="from"/>, 1 from <paramref name="to"/>, smooth between (cubic).</summary>
    public static double Step(double from, double to, double x)
    {
        double t = Math.Clamp((x - from) / (to - from), 0, 1);
        return t * t * (3 - 2 * t);
    }

    /// <summary>The greater of two, rounded off over a width <paramref name="k"/>.</summary>
    public static double SmoothMax(double a, double b, double k)
    {
        double d = a - b;
        return 0.5 * (a + b + Math.Sqrt(d * d + k * k));
    }

    /// <summary>Linear mix.</summary>
    public static double Mix(double a, double b, double t) => a + (b - a) * t;

    /// <summary>Value in [0, 1] of smooth noise with features of size 1, from a hash of the lattice (deterministic, no state).</summary>
    public static double Noise(double x, double y, double z)
    {
        double fx = Math.Floor(x), fy = Math.Floor(y), fz = Math.Floor(z);
        int ix = (int)fx, iy = (int)fy, iz = (int)fz;
        double tx = Step(0, 1, x - fx), ty = Step(0, 1, y - fy), tz = Step(0, 1, z - fz);
        double Row(int dy, int dz) => Mix(Hash(ix, iy + dy, iz + dz), Hash(ix + 1, iy + dy, iz + dz), tx);
        return Mix(Mix(Row(0, 0), Row(1, 0), ty), Mix(Row(0, 1), Row(1, 1), ty), tz);
    }

    private static double Hash(int x, int y, int z)
    {
        uint h = unchecked((uint)x * 0x8da6b343u ^ (uint)y * 0xd8163841u ^ (uint)z * 0xcb1ab31fu);
        h = unchecked((h ^ (h >> 15)) * 0x2c1b3c6du);
        h = unchecked((h ^ (h >> 12)) * 0x297a2d39u);
        return (h ^ (h >> 15)) / (double)uint.MaxValue;
    }
}

/// <summary>A natural cubic spline through knots of rising abscissa, held constant in slope beyond them.</summary>
internal sealed class CubicSpline
{
    private readonly double[] _x, _y, _second;

    public CubicSpline(params (double X, double Y)[] knots)
    {
        _x = [.. knots.Select(k => k.X)];
        _y = [.. knots.Select(k => k.Y)];
        int n = _x.Length;
        _second = new double[n];
        var (upper, right) = (new double[n], new double[n]);
        for (int i = 1; i < n - 1; i++)
        {
            double h0 = _x[i] - _x[i - 1], h1 = _x[i + 1] - _x[i];
            double slope = 6 * ((_y[i + 1] - _y[i]) / h1 - (_y[i] - _y[i - 1]) / h0);
            double pivot = 2 * (h0 + h1) - h0 * upper[i - 1];
            upper[i] = h1 / pivot;
            right[i] = (slope - h0 * right[i - 1]) / pivot;
        }
        for (int i = n - 2; i > 0; i--) _second[i] = right[i] - upper[i] * _second[i + 1];
    }

    /// <summary>Value at x.</summary>
    public double At(double x)
    {
        int last = _x.Length - 1;
        if (x <= _x[0]) return _y[0] + (x - _x[0]) * Slope(0, 0);
        if (x >= _x[last]) return _y[last] + (x - _x[last]) * Slope(last - 1, 1);
        int i = Array.BinarySearch(_x, x);
        if (i < 0) i = ~i - 1;
        i = Math.Min(i, last - 1);
        double h = _x[i + 1] - _x[i], b = (x - _x[i]) / h, a = 1 - b;
        return a * _y[i] + b * _y[i + 1] + ((a * a * a - a) * _second[i] + (b * b * b - b) * _second[i + 1]) * h * h / 6;
    }

    private double Slope(int i, double b)
    {
        double h = _x[i + 1] - _x[i], a = 1 - b;
        return (_y[i + 1] - _y[i]) / h + ((1 - 3 * a * a) * _second[i] + (3 * b * b - 1) * _second[i + 1]) * h / 6;
    }
}
