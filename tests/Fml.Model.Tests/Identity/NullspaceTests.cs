using System.Numerics;
using Fml.Native;

namespace Fml.Model.Tests;

public class NullspaceTests
{
    private static readonly FaceTemplate Template = Faces.WithExpressions(TestMeshes.Sphere(60, 4), 8);
    private static readonly DeformationGraph Graph = DeformationGraph.Build(Template, 60);

    public static TheoryData<SeparationMode> Modes => [.. Enum.GetValues<SeparationMode>()];

    [Theory, MemberData(nameof(Modes))]
    public void What_is_projected_has_nothing_left_in_Q(SeparationMode mode)
    {
        var nullspace = Nullspace.Build(Template, Graph, mode);
        var random = new Random(3);
        var (rows, q) = (3 * Graph.NodeCount, nullspace.Rank);
        var basis = new float[rows * 20];
        for (var i = 0; i < basis.Length; i++) basis[i] = (float)(random.NextDouble() - 0.5);

        var projected = nullspace.Project(basis, 20);

        for (var c = 0; c < 20; c++)
        {
            var (inside, length) = (0.0, 0.0);
            for (var k = 0; k < q; k++)
            {
                var dot = 0.0;
                for (var r = 0; r < rows; r++) dot += (double)nullspace.Q[r * q + k] * projected[r * 20 + c];
                inside += dot * dot;
            }
            for (var r = 0; r < rows; r++) length += (double)projected[r * 20 + c] * projected[r * 20 + c];
            Assert.True(Math.Sqrt(inside) <= 1e-5 * Math.Sqrt(length), $"{Math.Sqrt(inside / length)}");
        }
    }

    [Theory, MemberData(nameof(Modes))]
    public void Q_is_orthonormal_and_holds_the_rigid_motions(SeparationMode mode)
    {
        var nullspace = Nullspace.Build(Template, Graph, mode);
        Assert.Equal(mode == SeparationMode.Off ? 6 : 14, nullspace.Rank);
        Assert.Equal(3 * Graph.NodeCount - nullspace.Rank, nullspace.Free);
        for (var a = 0; a < nullspace.Rank; a++)
            for (var b = 0; b <= a; b++)
                Assert.True(Math.Abs(Columns.Dot(nullspace.Columns[a], nullspace.Columns[b]) - (a == b ? 1 : 0)) <= 1e-12);

        // A shift and a small turn about any point vanish under P.
        var (axis, about, shift) = (new Vector3(0.2f, -0.4f, 0.1f), new Vector3(9, 1, 2), new Vector3(1, 2, 3));
        var motion = Planar.From([.. Graph.Nodes.Select(v => Vector3.Cross(axis, Template.Positions[v] - about) + shift)]);
        var before = Columns.Norm(motion);
        nullspace.Project(motion);
        Assert.True(Columns.Norm(motion) <= 1e-5 * before);
    }

    [Theory]
    [InlineData(SeparationMode.Mesh)]
    [InlineData(SeparationMode.Soft)]
    public void In_mesh_mode_identity_is_orthogonal_to_the_blendshapes_on_the_surface(SeparationMode mode)
    {
        var (inner, lengths) = OnSurface(mode);
        Assert.All(inner, x => Assert.True(Math.Abs(x) <= 1e-9 * lengths));
    }

    [Fact]
    public void In_graph_mode_identity_is_orthogonal_to_the_fitted_blendshapes_at_the_nodes_but_not_on_the_surface()
    {
        var nullspace = Nullspace.Build(Template, Graph, SeparationMode.Graph);
        var d = Projected(nullspace);
        foreach (var expression in new GraphFit(Graph).Fit(Template.Expressions.Select(e => Planar.From(e.Offsets.AsSpan()))))
            Assert.True(Math.Abs(Columns.Dot(expression, d)) <= 1e-9 * Columns.Norm(expression) * Columns.Norm(d));

        var (inner, lengths) = OnSurface(SeparationMode.Graph);
        Assert.Contains(inner, x => Math.Abs(x) > 1e-4 * lengths);
    }

    [Fact]
    public void The_fit_of_what_the_graph_can_do_is_exact()
    {
        var random = new Random(5);
        var d = Enumerable.Range(0, 3 * Graph.NodeCount).Select(_ => random.NextDouble() - 0.5).ToArray();
        var lifted = new double[3 * Graph.VertexCount];
        Graph.Lift(d, lifted);

        var found = new GraphFit(Graph).Fit([lifted])[0];
        for (var i = 0; i < d.Length; i++) Assert.True(Math.Abs(found[i] - d[i]) <= 1e-5, $"{found[i]} {d[i]}");
    }

    [Theory]
    [InlineData(SeparationMode.Graph)]
    [InlineData(SeparationMode.Mesh)]
    public void Dependent_and_empty_blendshapes_add_nothing(SeparationMode mode)
    {
        var e = Template.Expressions;
        var sum = new Blendshape("sum", [.. e[0].Offsets.Zip(e[1].Offsets, (a, b) => a + 2 * b)]);
        var nothing = new Blendshape("nothing", [.. e[0].Offsets.Select(_ => Vector3.Zero)]);
        var more = Template with { Expressions = [.. e, sum, nothing, e[2] with { Name = "again" }] };

        Assert.Equal(14, Nullspace.Build(more, Graph, mode).Rank);
    }

    [Fact]
    public void A_template_without_expressions_has_only_the_rigid_motions_to_project_out()
    {
        foreach (var mode in Enum.GetValues<SeparationMode>())
            Assert.Equal(6, Nullspace.Build(Template with { Expressions = [] }, Graph, mode).Rank);
    }

    [Fact]
    public void Too_few_nodes_for_the_separation_is_an_error_that_says_so()
    {
        var graph = DeformationGraph.Build(Template, 4, neighbours: 2);
        var error = Assert.Throws<FmlException>(() => Nullspace.Build(Template, graph, SeparationMode.Mesh));
        Assert.Contains("use more nodes", error.Message);
        Assert.Throws<FmlException>(() => Nullspace.Build(Faces.WithExpressions(TestMeshes.Sphere(60, 3), 2), graph, SeparationMode.Off));
    }

    [Theory, MemberData(nameof(Modes))]
    public void The_initial_identity_basis_is_smooth_orthonormal_and_untouched_by_the_projection(SeparationMode mode)
    {
        var nullspace = Nullspace.Build(Template, Graph, mode);
        var modes = LaplacianModes.Build(Graph, Graph.NodeCount);
        var basis = InitialBases.Shape(modes, nullspace, 24);

        var projected = nullspace.Project(basis, 24);
        for (var i = 0; i < basis.Length; i++) Assert.True(Math.Abs(basis[i] - projected[i]) <= 1e-6);
        var rougher = 0.0;
        for (var c = 0; c < 24; c++)
        {
            var (square, roughness) = (0.0, 0.0);
            for (var r = 0; r < 3 * Graph.NodeCount; r++) square += (double)basis[r * 24 + c] * basis[r * 24 + c];
            foreach (var (a, b) in Graph.Edges)
                for (var axis = 0; axis < 3; axis++)
                    roughness += Math.Pow(basis[(axis * Graph.NodeCount + a) * 24 + c] - basis[(axis * Graph.NodeCount + b) * 24 + c], 2);
            Assert.True(Math.Abs(square - 1) <= 1e-5);
            Assert.True(roughness >= rougher - 1e-4, "smoothest first");
            var bound = modes.Eigenvalues[(c + nullspace.Rank) / 3]; // Cauchy's interlacing: each motion taken costs one place at most
            Assert.True(roughness <= bound + 1e-4, $"column {c}: {roughness}, not below {bound}");
            rougher = roughness;
        }
        Assert.Equal(3 * Graph.NodeCount * nullspace.Free, InitialBases.Shape(modes, nullspace, nullspace.Free).Length);
        Assert.Throws<FmlException>(() => InitialBases.Shape(modes, nullspace, nullspace.Free + 1));
    }

    [Fact]
    public void The_initial_albedo_basis_has_one_channel_a_column_and_starts_with_plain_colours()
    {
        var modes = LaplacianModes.Build(Graph, 5);
        var basis = InitialBases.Albedo(modes, Graph, 14).ToArray();
        var v = Graph.VertexCount;
        for (var c = 0; c < 14; c++)
            for (var r = 0; r < 3 * v; r++)
                Assert.True(r / v == c % 3 ? float.IsFinite(basis[c][r]) : basis[c][r] == 0);
        for (var i = 0; i < v; i++) Assert.True(Math.Abs(basis[0][i] - 1 / Math.Sqrt(v)) <= 1e-6);
        Assert.Throws<FmlException>(() => InitialBases.Albedo(modes, Graph, 16));
    }

    private static double[] Projected(Nullspace nullspace)
    {
        var random = new Random(4);
        var d = Enumerable.Range(0, 3 * nullspace.NodeCount).Select(_ => random.NextDouble() - 0.5).ToArray();
        nullspace.Project(d);
        return d;
    }

    private static (double[] Inner, double Lengths) OnSurface(SeparationMode mode)
    {
        var d = Projected(Nullspace.Build(Template, Graph, mode));
        var lifted = new double[3 * Template.VertexCount];
        Graph.Lift(d, lifted);
        var areas = MeshArea.PerVertex(Template.Positions.AsSpan(), Template.Triangles.AsSpan());
        for (var i = 0; i < lifted.Length; i++) lifted[i] *= areas[i % areas.Length];
        var columns = Template.Expressions.Select(e => Planar.From(e.Offsets.AsSpan())).ToArray();
        return ([.. columns.Select(c => Columns.Dot(c, lifted))], columns.Max(c => Columns.Norm(c)) * Columns.Norm(lifted));
    }
}
