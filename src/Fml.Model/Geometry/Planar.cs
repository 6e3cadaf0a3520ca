using System.Numerics;

namespace Fml.Model;

/// <summary>Between points one after the other and planar order [3,V]: all x, then all y, then all z.</summary>
public static class Planar
{
    /// <summary>Planar copy, [3V].</summary>
    public static double[] From(ReadOnlySpan<Vector3> points)
    {
        var planar = new double[3 * points.Length];
        for (var c = 0; c < 3; c++)
            for (var i = 0; i < points.Length; i++) planar[c * points.Length + i] = points[i][c];
        return planar;
    }

    /// <summary>Planar copy in single precision, [3V].</summary>
    public static float[] Single(ReadOnlySpan<Vector3> points)
    {
        var planar = new float[3 * points.Length];
        for (var c = 0; c < 3; c++)
            for (var i = 0; i < points.Length; i++) planar[c * points.Length + i] = points[i][c];
        return planar;
    }

    /// <summary>The points of a planar array, [V].</summary>
    public static Vector3[] Points(ReadOnlySpan<double> planar)
    {
        var count = planar.Length / 3;
        var points = new Vector3[count];
        for (var i = 0; i < count; i++) points[i] = new Vector3((float)planar[i], (float)planar[count + i], (float)planar[2 * count + i]);
        return points;
    }

    /// <summary>The points of a planar array, [V].</summary>
    public static Vector3[] Points(ReadOnlySpan<float> planar)
    {
        var count = planar.Length / 3;
        var points = new Vector3[count];
        for (var i = 0; i < count; i++) points[i] = new Vector3(planar[i], planar[count + i], planar[2 * count + i]);
        return points;
    }
}
