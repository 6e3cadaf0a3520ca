using System.Numerics;
using MathNet.Numerics.LinearAlgebra.Double;
using SparseMatrix = Fml.Graph.SparseMatrix;

namespace Fml.Model.Tests;

public class NodeBendingTests
{
    private static double[] Rest(DeformationGraph graph, Func<Vector3, double> displacement) =>
        NodeBending.Of(graph).Times([.. graph.Places.Select(displacement)]);

    private static double MeanSquare(IEnumerable<double> values) => values.Average(x => x * x);

    [Fact]
    public void A_row_takes_away_what_the_ridge_fit_to_two_rings_of_neighbours_says()
    {
        var graph = DeformationGraph.Build(TestMeshes.Sphere(50, 3).AsTemplate(), 40);
        var random = new Random(2);
        var displacements = graph.Places.ToDictionary(place => place, _ => random.NextDouble());
        var rest = Rest(graph, place => displacements[place]);
        HashSet<int> Ring(int node) => [.. graph.Edges.Where(e => e.A == node || e.B == node).Select(e => e.A == node ? e.B : e.A)];
        for (var node = 0; node < graph.NodeCount; node++)
        {
            var others = Ring(node).SelectMany(other => Ring(other).Append(other)).Distinct().Where(other => other != node);
            Vector3[] around = [.. others.Select(other => graph.Places[other])];
            var centre = around.Aggregate(Vector3.Zero, (sum, place) => sum + place) / around.Length;
            double[] Row(Vector3 at) => [1, at.X - centre.X, at.Y - centre.Y, at.Z - centre.Z];
            var ridge = Math.Sqrt(0.05 / 3 * around.Sum(place => Vector3.DistanceSquared(place, centre)));
            double[][] held = [[0, ridge, 0, 0], [0, 0, ridge, 0], [0, 0, 0, ridge]];
            var fit = DenseMatrix.OfRowArrays([.. around.Select(Row), .. held]).QR()
                .Solve(DenseVector.OfArray([.. around.Select(place => displacements[place]), 0, 0, 0]));
            var expected = displacements[graph.Places[node]] - fit.DotProduct(DenseVector.OfArray(Row(graph.Places[node])));
            Assert.True(Math.Abs(rest[node] - expected) <= 1e-5, $"node {node}: {rest[node]} in place of {expected}");
        }
    }

    [Fact]
    public void Moving_and_stretching_a_face_hardly_bends_it_and_a_bump_does()
    {
        var graph = DeformationGraph.Build(ProceduralHead.Create(2_500), 150);
        Assert.True(MeanSquare(Rest(graph, _ => 3)) <= 1e-10);

        // Both move nodes by about a millimetre: how much deeper a face is, and a bump as wide as a cheek.
        double Deeper(Vector3 place) => 0.03 * place.Z;
        double Bump(Vector3 place) => 3 * Math.Exp(-Vector3.DistanceSquared(place, graph.Places[0]) / (2 * 20 * 20));
        double Bends(Func<Vector3, double> displacement) => MeanSquare(Rest(graph, displacement)) / MeanSquare(graph.Places.Select(displacement));
        double Differs(Func<Vector3, double> displacement) =>
            MeanSquare(graph.Edges.Select(edge => displacement(graph.Places[edge.A]) - displacement(graph.Places[edge.B])))
            / MeanSquare(graph.Places.Select(displacement));
        var (bends, differs) = (Bends(Bump) / Bends(Deeper), Differs(Bump) / Differs(Deeper));
        Assert.True(bends > 100 && differs < 10, $"a bump counts {bends:0.0} times as much in bending, {differs:0.0} times in differences");
    }

    [Fact]
    public void Nodes_that_have_no_or_one_neighbour_are_no_exception()
    {
        static SparseMatrix Of(int nodes) => NodeBending.Of(DeformationGraph.Build(TestMeshes.Grid(4, 4).AsTemplate(), nodes));
        Assert.Empty(Of(1).Weight);
        Assert.Equal([1.0, -1, 1, -1], Of(2).Weight);
        Assert.All(Of(3).Weight, weight => Assert.True(double.IsFinite(weight)));
    }
}
