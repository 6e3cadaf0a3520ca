using System.Numerics;
using Fml.Graph;
using Fml.Native;
using static Fml.Model.Tests.Evaluate;

namespace Fml.Model.Tests;

public sealed class LossesTests
{
    private static readonly TemplateConstants Constants = FormationRows.Constants(ElementType.F64);

    private static readonly int V = FormationRows.Template.VertexCount;

    private static double Number(Node loss) => Assert.Single(Value(loss));

    [Fact]
    public void The_photometric_loss_is_the_mean_distance_over_what_is_seen()
    {
        // Differences (0.3, 0, 0.4) at the first vertex, (1, 1, 1) at the second, which is not seen, and none at the third.
        var sampled = Wide([1, 3, 3], 0.3, 1, 0.5, 0, 1, 0.5, 0.4, 1, 0.5);
        var predicted = Wide([1, 3, 3], 0, 0, 0.5, 0, 0, 0.5, 0, 0, 0.5);
        var mask = Wide([1, 3], 1, 0, 1);
        var sharp = new PhotometricOptions { Epsilon = 0 };
        Assert.True(Math.Abs(Number(Losses.Photometric(sampled, predicted, mask, sharp)) - 0.25) <= 1e-15);
        Assert.True(Math.Abs(Number(Losses.Photometric(sampled, predicted, mask)) - (Math.Sqrt(0.2501) - 0.01) / 2) <= 1e-15);
        var squared = new PhotometricOptions { Squared = true };
        Assert.True(Math.Abs(Number(Losses.Photometric(sampled, predicted, mask, squared)) - 0.125) <= 1e-15);
        var areas = Wide([3], 1.5, 1, 0.5);
        Assert.True(Math.Abs(Number(Losses.Photometric(sampled, predicted, mask, sharp, areas)) - 1.5 * 0.5 / 2) <= 1e-15);
    }

    [Fact]
    public void When_nothing_is_seen_the_photometric_loss_and_its_gradient_are_zero()
    {
        var (sampled, predicted) = (Wide([1, 3, 2], 1, 1, 1, 1, 1, 1), Wide([1, 3, 2], 0, 0, 0, 0, 0, 0));
        var loss = Losses.Photometric(sampled, predicted, Wide([1, 2], 0, 0));
        var values = Values(loss, Gradients.Of(loss, predicted)[0]);
        Assert.Equal([0], values[0]);
        Assert.All(values[1], value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_perfect_prediction_costs_nothing_and_pulls_nowhere()
    {
        var colours = Wide([1, 3, 2], 0.1, 0.2, 0.3, 0.4, 0.5, 0.6);
        var predicted = colours * 1;
        foreach (var epsilon in new[] { 0.0, 0.01 })
        {
            var loss = Losses.Photometric(colours + 0, predicted, Wide([1, 2], 1, 1), new PhotometricOptions { Epsilon = epsilon });
            var values = Values(loss, Gradients.Of(loss, predicted)[0]);
            Assert.All(values[0].Concat(values[1]), value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void With_an_occlusion_scale_large_residuals_count_less_by_a_constant_weight()
    {
        var (sampled, predicted) = (Wide([1, 3, 1], 0.6, 0, 0), Wide([1, 3, 1], 0.2, 0, 0));
        Node Loss(double? scale) => Losses.Photometric(
            sampled, predicted, Wide([1, 1], 1), new PhotometricOptions { Epsilon = 0, OcclusionScale = scale });
        var (plain, robust) = (Loss(null), Loss(0.2));
        var values = Values(plain, robust, Gradients.Of(plain, predicted)[0], Gradients.Of(robust, predicted)[0]);
        const double weight = 1 / (1 + 4.0);
        Assert.True(Math.Abs(values[1][0] - weight * values[0][0]) <= 1e-14);
        Assert.True(Difference(values[3], [.. values[2].Select(g => weight * g)]) <= 1e-14);
    }

    [Fact]
    public void The_landmark_loss_is_in_parts_of_the_image()
    {
        // Every landmark is 3 pixels to the right and 4 below; half of them are trusted by half.
        var targets = new double[136];
        var points = Enumerable.Range(0, 136).Select(i => i < 68 ? 3.0 : 4.0).ToArray();
        var confidence = Enumerable.Range(0, 68).Select(i => i < 34 ? 0.5 : 1).ToArray();
        var loss = Losses.Landmarks(Wide([1, 2, 68], points), Wide([1, 68, 2], targets), Wide([1, 68], confidence), 100);
        Assert.True(Math.Abs(Number(loss) - 0.75 * 25 / 1e4) <= 1e-15);
    }

    [Fact]
    public void Moving_all_nodes_alike_is_smooth_and_moving_one_is_not()
    {
        var n = FormationRows.Graph.NodeCount;
        var alike = Enumerable.Range(0, 3 * n).Select(i => (double)(i / n)).ToArray();
        Assert.Equal(0, Number(Losses.Smoothness(Constants, Wide([1, 3, n], alike))));
        var one = new double[3 * n];
        one[0] = 2;
        var touching = FormationRows.Graph.Edges.Count(edge => edge.A == 0 || edge.B == 0);
        var expected = 4.0 * touching / FormationRows.Graph.Edges.Length;
        Assert.True(Math.Abs(Number(Losses.Smoothness(Constants, Wide([1, 3, n], one))) - expected) <= 1e-14);
    }

    [Fact]
    public void Losses_of_the_deformation_graph_without_a_deformation_graph_are_refused()
    {
        var without = TemplateConstants.Of(FormationRows.Template);
        Assert.Throws<ArgumentException>(() => Losses.Smoothness(without, Ops.Input("d", [1, 3, 8])));
        Assert.Throws<ArgumentException>(() => Losses.Bending(without, Ops.Input("d", [1, 3, 8])));
        Assert.Throws<ArgumentException>(() => Losses.Sliding(without, Ops.Input("d", [1, 3, 8])));
        Assert.Throws<ArgumentException>(() => Losses.Asymmetry(without, Ops.Input("d", [1, 3, 8])));
    }

    [Fact]
    public void Bending_is_the_mean_square_of_what_is_not_affine_around_the_nodes()
    {
        var graph = FormationRows.Graph;
        var n = graph.NodeCount;
        var random = new Random(6);
        double[][] d = [.. Enumerable.Range(0, 6).Select(_ => Enumerable.Range(0, n).Select(_ => (double)random.Normal()).ToArray())];
        var expected = d.Sum(coordinate => NodeBending.Of(graph).Times(coordinate).Sum(rest => rest * rest)) / (2 * n);
        var found = Number(Losses.Bending(Constants, Wide([2, 3, n], [.. d.SelectMany(coordinate => coordinate)])));
        Assert.True(expected > 0.1 && Math.Abs(found - expected) <= 1e-9 * expected);
    }

    [Fact]
    public void Sliding_is_what_nodes_differ_from_their_neighbours_by_across_the_normals()
    {
        var graph = FormationRows.Graph;
        var n = graph.NodeCount;
        var random = new Random(4);
        Vector3 Drawn() => new(random.Normal(), random.Normal(), random.Normal());
        Vector3[][] people = [.. Enumerable.Range(0, 2).Select(_ => Enumerable.Range(0, n).Select(_ => Drawn()).ToArray())];
        var expected = 0.0;
        foreach (var d in people)
            for (var i = 0; i < n; i++)
            {
                Vector3[] neighbours = [.. graph.Edges.Where(e => e.A == i || e.B == i).Select(e => d[e.A == i ? e.B : e.A])];
                var bend = d[i] - neighbours.Aggregate(Vector3.Zero, (sum, other) => sum + other) / neighbours.Length;
                expected += (bend - Vector3.Dot(bend, graph.Normals[i]) * graph.Normals[i]).LengthSquared() / (2 * n);
            }
        var found = Number(Losses.Sliding(Constants, Wide([2, 3, n], [.. people.SelectMany(d => Planar.From(d))])));
        Assert.True(expected > 0.1 && Math.Abs(found - expected) <= 1e-5 * expected);
        Assert.True(Number(Losses.Sliding(Constants, Wide([1, 3, n], [.. Enumerable.Range(0, 3 * n).Select(i => (double)(i / n))]))) <= 1e-12);
    }

    [Fact]
    public void Asymmetry_is_what_the_surface_at_nodes_differs_from_its_mirror_image_by()
    {
        var graph = FormationRows.Graph;
        var n = graph.NodeCount;
        var random = new Random(5);
        double[] d = [.. Enumerable.Range(0, 3 * n).Select(_ => random.Normal())];
        var moved = new double[3 * V];
        graph.Lift(d, moved);
        Vector3 Moved(int v) => new((float)moved[v], (float)moved[V + v], (float)moved[2 * V + v]);
        var expected = Enumerable.Range(0, n).Average(i =>
            (Moved(graph.Nodes[i]) - Moved(graph.Opposite[i]) * new Vector3(-1, 1, 1)).LengthSquared());
        var found = Number(Losses.Asymmetry(Constants, Wide([1, 3, n], d)));
        Assert.True(expected > 0.1 && Math.Abs(found - expected) <= 1e-5 * expected);

        // Up and forward alike everywhere is symmetric, to the side is not.
        double[] Alike(int axis) => [.. Enumerable.Range(0, 3 * n).Select(i => i / n == axis ? 1.0 : 0)];
        Assert.True(Number(Losses.Asymmetry(Constants, Wide([1, 3, n], Alike(1)))) <= 1e-12);
        Assert.True(Number(Losses.Asymmetry(Constants, Wide([1, 3, n], Alike(2)))) <= 1e-12);
        Assert.True(Math.Abs(Number(Losses.Asymmetry(Constants, Wide([1, 3, n], Alike(0)))) - 4) <= 1e-6);
    }

    [Fact]
    public void An_even_albedo_costs_only_epsilon()
    {
        var weights = Wide([1, Constants.EdgeCount], [.. Enumerable.Repeat(1.0, Constants.EdgeCount)]);
        var even = Wide([1, 3, V], [.. Enumerable.Repeat(0.4, 3 * V)]);
        Assert.True(Math.Abs(Number(Losses.AlbedoSparsity(Constants, even, weights)) - Math.Pow(1e-3, 0.9)) <= 1e-15);
    }

    [Fact]
    public void Edges_of_chroma_free_the_albedo_and_what_is_unseen_does_not_count()
    {
        // Two frames. Left of the middle column skin, dark in the first frame; right of it green. The first row is seen by the second
        // frame only, vertices of the last row by none, and one vertex is black.
        var edges = MeshTopology.Build(V, FormationRows.Template.Triangles).Edges;
        const int columns = 7, black = 15;
        int[] unseen = [.. Enumerable.Range(V - columns, columns)];
        double[] Colour(int frame, int v) => v == black ? [0, 0, 0]
            : v % columns < 3 ? [0.4 * (1 + frame), 0.2 * (1 + frame), 0.2 * (1 + frame)] : [0.2, 0.5, 0.2];
        bool Seen(int frame, int v) => !unseen.Contains(v) && (frame == 1 || v >= columns);
        var sampled = from frame in Enumerable.Range(0, 2)
                      from c in Enumerable.Range(0, 3)
                      from v in Enumerable.Range(0, V)
                      select Seen(frame, v) ? Colour(frame, v)[c] : 0.9;
        var mask = from frame in Enumerable.Range(0, 2) from v in Enumerable.Range(0, V) select Seen(frame, v) ? 1.0 : 0;
        var weights = Value(Losses.ChromaWeights(Constants, Wide([2, 3, V], [.. sampled]), Wide([2, V], [.. mask]), people: 1));
        var across = Math.Sqrt(Math.Pow(0.5 - 2 / 9.0, 2) + Math.Pow(0.25 - 5 / 9.0, 2) + Math.Pow(0.25 - 2 / 9.0, 2));
        for (var e = 0; e < edges.Length; e++)
        {
            int[] ends = [edges[e].A, edges[e].B];
            var free = ends.Any(v => unseen.Contains(v) || v == black) || ends[0] % columns < 3 == ends[1] % columns < 3;
            Assert.True(Math.Abs(weights[e] - (free ? 1 : Math.Exp(-80 * across))) <= 1e-12, $"edge {ends[0]}-{ends[1]}: {weights[e]}");
        }
    }

    [Fact]
    public void Expressions_cost_as_much_as_they_deviate_and_extra_beyond_their_range()
    {
        // Deviations 0.1, 0.15, 0.2; range -0.1 to 0.8.
        var within = Number(Losses.ExpressionPrior(Constants, Wide([1, 3], 0.2, -0.05, 0.8), rangeWeight: 10, epsilon: 0.1));
        static double Sharp(double z) => Math.Sqrt(z * z + 0.01) - 0.1;
        Assert.True(Math.Abs(within - (Sharp(2) + Sharp(1 / 3.0) + Sharp(4)) / 3) <= 1e-5);
        var beyond = Number(Losses.ExpressionPrior(Constants, Wide([1, 3], -0.3, 0, 1), rangeWeight: 10, epsilon: 0.1));
        Assert.True(Math.Abs(beyond - (Sharp(3) + 10 * 4 + Sharp(0) + Sharp(5) + 10 * 1) / 3.0) <= 1e-4);
    }

    [Fact]
    public void Ridges_are_means_of_squared_lengths()
    {
        var x = Wide([1, 3, 2], 1, 0, 2, 0, 2, 4);
        Assert.True(Math.Abs(Number(Losses.DisplacementRidge(x)) - (9 + 16) / 2.0) <= 1e-14);
        Assert.True(Math.Abs(Number(Losses.AlbedoRidge(x)) - (9 + 16) / 2.0) <= 1e-14);
    }

    [Fact]
    public void Ambient_light_is_where_the_light_prior_rests()
    {
        var ambient = Ops.Reshape(Lighting.Ambient(ElementType.F64), [1, 9, 3]);
        Assert.Equal(0, Number(Losses.LightPrior(ambient)));
        Assert.True(Math.Abs(Number(Losses.LightPrior(ambient + 0.5)) - 0.25) <= 1e-15);
    }
}
