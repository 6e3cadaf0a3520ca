using Fml.Graph;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Fml.Model;

/// <summary>
/// Divides a shape basis that was learned without regard to expressions between what identity may do and what the blendshapes do. Of every
/// direction <c>theta</c> it finds the free <c>d</c> (<c>Q^T d = 0</c>) and the expression <c>phi</c> with the least
/// <c>|S theta - S d - B phi|^2 + |S theta - S d|^2</c>: together they look like the direction, and the neutral face, which goes without
/// <c>phi</c>, is as near to it as a free one comes. In the soft separation the neutral face does not go without it, and the second part falls away.
/// So the projection costs what it must: learned under it, identity would find only what expressions leave unexplained of the frames.
/// </summary>
internal static class IdentityDivision
{
    // What a worn expression weighs, mm^2 a vertex for each squared deviation: blendshapes that hardly differ must not fight one another.
    private const double Ridge = 0.01;

    /// <summary>Divides in place: the basis becomes d, and phi is added to the expression basis. What is divided stays as it is.</summary>
    /// <param name="store">Where the bases lie.</param>
    /// <param name="bases">Bases of a mode that projects.</param>
    public static void Divide(ParameterStore store, FaceBases bases)
    {
        if (bases.ExpressionBasis is not { } worn) return;
        var (template, graph) = (bases.Template, bases.Graph);
        var fit = new GraphFit(graph);
        var free = new FreeNodes(fit, bases.Nullspace.Columns);
        double[][] directions = [.. store.Get<float>(bases.ShapeBasis).Select(x => (double)x).Chunk(3 * graph.NodeCount)];
        double[][] nearest = [.. directions.Select(direction => Free(free, direction))];
        double[][] beyond = [.. directions.Zip(nearest, (direction, near) => Lifted(graph, direction, near))];

        // With a weight w of the second part and phi given, the best d is nearest - D phi / (1 + w), D the free parts of the blendshapes; what is left
        // is a small problem in phi.
        double weight = bases.Nullspace.Mode == SeparationMode.Soft ? 0 : 1;
        double[][] blendshapes = [.. template.Expressions.Select(e => Planar.From(e.Offsets.AsSpan()))];
        double[][] shares = [.. fit.Fit(blendshapes).Select(nodes => Free(free, nodes).Select(x => x / (1 + weight)).ToArray())];
        double[][] seen = [.. shares.Select(nodes => Lifted(graph, nodes))];
        double[][] remainder = [.. seen.Zip(blendshapes, (s, b) => Difference(s, b))];
        var count = blendshapes.Length;
        var normal = DenseMatrix.Create(count, count, (i, j) =>
            Columns.Dot(remainder[i], remainder[j]) + weight * Columns.Dot(seen[i], seen[j])
            + (i == j ? Ridge * template.VertexCount / Square(template.Expressions[i].Deviation) : 0)).Cholesky();
        var expressions = store.Get<float>(worn);
        for (var k = 0; k < directions.Length; k++)
        {
            var phi = normal.Solve(DenseVector.Create(count, i => -Columns.Dot(remainder[i], beyond[k]) - weight * Columns.Dot(seen[i], beyond[k])));
            for (var i = 0; i < count; i++)
            {
                expressions[k * count + i] += (float)phi[i];
                Columns.Add(-phi[i], shares[i], nearest[k]);
            }
        }
        store.Set<float>(worn, expressions);
        store.Set<float>(bases.ShapeBasis, [.. nearest.SelectMany(d => d.Select(x => (float)x))]);
    }

    private static double[] Free(FreeNodes free, double[] displacement)
    {
        double[] moved = [.. displacement];
        free.MoveTo(moved);
        return moved;
    }

    private static double[] Lifted(DeformationGraph graph, double[] nodes, double[]? less = null)
    {
        var vertices = new double[3 * graph.VertexCount];
        graph.Lift(less is null ? nodes : Difference(nodes, less), vertices);
        return vertices;
    }

    private static double[] Difference(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x - y)];

    private static double Square(double x) => x * x;
}
