using Fml.Graph;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Fml.Model;

/// <summary>How a table's rows are distributed: the Gaussian of their mean and covariance.</summary>
/// <param name="Mean">[n].</param>
/// <param name="Root">[n,n]; standard normal rows times it have the rows' covariance.</param>
internal sealed record CodeDistribution(float[] Mean, float[] Root)
{
    /// <summary>The distribution of the rows of tables beside one another, [P,n] in all; null stands for no table.</summary>
    public static CodeDistribution Of(ParameterStore store, params ReadOnlySpan<Node.Parameter?> tables)
    {
        var parts = tables.ToArray().OfType<Node.Parameter>().Select(table => (Values: store.Get<float>(table), Columns: table.Shape[1])).ToArray();
        var people = parts[0].Values.Length / parts[0].Columns;
        var rows = DenseMatrix.OfRows(
            Enumerable.Range(0, people).Select(p => parts.SelectMany(part => part.Values.Skip(p * part.Columns).Take(part.Columns)).Select(x => (double)x)));
        var mean = rows.ColumnSums() / people;
        var deviations = DenseMatrix.OfRows(rows.EnumerateRows().Select(row => row - mean));
        var covariance = (deviations.TransposeThisAndMultiply(deviations) / Math.Max(1, people - 1)).Evd(Symmetricity.Symmetric);
        var roots = covariance.EigenValues.Map(value => Math.Sqrt(Math.Max(0, value.Real)));
        var root = covariance.EigenVectors * DenseMatrix.OfDiagonalVector(roots) * covariance.EigenVectors.Transpose();
        return new CodeDistribution([.. mean.Select(x => (float)x)], [.. root.ToRowMajorArray().Select(x => (float)x)]);
    }

    /// <summary>Independent standard normal codes.</summary>
    public static CodeDistribution Standard(int columns) =>
        new(new float[columns], [.. DenseMatrix.CreateIdentity(columns).ToRowMajorArray().Select(x => (float)x)]);

    /// <summary>Rows of this distribution, [K,n], from standard normal ones.</summary>
    public Node Rows(Node deviates) =>
        Ops.MatMul(deviates, Ops.Constant<float>(Root, [Mean.Length, Mean.Length])) + Ops.Constant<float>(Mean, [Mean.Length]);
}
