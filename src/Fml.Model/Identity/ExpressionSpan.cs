using System.Numerics;
using Fml.Native;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Fml.Model;

/// <summary>
/// How much of a motion is expression: the share of its energy, area-weighted on the surface, that lies in the span of the blendshapes.
/// It is what <c>|Q^T P d|</c> near 0 does not tell, because <c>Q</c> lives in the metric of the nodes.
/// </summary>
public sealed class ExpressionSpan
{
    private readonly DeformationGraph graph;
    private readonly double[] areas;
    private readonly double[][] onVertices; // A B, planar [3,V], each blendshape of unit length in the metric A
    private readonly double[][] combinations; // [rank][b]: U = B C is orthonormal in the metric A
    private readonly double[][] onNodes; // S^T A U, planar [3,N]
    private readonly double[] nodeDiagonal; // of S^T A S
    private readonly double[] nodeEdges; // its entries at graph.Edges

    private ExpressionSpan(DeformationGraph graph, double[] areas, double[][] onVertices, double[][] combinations)
    {
        this.graph = graph;
        this.areas = areas;
        this.onVertices = onVertices;
        this.combinations = combinations;
        double[][] gathered = [.. onVertices.Select(column =>
        {
            var nodes = new double[3 * graph.NodeCount];
            graph.Gather(column, nodes);
            return nodes;
        })];
        onNodes = [.. combinations.Select(combination =>
        {
            var nodes = new double[3 * graph.NodeCount];
            for (var j = 0; j < combination.Length; j++) Columns.Add(combination[j], gathered[j], nodes);
            return nodes;
        })];
        (nodeDiagonal, nodeEdges) = NodeMetric(graph, areas);
    }

    /// <summary>Dimension of the span.</summary>
    public int Rank => combinations.Length;

    /// <summary>Works out the span of a template's expressions.</summary>
    /// <param name="template">Mean shape and expressions.</param>
    /// <param name="graph">Deformation graph of the same template.</param>
    public static ExpressionSpan Build(FaceTemplate template, DeformationGraph graph)
    {
        var areas = MeshArea.PerVertex(template.Positions.AsSpan(), template.Triangles.AsSpan());
        var columns = new double[template.Expressions.Length][];
        Parallel.For(0, columns.Length, j =>
        {
            columns[j] = Weighted(Planar.From(template.Expressions[j].Offsets.AsSpan()), Array.ConvertAll(areas, Math.Sqrt));
            var norm = Columns.Norm(columns[j]);
            for (var i = 0; norm > 0 && i < columns[j].Length; i++) columns[j][i] /= norm;
        });
        var combinations = Orthonormalising(columns);
        Parallel.For(0, columns.Length, j => columns[j] = Weighted(columns[j], Array.ConvertAll(areas, Math.Sqrt)));
        return new ExpressionSpan(graph, areas, columns, combinations);
    }

    /// <summary>Share of an identity basis, all its columns together; 0 for a basis of zeros.</summary>
    /// <param name="basis">[3N,g], row by row, planar nodes; as it acts, that is after the projection.</param>
    /// <param name="columns">g.</param>
    /// <returns>Between 0 (nothing is expression) and 1.</returns>
    /// <exception cref="FmlException">The basis is not [3N,g].</exception>
    public double Share(ReadOnlySpan<float> basis, int columns)
    {
        var rows = 3 * graph.NodeCount;
        if (basis.Length != rows * columns)
            throw new FmlException(
                $"An identity basis of {columns} columns on {graph.NodeCount} nodes has {rows * columns} entries, "
                + $"not {basis.Length}.");
        var (inside, all) = (0.0, 0.0);
        var column = new double[rows];
        for (var c = 0; c < columns; c++)
        {
            for (var r = 0; r < rows; r++) column[r] = basis[r * columns + c];
            foreach (var u in onNodes) inside += Square(Columns.Dot(u, column));
            all += Energy(column);
        }
        return all > 0 ? inside / all : 0;
    }

    /// <summary>Share of displacements of the vertices, all together; 0 if none moves anything.</summary>
    /// <param name="displacements">[V] each, mm.</param>
    public double Share(IEnumerable<Vector3[]> displacements)
    {
        var (inside, all) = (0.0, 0.0);
        foreach (var displacement in displacements)
        {
            var planar = Planar.From(displacement);
            double[] inner = [.. onVertices.Select(column => Columns.Dot(column, planar))];
            foreach (var combination in combinations) inside += Square(Columns.Dot(combination, inner));
            for (var i = 0; i < planar.Length; i++) all += areas[i % areas.Length] * Square(planar[i]);
        }
        return all > 0 ? inside / all : 0;
    }

    private double Energy(ReadOnlySpan<double> node)
    {
        var n = graph.NodeCount;
        var sum = 0.0;
        for (var c = 0; c < 3; c++)
        {
            var d = node.Slice(c * n, n);
            for (var i = 0; i < n; i++) sum += nodeDiagonal[i] * d[i] * d[i];
            for (var e = 0; e < nodeEdges.Length; e++) sum += 2 * nodeEdges[e] * d[graph.Edges[e].A] * d[graph.Edges[e].B];
        }
        return sum;
    }

    // Through the Gram matrix: with tens of columns of a hundred thousand rows that is one pass where Gram-Schmidt takes many.
    private static double[][] Orthonormalising(double[][] columns)
    {
        if (columns.Length == 0) return [];
        var gram = new DenseMatrix(columns.Length, columns.Length);
        Parallel.For(0, columns.Length, i =>
        {
            for (var j = 0; j <= i; j++) gram[i, j] = gram[j, i] = Columns.Dot(columns[i], columns[j]);
        });
        var decomposition = gram.Evd(Symmetricity.Symmetric);
        var values = decomposition.EigenValues.Select(e => e.Real).ToArray();
        return [.. Enumerable.Range(0, values.Length).Where(k => values[k] > 1e-6 * values.Max()).Select(k =>
            decomposition.EigenVectors.Column(k).Divide(Math.Sqrt(values[k])).ToArray())];
    }

    private static (double[] Diagonal, double[] Edges) NodeMetric(DeformationGraph graph, double[] areas)
    {
        var place = graph.Edges.Select((edge, i) => (edge, i)).ToDictionary(e => e.edge, e => e.i);
        var (diagonal, edges) = (new double[graph.NodeCount], new double[graph.Edges.Length]);
        for (var v = 0; v < graph.VertexCount; v++)
            for (var e = graph.BindingStart[v]; e < graph.BindingStart[v + 1]; e++)
            {
                var (a, wa) = (graph.BindingNode[e], areas[v] * graph.BindingWeight[e]);
                diagonal[a] += wa * graph.BindingWeight[e];
                for (var f = e + 1; f < graph.BindingStart[v + 1]; f++)
                {
                    var b = graph.BindingNode[f];
                    edges[place[(Math.Min(a, b), Math.Max(a, b))]] += wa * graph.BindingWeight[f];
                }
            }
        return (diagonal, edges);
    }

    private static double[] Weighted(double[] planar, double[] weights)
    {
        var weighted = new double[planar.Length];
        for (var c = 0; c < 3; c++)
            for (var i = 0; i < weights.Length; i++) weighted[c * weights.Length + i] = planar[c * weights.Length + i] * weights[i];
        return weighted;
    }

    private static double Square(double x) => x * x;
}
