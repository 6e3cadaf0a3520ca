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
        var (people, count) = (table.Shape[0], table.Shape[1]);
        var codes = DenseMatrix.OfArray(new double[people, count]);
        var values = store.Get<float>(table);
        for (var i = 0; i < values.Length; i++) codes[i / count, i % count] = values[i];

        // C^1/2 and its inverse, C the mean square of the codes; directions in which nobody differs keep their scale.
        var square = (codes.TransposeThisAndMultiply(codes) / Math.Max(1, people)).Evd(Symmetricity.Symmetric);
        var largest = Math.Max(square.EigenValues.Max(e => e.Real), 1e-30);
        var roots = square.EigenValues.Map(e => e.Real > 1e-8 * largest ? Math.Sqrt(e.Real) : 1);
        var root = square.EigenVectors * DenseMatrix.OfDiagonalVector(roots) * square.EigenVectors.Transpose();
        var inverse = square.EigenVectors * DenseMatrix.OfDiagonalVector(roots.Map(r => 1 / r)) * square.EigenVectors.Transpose();

        var gram = Gram(store, basis);
        var directions = (root * gram * root).Evd(Symmetricity.Symmetric).EigenVectors; // ascending
        var reversed = directions.SubMatrix(0, count, 0, count);
        for (var j = 0; j < count; j++) reversed.SetColumn(j, directions.Column(count - 1 - j));

        var toCodes = inverse * reversed; // codes' = codes C^-1/2 U
        var toBasis = reversed.Transpose() * root; // Theta' = U^T C^1/2 Theta
        var newCodes = codes * toCodes;
        store.Set<float>(table, [.. Enumerable.Range(0, values.Length).Select(i => (float)newCodes[i / count, i % count])]);
        Multiply(store, toBasis, basis);
    }

    /// <summary>The mean of a table's rows.</summary>
    public static float[] MeanRow(ParameterStore store, Node.Parameter table)
    {
        var (values, columns) = (store.Get<float>(table), table.Shape[1]);
        return [.. Enumerable.Range(0, columns).Select(c => Enumerable.Range(0, table.Shape[0]).Average(row => values[row * columns + c]))];
    }

    /// <summary>A table's values less the mean of its rows.</summary>
    public static float[] Centred(ParameterStore store, Node.Parameter table)
    {
        var (values, mean) = (store.Get<float>(table), MeanRow(store, table));
        for (var i = 0; i < values.Length; i++) values[i] -= mean[i % mean.Length];
        return values;
    }

    /// <summary>Makes the mean of a table's rows 0, in place.</summary>
    public static void Centre(ParameterStore store, Node.Parameter table) => store.Set<float>(table, Centred(store, table));

    // The basis is too large for the host: Theta Theta^T and T Theta are computed where it lies.
    private static Matrix<double> Gram(ParameterStore store, Node.Parameter basis)
    {
        var product = Ops.MatMul(basis, basis, transposeB: true);
        using var program = GraphProgram.Compile(store, [product]);
        program.Run();
        var values = program.Get<float>(product);
        var count = basis.Shape[0];
        return DenseMatrix.Create(count, count, (i, j) => 0.5 * ((double)values[i * count + j] + values[j * count + i]));
    }

    private static void Multiply(ParameterStore store, Matrix<double> factor, Node.Parameter basis)
    {
        var left = Ops.Input("factor", [factor.RowCount, factor.ColumnCount]);
        using var program = GraphProgram.Compile(store, [], [new Assignment(basis, Ops.MatMul(left, basis))]);
        program.Set<float>(left, [.. factor.ToRowMajorArray().Select(value => (float)value)]);
        program.Run();
    }
}
