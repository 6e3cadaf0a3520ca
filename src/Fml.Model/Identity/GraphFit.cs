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
        var n = graph.NodeCount;
        var all = rightHandSides.ToArray();
        if (all.Length == 0) return [];
        var columns = new double[n * 3 * all.Length]; // column-major [N, 3b]: each planar vector is three columns as it stands
        for (var k = 0; k < all.Length; k++) all[k].CopyTo(columns, k * 3 * n);
        var solution = normal.Solve(new DenseMatrix(n, 3 * all.Length, columns)).ToColumnMajorArray();
        return [.. Enumerable.Range(0, all.Length).Select(k => solution.AsSpan(k * 3 * n, 3 * n).ToArray())];
    }

    /// <summary>The nodes' displacements that come nearest to displacements of the vertices, planar [3,V] to [3,N].</summary>
    public double[][] Fit(IEnumerable<double[]> vertices) => Solve(vertices.Select(y =>
    {
        var gathered = new double[3 * graph.NodeCount];
        graph.Gather(y, gathered);
        return gathered;
    }));
}
