using Fml.Graph;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Fml.Model;

/// <summary>
/// Codes and bases have a free gauge: <c>alpha T</c> with <c>T^-1 Theta</c> is the same face. This fixes it: over the training people the
/// codes become uncorrelated with mean square 1, and the basis' directions orthogonal, strongest first. So scale lives in the basis, the
/// codes are what a network likes to learn, and no loss can be lowered by shrinking them.
/// </summary>
internal static class CodeGauge
{
    /// <summary>Fixes the gauge of a table of codes [P,g] and its basis [g,n] in place; the products <c>codes basis</c> do not
    /// change.</summary>
    public static void Fix(ParameterStore store, Node.Parameter table, Node.Parameter basis)
    {
        var (people, count, columns) = (table.Shape[0], table.Shape[1], basis.Shape[1]);
        var codes = DenseMatrix.OfArray(new double[people, count]);
        var values = store.Get<float>(table);
        for (var i = 0; i < values.Length; i++) codes[i / count, i % count] = values[i];
        var theta = store.Get<float>(basis);

        // C^1/2 and its inverse, C the mean square of the codes; directions in which nobody differs keep their scale.
        var square = (codes.TransposeThisAndMultiply(codes) / Math.Max(1, people)).Evd(Symmetricity.Symmetric);
        var largest = Math.Max(square.EigenValues.Max(e => e.Real), 1e-30);
        var roots = square.EigenValues.Map(e => e.Real > 1e-8 * largest ? Math.Sqrt(e.Real) : 1);
        var root = square.EigenVectors * DenseMatrix.OfDiagonalVector(roots) * square.EigenVectors.Transpose();
        var inverse = square.EigenVectors * DenseMatrix.OfDiagonalVector(roots.Map(r => 1 / r)) * square.EigenVectors.Transpose();

        var gram = DenseMatrix.Create(count, count, 0);
        for (var i = 0; i < count; i++)
            for (var j = 0; j <= i; j++)
            {
                var sum = 0.0;
                for (var k = 0; k < columns; k++) sum += (double)theta[i * columns + k] * theta[j * columns + k];
                gram[i, j] = gram[j, i] = sum;
            }
        var directions = (root * gram * root).Evd(Symmetricity.Symmetric).EigenVectors; // ascending
        var reversed = directions.SubMatrix(0, count, 0, count);
        for (var j = 0; j < count; j++) reversed.SetColumn(j, directions.Column(count - 1 - j));

        var toCodes = inverse * reversed; // codes' = codes C^-1/2 U
        var toBasis = reversed.Transpose() * root; // Theta' = U^T C^1/2 Theta
        var newCodes = codes * toCodes;
        store.Set<float>(table, [.. Enumerable.Range(0, values.Length).Select(i => (float)newCodes[i / count, i % count])]);
        var newTheta = new float[theta.Length];
        for (var i = 0; i < count; i++)
            for (var j = 0; j < count; j++)
            {
                var factor = (float)toBasis[i, j];
                for (var k = 0; k < columns; k++) newTheta[i * columns + k] += factor * theta[j * columns + k];
            }
        store.Set<float>(basis, newTheta);
    }
}
