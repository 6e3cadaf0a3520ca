using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class IdentityDivisionTests : IDisposable
{
    private const int Directions = 5;

    private static readonly FaceTemplate Template = Faces.WithExpressions(TestMeshes.Sphere(60, 3), 8);
    private static readonly DeformationGraph Graph = DeformationGraph.Build(Template, 60);
    private static readonly double[][] Blendshapes = [.. Template.Expressions.Select(e => Planar.From(e.Offsets.AsSpan()))];

    private readonly ParameterStore store = new(Device.Default);

    public void Dispose() => store.Dispose();

    // What Faces.People differ by, as nodes show it: partly expressions.
    private FaceBases Bases(SeparationMode mode)
    {
        var mean = Planar.From(Template.Positions.AsSpan());
        var people = Faces.People(Template, Directions, 7).Select(person =>
        {
            var offset = Planar.From(person);
            Columns.Add(-1, mean, offset);
            return offset;
        });
        var bases = new FaceBases(store, Template, Graph, mode, Directions, 1);
        store.Set<float>(bases.ShapeBasis, [.. new GraphFit(Graph).Fit(people).SelectMany(d => d.Select(x => (float)x))]);
        return bases;
    }

    // The basis before and after it is divided, and the expressions that the directions wear then.
    private (FaceBases Bases, double[][] Whole, double[][] Divided, double[][] Worn) Divided(SeparationMode mode)
    {
        var bases = Bases(mode);
        var whole = Basis(bases);
        IdentityDivision.Divide(store, bases);
        var worn = store.Get<float>(bases.ExpressionBasis!).Select(x => (double)x).Chunk(Blendshapes.Length);
        return (bases, whole, Basis(bases), [.. worn]);
    }

    private static double[] Lifted(double[] nodes)
    {
        var vertices = new double[3 * Template.VertexCount];
        Graph.Lift(nodes, vertices);
        return vertices;
    }

    private static double[] Less(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x - y)];

    private double[][] Basis(FaceBases bases) => [.. store.Get<float>(bases.ShapeBasis).Select(x => (double)x).Chunk(3 * Graph.NodeCount)];

    // Squared mm a vertex that the pair leaves of a direction: in the neutral face, and with what is worn.
    private static (double Neutral, double Worn) Left(double[] direction, double[] free, IEnumerable<double> expression)
    {
        var rest = Lifted(Less(direction, free));
        var neutral = Columns.Dot(rest, rest) / Template.VertexCount;
        foreach (var (weight, blendshape) in expression.Zip(Blendshapes)) Columns.Add(-weight, blendshape, rest);
        return (neutral, Columns.Dot(rest, rest) / Template.VertexCount);
    }

    [Theory]
    [InlineData(SeparationMode.Graph)]
    [InlineData(SeparationMode.Mesh)]
    [InlineData(SeparationMode.Soft)]
    public void A_divided_basis_is_free_of_expressions_and_wears_what_it_lost(SeparationMode mode)
    {
        var (bases, whole, divided, worn) = Divided(mode);
        for (var k = 0; k < Directions; k++)
        {
            foreach (var column in bases.Nullspace.Columns)
                Assert.True(Math.Abs(Columns.Dot(column, divided[k])) <= 1e-5 * Columns.Norm(divided[k]), $"direction {k} lies in Q");
            double[] projected = [.. whole[k]];
            bases.Nullspace.Project(projected);
            var all = Left(whole[k], new double[whole[k].Length], []).Neutral;
            var (naive, found) = (Left(whole[k], projected, []), Left(whole[k], divided[k], worn[k]));
            var neutral = mode == SeparationMode.Soft ? found.Worn : found.Neutral;
            Assert.True(neutral < naive.Neutral, $"direction {k}: {naive.Neutral} left by P, {neutral} of {all} mm^2 by the division");
            Assert.True(found.Worn < 0.98 * found.Neutral, $"direction {k}: {found.Worn} of {found.Neutral} mm^2 are left with what is worn");
        }
    }

    [Theory]
    [InlineData(SeparationMode.Graph)]
    [InlineData(SeparationMode.Mesh)]
    [InlineData(SeparationMode.Soft)]
    public void No_other_free_pair_is_better_on_the_whole(SeparationMode mode)
    {
        var (bases, whole, divided, worn) = Divided(mode);
        var random = new Random(3);
        for (var k = 0; k < Directions; k++)
        {
            double Cost(double[] free, double[] expression)
            {
                var (neutral, with) = Left(whole[k], free, expression);
                return (mode == SeparationMode.Soft ? 0 : neutral) + with
                    + 0.01 * expression.Zip(Template.Expressions, (x, e) => Math.Pow(x / e.Deviation, 2)).Sum();
            }

            var least = Cost(divided[k], worn[k]);
            for (var trial = 0; trial < 20; trial++)
            {
                double[] free = [.. whole[k].Select(_ => 0.1 * random.Normal())];
                bases.Nullspace.Project(free);
                double[] moved = [.. divided[k].Zip(free, (x, y) => x + y)];
                Assert.True(Cost(moved, [.. worn[k].Select(x => x + 0.1 * random.Normal())]) >= least);
                Assert.True(Cost(divided[k], [.. worn[k].Select(x => x + 0.02 * random.Normal())]) >= least);
            }
        }
    }

    [Fact]
    public void What_is_divided_stays_and_where_nothing_is_projected_nothing_is_done()
    {
        var bases = Bases(SeparationMode.Graph);
        IdentityDivision.Divide(store, bases);
        var (once, worn) = (store.Get<float>(bases.ShapeBasis), store.Get<float>(bases.ExpressionBasis!));
        IdentityDivision.Divide(store, bases);
        Assert.True(once.Zip(store.Get<float>(bases.ShapeBasis), (a, b) => Math.Abs(a - b)).Max() <= 1e-4);
        Assert.True(worn.Zip(store.Get<float>(bases.ExpressionBasis!), (a, b) => Math.Abs(a - b)).Max() <= 1e-4);

        using var other = new ParameterStore(Device.Default);
        var free = new FaceBases(other, Template, Graph, SeparationMode.Off, Directions, 1);
        var before = other.Get<float>(free.ShapeBasis);
        IdentityDivision.Divide(other, free);
        Assert.Null(free.ExpressionBasis);
        Assert.Equal(before, other.Get<float>(free.ShapeBasis));
    }

    [Fact]
    public void Softly_divided_neutral_faces_are_nearer_to_the_whole_ones_than_any_without_what_is_worn()
    {
        static double Left(SeparationMode mode)
        {
            using var own = new IdentityDivisionTests();
            var bases = own.Bases(mode);
            float[] codes = [1, -0.5f, 0.7f, 0.2f, -1];
            var whole = new double[3 * Graph.NodeCount];
            foreach (var (code, direction) in codes.Zip(own.Basis(bases))) Columns.Add(code, direction, whole);
            IdentityDivision.Divide(own.store, bases);
            var neutral = bases.Neutral(Ops.Constant<float>(codes, [1, Directions]));
            using var program = GraphProgram.Compile(own.store, [neutral]);
            program.Run();
            var left = Lifted(whole);
            Columns.Add(1, Planar.From(Template.Positions.AsSpan()), left);
            Columns.Add(-1, [.. program.Get<float>(neutral).Select(x => (double)x)], left);
            return Columns.Norm(left);
        }

        var (soft, mesh) = (Left(SeparationMode.Soft), Left(SeparationMode.Mesh));
        Assert.True(soft < 0.95 * mesh, $"{soft}, {mesh}");
    }
}
