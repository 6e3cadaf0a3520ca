using System.Numerics;

namespace Fml.Model.Tests;

public class ShapeSpaceTests
{
    private static readonly FaceTemplate Template = Faces.WithExpressions(TestMeshes.Sphere(60, 3), 8);
    private static readonly DeformationGraph Graph = DeformationGraph.Build(Template, 60);
    private static readonly Vector3[][] People = Faces.People(Template, 6, 7);

    private static (double Rigid, double Scaled) Floor(ShapeSpace space)
    {
        var errors = People.Select(p => space.Floor(Template, p)).ToArray();
        return (errors.Average(e => e.Rigid.Mean), errors.Average(e => e.Scaled.Mean));
    }

    private static ShapeSpace Allowed(SeparationMode mode) => ShapeSpace.Allowed(Template, Graph, Nullspace.Build(Template, Graph, mode));

    [Fact]
    public void Floors_stand_in_the_order_of_what_the_modes_allow()
    {
        var whole = Floor(ShapeSpace.Whole(Graph));
        var (graph, mesh) = (Floor(Allowed(SeparationMode.Graph)), Floor(Allowed(SeparationMode.Mesh)));
        var (soft, off) = (Floor(Allowed(SeparationMode.Soft)), Floor(Allowed(SeparationMode.Off)));
        var region = Template.EvaluationRegion;
        var mean = People.Average(p => GeometryError.Between(Template.Positions.AsSpan(), p, region.AsSpan()).Rigid.Mean);

        Assert.True(whole.Rigid > 0);
        Assert.True(off.Rigid <= 1.05 * whole.Rigid, "the rigid motions come back by the alignment");
        Assert.True(off.Rigid < 0.8 * graph.Rigid, $"off {off}, graph {graph}");
        Assert.True(graph.Rigid <= mesh.Rigid, $"graph {graph} leaks what mesh {mesh} withholds");
        Assert.True(soft.Rigid < 0.8 * mesh.Rigid, $"soft {soft}, mesh {mesh}");
        Assert.True(mesh.Rigid < mean, $"mesh {mesh}, mean face {mean}");
        foreach (var (rigid, scaled) in new[] { whole, graph, mesh, soft, off }) Assert.True(scaled <= 1.01 * rigid);
    }

    [Fact]
    public void What_a_mode_allows_is_reached_wherever_it_stands()
    {
        foreach (var mode in Enum.GetValues<SeparationMode>())
        {
            var nullspace = Nullspace.Build(Template, Graph, mode);
            var random = new Random(2);
            var d = Enumerable.Range(0, 3 * Graph.NodeCount).Select(_ => 4 * (random.NextDouble() - 0.5)).ToArray();
            nullspace.Project(d);
            var lifted = new double[3 * Template.VertexCount];
            Graph.Lift(d, lifted);
            var moved = Motions.Some with { Scale = 1 };
            var truth = moved.Apply([.. Planar.Points(lifted).Zip(Template.Positions, (a, b) => a + b)]);

            var floor = ShapeSpace.Allowed(Template, Graph, nullspace).Floor(Template, truth);
            Assert.True(floor.Rigid.Mean <= 0.02 && floor.Scaled.Mean <= 0.02, $"{mode}: {floor}");
        }
    }

    [Fact]
    public void The_nearest_displacement_leaves_a_rest_orthogonal_to_the_space()
    {
        foreach (var mode in Enum.GetValues<SeparationMode>())
        {
            var space = Allowed(mode);
            var random = new Random(9);
            var y = Enumerable.Range(0, 3 * Template.VertexCount).Select(_ => random.NextDouble() - 0.5).ToArray();
            var nearest = space.Nearest(y);
            var again = space.Nearest(nearest);
            for (var i = 0; i < y.Length; i++) Assert.True(Math.Abs(again[i] - nearest[i]) <= 1e-7);
            Columns.Add(-1, nearest, y);
            Assert.True(Math.Abs(Columns.Dot(y, nearest)) <= 1e-6 * Columns.Norm(y) * Columns.Norm(nearest));
        }
    }

    [Fact]
    public void The_span_of_an_identity_basis_is_that_of_its_lifted_columns()
    {
        const int Count = 7;
        var random = new Random(3);
        float[] basis = [.. Enumerable.Range(0, 3 * Graph.NodeCount * Count).Select(_ => random.NextSingle() - 0.5f)];
        for (var r = 0; r < 3 * Graph.NodeCount; r++) basis[r * Count + 6] = basis[r * Count] - 2 * basis[r * Count + 1]; // a dependent one
        var lifted = Enumerable.Range(0, Count).Select(c =>
        {
            var vertices = new double[3 * Template.VertexCount];
            Graph.Lift([.. Enumerable.Range(0, 3 * Graph.NodeCount).Select(r => (double)basis[r * Count + c])], vertices);
            return Planar.Points(vertices);
        });
        var y = Enumerable.Range(0, 3 * Template.VertexCount).Select(_ => random.NextDouble() - 0.5).ToArray();
        var (nodes, vertices) = (ShapeSpace.Span(Graph, basis, Count).Nearest(y), ShapeSpace.Span(lifted).Nearest(y));
        Assert.True(Columns.Norm(nodes) >= 0.01 * Columns.Norm(y));
        for (var i = 0; i < y.Length; i++) Assert.True(Math.Abs(nodes[i] - vertices[i]) <= 1e-5, $"{i}: {nodes[i]}, {vertices[i]}");
    }

    [Fact]
    public void More_parameters_fit_held_out_shapes_better_and_the_span_of_a_shape_holds_it()
    {
        var training = Faces.People(Template, 12, 100).Select(p => p.Zip(Template.Positions, (a, b) => a - b).ToArray()).ToArray();
        var errors = new[] { 2, 6, 12 }.Select(n => Floor(ShapeSpace.Span(training.Take(n))).Rigid).ToArray();
        Assert.True(errors[0] > errors[1] && errors[1] > errors[2]);

        var own = ShapeSpace.Span(People.Select(p => p.Zip(Template.Positions, (a, b) => a - b).ToArray()));
        Assert.True(Floor(own).Rigid <= 1e-3);
    }

    [Fact]
    public void The_expression_share_is_1_for_expressions_and_0_for_what_mesh_mode_leaves()
    {
        var span = ExpressionSpan.Build(Template, Graph);
        Assert.Equal(8, span.Rank);
        Assert.Equal(1, span.Share(Template.Expressions.Select(e => e.Offsets.ToArray())), 1e-6);

        var modes = LaplacianModes.Build(Graph, Graph.NodeCount);
        var mesh = InitialBases.Shape(modes, Nullspace.Build(Template, Graph, SeparationMode.Mesh), 30);
        Assert.True(span.Share(mesh, 30) <= 1e-9);
        var off = InitialBases.Shape(modes, Nullspace.Build(Template, Graph, SeparationMode.Off), 30);
        Assert.True(span.Share(off, 30) > 0.01);
        var graph = InitialBases.Shape(modes, Nullspace.Build(Template, Graph, SeparationMode.Graph), 30);
        var leak = span.Share(graph, 30);
        Assert.True(leak > 1e-9 && leak < span.Share(off, 30), "the graph's metric leaks, but not everything");
        Assert.Equal(0, span.Share(new float[3 * Graph.NodeCount], 1));
    }

    [Fact]
    public void The_share_at_the_nodes_is_the_share_of_the_lifted_vertices()
    {
        var span = ExpressionSpan.Build(Template, Graph);
        var basis = InitialBases.Shape(LaplacianModes.Build(Graph, 10), Nullspace.Build(Template, Graph, SeparationMode.Off), 5);
        var lifted = Enumerable.Range(0, 5).Select(c =>
        {
            var vertices = new double[3 * Graph.VertexCount];
            Graph.Lift([.. Enumerable.Range(0, 3 * Graph.NodeCount).Select(r => (double)basis[r * 5 + c])], vertices);
            return Planar.Points(vertices);
        });
        Assert.Equal(span.Share(lifted), span.Share(basis, 5), 1e-5);
    }
}
