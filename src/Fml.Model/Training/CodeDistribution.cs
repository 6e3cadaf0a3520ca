using Fml.Graph;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Fml.Model;

/// <summary>How a table's rows are distributed: the Gaussian of their mean and covariance.</summary>
/// <param name="Mean">[n].</param>
/// <param name="Root">[n,n]; standard normal rows times it have the rows' covariance.</param>
internal sealed record CodeDistribution(float[] Mean, float[] Root)
{
    /// <summary>The distribution of the rows of a table, [P,n].</summary>
    public static CodeDistribution Of(ParameterStore store, Node.Parameter table)
    {
        var people = table.Shape[0];
        var rows = DenseMatrix.OfRows(store.Get<float>(table).Select(x => (double)x).Chunk(table.Shape[1]));
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
