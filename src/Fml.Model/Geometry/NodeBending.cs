using System.Numerics;
using MathNet.Numerics.LinearAlgebra.Double;
using SparseMatrix = Fml.Graph.SparseMatrix;

namespace Fml.Model;

/// <summary>
/// How a displacement bends a surface: what it is at a node beside what the nodes around would have it be if it were affine there, a turn, a
/// stretch and a shear of the surroundings. Differences between neighbours count a face that is longer or deeper on the whole as rough; this
/// does not.
/// </summary>
public static class NodeBending
{
    // Across the surface the nodes around hardly spread, so that a fit would follow their noise; held by this part of their mean spread it
    // does not.
    private const double Ridge = 0.05;

    /// <summary>
    /// Row i takes <c>d_i - A x_i - b</c>, <c>A x + b</c> the least-squares fit to the displacements of the neighbours and their neighbours,
    /// with a ridge on A; 0 for a node without neighbours.
    /// </summary>
    /// <returns>[N,N], applied to each coordinate.</returns>
    public static SparseMatrix Of(DeformationGraph graph)
    {
        var neighbours = graph.Edges.Neighbours();
        int[] Around(int node) => [.. neighbours[node].SelectMany(other => neighbours[other].Append(other)).Distinct().Where(other => other != node).Order()];
        (int, double)[] Row(int node)
        {
            var around = Around(node);
            if (around.Length == 0) return [];
            var weights = AffineWeights(graph.Places[node], [.. around.Select(other => graph.Places[other])]);
            return [(node, 1), .. around.Zip(weights, (other, weight) => (other, -weight))];
        }
        return SparseMatrix.OfRows(graph.NodeCount, [.. Enumerable.Range(0, graph.NodeCount).Select(Row)]);
    }

    // What values at some places count in the affine fit's value at another.
    private static double[] AffineWeights(Vector3 at, Vector3[] places)
    {
        var centre = places.Aggregate(Vector3.Zero, (sum, place) => sum + place) / places.Length;
        double[][] from = [.. places.Select(place => Coordinates(place - centre))];
        var spread = from.Sum(offset => offset.Sum(x => x * x));
        if (spread == 0) return [.. places.Select(_ => 1.0 / places.Length)];
        var gram = DenseMatrix.Create(3, 3, (a, b) => from.Sum(offset => offset[a] * offset[b]) + (a == b ? Ridge * spread / 3 : 0));
        var slope = gram.Solve(DenseVector.OfArray(Coordinates(at - centre)));
        return [.. from.Select(offset => 1.0 / places.Length + slope.DotProduct(DenseVector.OfArray(offset)))];
    }

    private static double[] Coordinates(Vector3 v) => [v.X, v.Y, v.Z];
}
