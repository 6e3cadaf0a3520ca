using System.Numerics;
using Fml.Native;

namespace Fml.Model.Tests;

public class DeformationGraphTests
{
    private static void AssertBindingsAreSound(DeformationGraph graph, int neighbours)
    {
        for (var v = 0; v < graph.VertexCount; v++)
        {
            var range = graph.BindingStart[v]..graph.BindingStart[v + 1];
            var weights = graph.BindingWeight[range];
            Assert.InRange(weights.Length, 1, neighbours);
            Assert.All(weights, w => Assert.True(w > 0 && w <= 1));
            Assert.True(Math.Abs(weights.Sum(w => (double)w) - 1) <= 1e-6);
            Assert.Equal(weights.Length, graph.BindingNode[range].Distinct().Count());
            Assert.All(graph.BindingNode[range], n => Assert.InRange(n, 0, graph.NodeCount - 1));
        }
    }

    [Fact]
    public void Nodes_carry_the_normals_of_the_mesh()
    {
        var ball = TestMeshes.Sphere(50, 3);
        var graph = DeformationGraph.Build(ball.AsTemplate(), 30);
        Assert.Equal(graph.NodeCount, graph.Normals.Length);
        Assert.All(graph.Nodes.Zip(graph.Normals), node =>
            Assert.InRange(Vector3.Dot(node.Second, Vector3.Normalize(ball.Positions[node.First])), 0.999f, 1.001f));
    }

    [Fact]
    public void Opposite_a_node_is_the_vertex_nearest_to_its_mirror_image()
    {
        var ball = TestMeshes.Sphere(50, 3);
        var lopsided = ball with { Positions = [.. ball.Positions.Select(p => p with { Z = p.Z + 0.1f * p.X })] };
        var graph = DeformationGraph.Build(lopsided.AsTemplate(), 30);
        Assert.All(graph.Nodes.Zip(graph.Opposite), node =>
        {
            var mirrored = lopsided.Positions[node.First] * new Vector3(-1, 1, 1);
            var distance = Vector3.Distance(lopsided.Positions[node.Second], mirrored);
            Assert.All(lopsided.Positions, other => Assert.True(Vector3.Distance(other, mirrored) >= distance));
        });
    }

    [Fact]
    public void Weights_follow_the_formula_for_the_nearest_nodes()
    {
        var grid = TestMeshes.Grid(25, 25);
        var graph = DeformationGraph.Build(grid.AsTemplate(), 30);
        AssertBindingsAreSound(graph, 6);

        for (var v = 0; v < 625; v++)
        {
            var found = graph.Nodes.Select((node, n) => (Distance: (double)Vector3.Distance(grid.Positions[v], grid.Positions[node]), n))
                .OrderBy(f => f.Distance).Take(7).ToArray();
            var raw = found.Take(6).Select(f => Math.Pow(1 - f.Distance / found[6].Distance, 2)).ToArray();
            for (var e = graph.BindingStart[v]; e < graph.BindingStart[v + 1]; e++)
            {
                var place = Array.FindIndex(found, f => f.n == graph.BindingNode[e]);
                var expected = place is >= 0 and < 6 ? raw[place] / raw.Sum() : 0;
                Assert.True(Math.Abs(graph.BindingWeight[e] - expected) <= 1e-4, $"vertex {v}: {graph.BindingWeight[e]}, not {expected}");
            }
        }
    }

    [Fact]
    public void Nodes_are_denser_over_the_evaluation_region()
    {
        var template = TestMeshes.Grid(41, 41).AsTemplate();
        var left = template with { EvaluationRegion = [.. template.EvaluationRegion.Where(v => v % 41 < 20)] };
        var graph = DeformationGraph.Build(left, 100);
        AssertBindingsAreSound(graph, 6);
        var inside = graph.Nodes.Count(v => v % 41 < 20);
        Assert.InRange(inside, 70, 90); // four times as many on the same area, less what the border takes
    }

    [Fact]
    public void Neighbouring_nodes_are_those_that_share_a_vertex()
    {
        var graph = DeformationGraph.Build(TestMeshes.Sphere(50, 4).AsTemplate(), 40);
        AssertBindingsAreSound(graph, 6);

        var expected = Enumerable.Range(0, graph.VertexCount)
            .Select(v => graph.BindingNode[graph.BindingStart[v]..graph.BindingStart[v + 1]])
            .SelectMany(nodes => from a in nodes from b in nodes where a < b select (a, b))
            .Distinct().Order();
        Assert.Equal(expected, graph.Edges);
    }

    [Fact]
    public void Lips_bind_across_the_slit_only_around_its_corners()
    {
        var (mesh, row, from, to) = TestMeshes.Slit(61, 41, 15, 45);
        var graph = DeformationGraph.Build(mesh.AsTemplate(), 120);
        var reach = 2.5 * Math.Sqrt(61 * 41 / 120.0); // a few node distances

        var pairsAcross = 0;
        for (var v = 0; v < graph.VertexCount; v++)
        {
            var position = mesh.Positions[v];
            var onLip = Math.Abs(position.Y - row) <= 1.5 && position.X > from && position.X < to;
            if (!onLip) continue;
            var upper = v >= 61 * 41 || position.Y > row;
            for (var e = graph.BindingStart[v]; e < graph.BindingStart[v + 1]; e++)
            {
                var node = graph.Nodes[graph.BindingNode[e]];
                if (mesh.Positions[node].Y == row && node < 61 * 41 && mesh.Positions[node].X <= from) continue; // a corner belongs to both
                var nodeUpper = node >= 61 * 41 || mesh.Positions[node].Y > row;
                if (mesh.Positions[node].X <= from || mesh.Positions[node].X >= to || nodeUpper == upper) continue;
                pairsAcross++;
                var toCorner = Math.Min(position.X - from, to - position.X);
                Assert.True(toCorner <= reach, $"vertex {position} is bound to {mesh.Positions[node]} on the other lip");
            }
        }
        Assert.True(pairsAcross > 0, "around the corners lips do bind across");
    }

    [Fact]
    public void A_piece_with_few_nodes_and_one_with_none_get_weights_without_NaN()
    {
        var mesh = TestMeshes.Grid(30, 30).With(TestMeshes.Grid(2, 2)).With(TestMeshes.Grid(3, 2));
        var positions = mesh.Positions.AsSpan();
        AssertBindingsAreSound(DeformationGraph.Build(mesh.AsTemplate(), 20), 6);
        var two = DeformationGraph.Build(mesh.AsTemplate(), 2); // the last piece goes without
        AssertBindingsAreSound(two, 6);
        var lone = MeshTopology.Build(mesh.Positions.Length, [.. mesh.Triangles.Take(mesh.Triangles.Length - 12)]);
        AssertBindingsAreSound(DeformationGraph.Build(positions, lone, 20), 6);
        AssertBindingsAreSound(DeformationGraph.Build(TestMeshes.Grid(3, 3).AsTemplate(), 9), 6);
        AssertBindingsAreSound(DeformationGraph.Build(TestMeshes.Grid(9, 9).AsTemplate(), 1), 6);
    }

    [Fact]
    public void Equal_distances_give_equal_weights()
    {
        var weights = NodeBinding.Weights([(2, 4), (2, 5), (2, 6)], 2);
        Assert.Equal([(4, 0.5f), (5, 0.5f)], weights);
        Assert.Equal([(4, 0.5f), (5, 0.5f)], NodeBinding.Weights([(0, 4), (0, 5), (0, 6)], 2));
    }

    [Fact]
    public void Lifting_a_constant_gives_the_constant_and_Gather_is_the_transpose()
    {
        var graph = DeformationGraph.Build(TestMeshes.Sphere(50, 3).AsTemplate(), 25);
        var (n, v) = (graph.NodeCount, graph.VertexCount);
        var random = new Random(1);
        var d = Enumerable.Range(0, 3 * n).Select(_ => random.NextDouble() - 0.5).ToArray();
        var y = Enumerable.Range(0, 3 * v).Select(_ => random.NextDouble() - 0.5).ToArray();
        var (lifted, gathered) = (new double[3 * v], new double[3 * n]);

        graph.Lift(d, lifted);
        graph.Gather(y, gathered);
        Assert.Equal(lifted.Zip(y, (a, b) => a * b).Sum(), d.Zip(gathered, (a, b) => a * b).Sum(), 1e-9);

        graph.Lift([.. Enumerable.Repeat(3.0, 3 * n)], lifted);
        Assert.All(lifted, x => Assert.True(Math.Abs(x - 3) <= 1e-6));
    }

    [Fact]
    public void More_nodes_than_vertices_is_an_error_that_says_so()
    {
        var error = Assert.Throws<FmlException>(() => DeformationGraph.Build(TestMeshes.Grid(3, 3).AsTemplate(), 10));
        Assert.Contains("9 vertices", error.Message);
    }
}
