using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Fml.Model;

/// <summary>Principal components of columns, found through their Gram matrix: there are far fewer of them than they are long.</summary>
internal static class PrincipalDirections
{
    // In the squares of singular values, of the largest: what is below is rounding.
    private const double Least = 1e-9;

    /// <summary>The directions, strongest first, without those that are nothing but rounding, and the squares of all singular values.</summary>
    /// <param name="columns">The columns; directions are combinations of them.</param>
    /// <param name="most">Most directions.</param>
    /// <param name="measured">The columns where lengths and angles are measured, if elsewhere; there the directions are orthonormal.</param>
    public static (double[][] Directions, double[] Squares) Of(IReadOnlyList<double[]> columns, int most, IReadOnlyList<double[]>? measured = null)
    {
        if (columns.Count == 0) return ([], []);
        var (count, from) = (columns.Count, measured ?? columns);
        var gram = new DenseMatrix(count);
        Parallel.For(0, count, i =>
        {
            for (var j = 0; j <= i; j++) gram[i, j] = gram[j, i] = Columns.Dot(from[i], from[j]);
        });
        var decomposition = gram.Evd(Symmetricity.Symmetric); // ascending
        double[] squares = [.. decomposition.EigenValues.Select(e => Math.Max(0, e.Real)).Reverse()];
        var directions = new double[Math.Min(most, squares.Count(s => s > Least * squares[0]))][];
        Parallel.For(0, directions.Length, k =>
        {
            directions[k] = new double[columns[0].Length];
            for (var j = 0; j < count; j++)
                Columns.Add(decomposition.EigenVectors[j, count - 1 - k] / Math.Sqrt(squares[k]), columns[j], directions[k]);
        });
        return (directions, squares);
    }
}
