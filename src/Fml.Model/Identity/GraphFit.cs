using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Fml.Model;

/// <summary>
/// Least squares in the nodes of a deformation graph: <c>argmin_d |S d - y|^2</c> for each coordinate by the normal equations
/// <c>S^T S d = S^T y</c>, whose matrix is the same for all. A ridge of 1e-9 of its mean diagonal decides where bindings make nodes equal.
/// </summary>
internal sealed class GraphFit
{
    private readonly DeformationGraph graph;
    private readonly Cholesky<double> normal;

    public GraphFit(DeformationGraph graph)
    {
        this.graph = graph;
        var n = graph.NodeCount;
        var matrix = new double[n * n];
        for (var v = 0; v < graph.VertexCount; v++)
            for (var e = graph.BindingStart[v]; e < graph.BindingStart[v + 1]; e++)
                for (var f = graph.BindingStart[v]; f < graph.BindingStart[v + 1]; f++)
                    matrix[graph.BindingNode[e] * n + graph.BindingNode[f]] += (double)graph.BindingWeight[e] * graph.BindingWeight[f];
        var ridge = 1e-9 * Enumerable.Range(0, n).Average(i => matrix[i * n + i]);
        for (var i = 0; i < n; i++) matrix[i * n + i] += ridge;
        normal = new DenseMatrix(n, n, matrix).Cholesky();
    }

    /// <summary><c>(S^T S)^{-1} r</c> for planar right-hand sides [3,N].</summary>
    public double[][] Solve(IEnumerable<double[]> rightHandSides)
    {
        var all = rightHandSides.ToArray();
        return all.Length == 0 ? [] : Planar(normal.Solve(Matrix(all)));
    }

    /// <summary>
    /// Columns W, planar [3,N], that span what the given ones span and are orthonormal once lifted, <c>(S W)^T S W = 1</c>: with
    /// <c>S^T S = L L^T</c> they are <c>L^-T</c> of orthonormal columns of <c>L^T</c> times the given. See
    /// <see cref="Columns.Orthonormalise"/>.
    /// </summary>
    public double[][] Orthonormalise(IReadOnlyList<double[]> columns, double tolerance)
    {
        if (columns.Count == 0) return [];
        var factor = normal.Factor;
        var orthonormal = Columns.Orthonormalise(Planar(factor.TransposeThisAndMultiply(Matrix(columns))), tolerance: tolerance);
        return orthonormal.Length == 0 ? [] : Planar(factor.Transpose().Solve(Matrix(orthonormal)));
    }

    /// <summary>
    /// The principal directions of lifted columns, <c>S Theta</c>, as columns W that are orthonormal once lifted; see
    /// <see cref="PrincipalDirections"/>.
    /// </summary>
    public (double[][] Columns, double[] Squares) Principal(IReadOnlyList<double[]> columns) => columns.Count == 0
        ? ([], [])
        : PrincipalDirections.Of(columns, columns.Count, Planar(normal.Factor.TransposeThisAndMultiply(Matrix(columns))));

    // [N, 3b], column-major: each planar vector is three columns as it stands.
    private DenseMatrix Matrix(IReadOnlyList<double[]> planar)
    {
        var n = graph.NodeCount;
        var columns = new double[n * 3 * planar.Count];
        for (var k = 0; k < planar.Count; k++) planar[k].CopyTo(columns, k * 3 * n);
        return new DenseMatrix(n, 3 * planar.Count, columns);
    }

    private static double[][] Planar(Matrix<double> matrix) => [.. matrix.ToColumnMajorArray().Chunk(3 * matrix.RowCount)];

    /// <summary>The nodes' displacements that come nearest to displacements of the vertices, planar [3,V] to [3,N].</summary>
    public double[][] Fit(IEnumerable<double[]> vertices) => Solve(vertices.Select(y =>
    {
        var gathered = new double[3 * graph.NodeCount];
        graph.Gather(y, gathered);
        return gathered;
    }));
}
