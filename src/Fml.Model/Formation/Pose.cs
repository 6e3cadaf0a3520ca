using Fml.Graph;
using Fml.Native;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>The rigid pose of a frame, <c>x_cam = R(w) x + t</c> (<c>method.md</c> section 0).</summary>
public static class Pose
{
    // Below this squared angle power series replace the closed forms, which lose digits there.
    private const double SeriesBelow = 1;
    private const int SeriesTerms = 10;

    /// <summary>
    /// Rotation matrices of rotation vectors (Rodrigues), with <c>s = |w|^2</c>, <c>A = sin sqrt(s) / sqrt(s)</c> and
    /// <c>B = (1 - cos sqrt(s)) / s</c>: <c>R = (1 - B s) 1 + A [w]_x + B w w^T</c>. Value and derivatives are smooth everywhere, at 0 too.
    /// </summary>
    /// <param name="w">[F,3], radians.</param>
    /// <returns>[F,3,3], row by row.</returns>
    public static Node Rotation(Node w)
    {
        var frames = w.Shape[0];
        var element = w.Type.Element;
        var (column, row) = (Reshape(w, [frames, 3, 1]), Reshape(w, [frames, 1, 3]));
        var squared = Sum(Square(row), [2], keepDimensions: true);
        var cross = Reshape(MatMul(w, Constants.Of(element, [3, 9], CrossProduct)), [frames, 3, 3]);
        Scalar s = new Scalar.Argument(0), identity = new Scalar.Argument(1);
        Scalar crossed = new Scalar.Argument(2), wi = new Scalar.Argument(3), wj = new Scalar.Argument(4);
        var a = Scalar.If(s < SeriesBelow, Series(s, 2), Scalar.Sin(Scalar.Sqrt(s)) / Scalar.Sqrt(s));
        var b = Scalar.If(s < SeriesBelow, Series(s, 3), (1 - Scalar.Cos(Scalar.Sqrt(s))) / s);
        return Map(
            identity * (1 - b * s) + a * crossed + b * wi * wj,
            squared, Constants.Of(element, [3, 3], Identity), cross, column, row);
    }

    /// <summary>Positions in camera space, <c>R x + t</c>.</summary>
    /// <param name="rotation">[F,3,3].</param>
    /// <param name="translation">[F,3], mm.</param>
    /// <param name="positions">[F,3,V], mm.</param>
    /// <returns>[F,3,V], mm.</returns>
    public static Node Apply(Node rotation, Node translation, Node positions) =>
        Rotate(rotation, positions) + Reshape(translation, [translation.Shape[0], 3, 1]);

    /// <summary>Directions in camera space, <c>R n</c>.</summary>
    /// <param name="rotation">[F,3,3].</param>
    /// <param name="directions">[F,3,V].</param>
    /// <returns>[F,3,V].</returns>
    public static Node Rotate(Node rotation, Node directions) => MatMul(rotation, directions);

    private static readonly double[] Identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];

    // w times this matrix is [w]_x = ((0, -w_z, w_y), (w_z, 0, -w_x), (-w_y, w_x, 0)), row by row.
    private static readonly double[] CrossProduct =
    [
        0, 0, 0, 0, 0, -1, 0, 1, 0,
        0, 0, 1, 0, 0, 0, -1, 0, 0,
        0, -1, 0, 1, 0, 0, 0, 0, 0,
    ];

    // 1/(n-1)! - s/(n+1)! + s^2/(n+3)! - ...: sin(sqrt s)/sqrt s for n = 2, (1 - cos sqrt s)/s for n = 3.
    private static Scalar Series(Scalar s, int n)
    {
        double Coefficient(int k) => (k % 2 == 0 ? 1 : -1) / Enumerable.Range(1, n - 1 + 2 * k).Aggregate(1.0, (product, i) => product * i);
        Scalar sum = Coefficient(SeriesTerms - 1);
        for (var k = SeriesTerms - 2; k >= 0; k--) sum = sum * s + Coefficient(k);
        return sum;
    }
}
