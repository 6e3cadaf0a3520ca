using System.Numerics;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

public class LearnedSpaceTests
{
    private const int Rank = 3;

    private static readonly FaceTemplate Template = Faces.WithExpressions(TestMeshes.Sphere(60, 3), 2);

    // Bumps of which every person is a combination.
    private static readonly Vector3[][] Modes = [.. Faces.People(Template with { Expressions = [] }, Rank, 4)
        .Select(shape => shape.Zip(Template.Positions, (a, b) => a - b).ToArray())];

    private static Vector3[] Person(Random random)
    {
        var shape = Template.Positions.ToArray();
        foreach (var mode in Modes) VertexArithmetic.AddScaled((float)(2 * random.NextDouble() - 1), mode, shape);
        return shape;
    }

    [Fact]
    public void Principal_components_of_people_of_a_known_rank_fit_others_exactly_at_that_rank_and_not_below()
    {
        var random = new Random(2);
        Vector3[] Displacement(Vector3[] person) => [.. person.Zip(Template.Positions, (a, b) => a - b)];
        var (first, count, variances) = ShapeSpace.Principal(Enumerable.Range(0, 20).Select(_ => Displacement(Person(random))), 10);
        Assert.Equal(Rank, count);
        Assert.Equal(20, variances.Length);
        Assert.Equal(variances.OrderDescending(), variances);
        Assert.True(variances[Rank] <= 1e-9 * variances[0]);

        Vector3[][] others = [Person(random), Person(random)];
        double Error(int parameters) => Floors.FitAll(first(parameters), Template, others).Average(e => e.Rigid.Mean);
        Assert.True(Error(Rank) <= 2e-3, $"{Error(Rank)} mm");
        Assert.True(Error(Rank - 1) > 0.05, $"{Error(Rank - 1)} mm");
        Assert.True(Error(1) >= Error(Rank - 1));
    }

    [Fact]
    public void Directions_of_a_basis_come_strongest_first_and_hold_its_whole_variance()
    {
        var graph = DeformationGraph.Build(Template, 30);
        const int Columns = 4;
        var random = new Random(5);
        var basis = new float[3 * graph.NodeCount * Columns];
        for (var i = 0; i < basis.Length; i++) basis[i] = (i % Columns + 1) * (random.NextSingle() - 0.5f);
        for (var r = 0; r < 3 * graph.NodeCount; r++) basis[r * Columns + 3] = basis[r * Columns] + basis[r * Columns + 1]; // rank 3

        var (first, variances) = ShapeSpace.Principal(graph, basis, Columns);
        Assert.Equal(variances.OrderDescending(), variances);
        var whole = 0.0;
        var lifted = new double[3 * Template.VertexCount];
        for (var c = 0; c < Columns; c++)
        {
            graph.Lift([.. Enumerable.Range(0, 3 * graph.NodeCount).Select(r => (double)basis[r * Columns + c])], lifted);
            whole += Model.Columns.Dot(lifted, lifted);
        }
        Assert.Equal(whole, variances.Sum(), 1e-4 * whole);
        Assert.True(variances[3] <= 1e-6 * variances[0]);

        // All directions span what the columns span, and what the first direction holds of the columns is its variance.
        var span = ShapeSpace.Span(graph, basis, Columns);
        var same = first(Columns).Nearest(lifted);
        Model.Columns.Add(-1, span.Nearest(lifted), same);
        Assert.True(Model.Columns.Norm(same) <= 1e-4 * Model.Columns.Norm(lifted));
        var held = 0.0;
        for (var c = 0; c < Columns; c++)
        {
            graph.Lift([.. Enumerable.Range(0, 3 * graph.NodeCount).Select(r => (double)basis[r * Columns + c])], lifted);
            var nearest = first(1).Nearest(lifted);
            held += Model.Columns.Dot(nearest, nearest);
        }
        Assert.Equal(variances[0], held, 1e-4 * variances[0]);
    }

    [Theory]
    [InlineData(SeparationMode.Off)]
    [InlineData(SeparationMode.Mesh)]
    [InlineData(SeparationMode.Soft)]
    public void What_a_model_learned_holds_all_its_neutral_faces_and_no_fewer_directions_do(SeparationMode mode)
    {
        const int Codes = 3;
        var (head, random) = (BallHead.Create(), new Random(6));
        using var store = new ParameterStore(Device.Default);
        var bases = new FaceBases(store, head, DeformationGraph.Build(head, 40), mode, Codes, 1);
        if (bases.ExpressionBasis is { } worn) store.Set<float>(worn, [.. Enumerable.Range(0, worn.Shape[0] * worn.Shape[1]).Select(_ => random.Normal())]);
        var encoder = new Encoder(store, TinyRun.TinyEncoder, 48, head, bases.Sizes, random);
        using var predictor = new FacePredictor(store, bases, encoder, 48);
        using var model = new FaceReconstructor(store, predictor, bases, TinyRun.Training, "srgb", 0);
        Vector3[][] faces = [model.Neutral([3, -2, 4, 0]), model.Neutral([-1, 3, 2, 0])];
        var space = LearnedSpace.Measure(model, faces, [], [1], null, TestContext.Current.CancellationToken);
        Assert.All(space.Whole, error => Assert.True(error.Rigid.Mean <= 5e-3, $"{error.Rigid.Mean} mm"));
        Assert.Equal([1, Codes], space.Fits.Select(fit => fit.Parameters));
        Assert.True(space.Fits[0].Rigid > 0.05, $"{space.Fits[0].Rigid} mm");
    }
}
