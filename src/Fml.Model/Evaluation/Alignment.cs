using System.Numerics;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Fml.Model;

/// <summary>A rotation, a shift and a change of size: <c>x -> Scale R x + Translation</c>.</summary>
/// <param name="Scale">Positive; 1 for a rigid motion.</param>
/// <param name="RowX">First row of the rotation R.</param>
/// <param name="RowY">Second row.</param>
/// <param name="RowZ">Third row.</param>
/// <param name="Translation">mm.</param>
public readonly record struct Similarity(double Scale, Vector3 RowX, Vector3 RowY, Vector3 RowZ, Vector3 Translation)
{
    /// <summary>Leaves everything where it is.</summary>
    public static Similarity Identity { get; } = new(1, Vector3.UnitX, Vector3.UnitY, Vector3.UnitZ, Vector3.Zero);

    /// <summary>Where a point goes.</summary>
    public Vector3 Apply(Vector3 point) =>
        (float)Scale * new Vector3(Vector3.Dot(RowX, point), Vector3.Dot(RowY, point), Vector3.Dot(RowZ, point)) + Translation;

    /// <summary>Where points go.</summary>
    public Vector3[] Apply(ReadOnlySpan<Vector3> points)
    {
        var moved = new Vector3[points.Length];
        for (var i = 0; i < points.Length; i++) moved[i] = Apply(points[i]);
        return moved;
    }

    /// <summary>The way back.</summary>
    public Similarity Inverse()
    {
        var back = new Similarity(
            1 / Scale,
            new Vector3(RowX.X, RowY.X, RowZ.X),
            new Vector3(RowX.Y, RowY.Y, RowZ.Y),
            new Vector3(RowX.Z, RowY.Z, RowZ.Z),
            Vector3.Zero);
        return back with { Translation = -back.Apply(Translation) };
    }
}

/// <summary>Brings one set of points onto another with known correspondence, by least squares.</summary>
public static class Alignment
{
    /// <summary>
    /// The motion that brings <paramref name="source"/> nearest to <paramref name="target"/> (Umeyama, "Least-squares estimation of
    /// transformation parameters between two point patterns", 1991); never a reflection.
    /// </summary>
    /// <param name="source">[V], mm.</param>
    /// <param name="target">[V], mm.</param>
    /// <param name="region">Vertices that count; at least one.</param>
    /// <param name="withScale">Let the size change too.</param>
    public static Similarity Align(
        ReadOnlySpan<Vector3> source, ReadOnlySpan<Vector3> target, ReadOnlySpan<int> region, bool withScale = false)
    {
        Span<double> from = stackalloc double[3], to = stackalloc double[3];
        foreach (var v in region)
            for (var c = 0; c < 3; c++)
            {
                from[c] += source[v][c] / (double)region.Length;
                to[c] += target[v][c] / (double)region.Length;
            }
        var covariance = new DenseMatrix(3, 3);
        var (spread, targetSpread) = (0.0, 0.0);
        Span<double> s = stackalloc double[3], t = stackalloc double[3];
        foreach (var v in region)
        {
            for (var c = 0; c < 3; c++)
            {
                (s[c], t[c]) = (source[v][c] - from[c], target[v][c] - to[c]);
                spread += s[c] * s[c];
                targetSpread += t[c] * t[c];
            }
            for (var r = 0; r < 3; r++)
                for (var c = 0; c < 3; c++) covariance[r, c] += t[r] * s[c];
        }
        if (!(spread > 0) || !(targetSpread > 0)) // a single point has no orientation and no size
            return Similarity.Identity with
            {
                Translation = new Vector3((float)(to[0] - from[0]), (float)(to[1] - from[1]), (float)(to[2] - from[2])),
            };

        var svd = covariance.Svd();
        var sign = svd.U.Determinant() * svd.VT.Determinant() < 0 ? -1 : 1;
        var rotation = svd.U * DenseMatrix.OfDiagonalArray([1, 1, sign]) * svd.VT;
        var scale = withScale ? (svd.S[0] + svd.S[1] + sign * svd.S[2]) / spread : 1;
        if (!(scale > 0)) scale = 1;
        Span<float> shift = stackalloc float[3];
        for (var r = 0; r < 3; r++)
            shift[r] = (float)(to[r] - scale * (rotation[r, 0] * from[0] + rotation[r, 1] * from[1] + rotation[r, 2] * from[2]));
        return new Similarity(scale, Row(0), Row(1), Row(2), new Vector3(shift[0], shift[1], shift[2]));

        Vector3 Row(int r) => new((float)rotation[r, 0], (float)rotation[r, 1], (float)rotation[r, 2]);
    }
}
