using MathNet.Numerics.LinearAlgebra.Double;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Fml.Model;

/// <summary>
/// The displacements of nodes that a nullspace leaves free, and of them the one nearest to a given one as the surface shows it:
/// <c>argmin_d |S (d - x)|^2</c> under <c>Q^T d = 0</c> is <c>x - H^-1 Q (Q^T H^-1 Q)^-1 Q^T x</c> with <c>H = S^T S</c>. That is not <c>P x</c>,
/// which is nearest in the metric of the nodes.
/// </summary>
internal sealed class FreeNodes
{
    private readonly double[][] q;
    private readonly double[][] solvedQ;
    private readonly Cholesky<double>? schur;

    /// <summary>Prepares for the columns of <c>Q</c>, [q][3N]; without any all is free.</summary>
    public FreeNodes(GraphFit fit, double[][] q)
    {
        this.q = q;
        solvedQ = fit.Solve(q);
        if (q.Length > 0) schur = DenseMatrix.Create(q.Length, q.Length, (i, j) => Columns.Dot(q[i], solvedQ[j])).Cholesky();
    }

    /// <summary>Moves a displacement [3,N] to the nearest free one, in place.</summary>
    public void MoveTo(double[] displacement)
    {
        if (schur is null) return;
        var multipliers = schur.Solve(DenseVector.Create(q.Length, i => Columns.Dot(q[i], displacement)));
        for (var i = 0; i < q.Length; i++) Columns.Add(-multipliers[i], solvedQ[i], displacement);
    }
}
