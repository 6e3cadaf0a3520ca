using Fml.Graph;

namespace Fml.Model.Tests;

internal static class SparseMatrices
{
    public static double[] Times(this SparseMatrix matrix, double[] x) =>
    [
        .. Enumerable.Range(0, matrix.Rows).Select(row => Enumerable
            .Range(matrix.RowStart[row], matrix.RowStart[row + 1] - matrix.RowStart[row])
            .Sum(k => matrix.Weight[k] * x[matrix.Column[k]])),
    ];
}
