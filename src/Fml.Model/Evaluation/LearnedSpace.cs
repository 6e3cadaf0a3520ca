using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>What the learned shape basis can represent, beside principal components of true faces.</summary>
/// <param name="Fits">Best fits of true faces against the number of parameters.</param>
/// <param name="Compactness">How the variance is spread over directions.</param>
/// <param name="Whole">Errors of the best fit in all that the model's identity can be, a person each.</param>
internal sealed record LearnedSpace(
    ImmutableArray<SpaceFit> Fits, ImmutableArray<SpaceVariance> Compactness, ImmutableArray<GeometryError> Whole)
{
    // More people than this change the principal components little and take long.
    public const int MostPeople = 500;

    public const string Basis = "learned basis";

    /// <summary>The learned basis as it acts, <c>P Theta_s</c>, [3N,g] row by row.</summary>
    public static float[] Projected(FaceReconstructor reconstructor)
    {
        var bases = reconstructor.Bases;
        var (transposed, g) = (reconstructor.ShapeBasis, bases.Sizes.Shape);
        var rows = transposed.Length / g;
        var basis = new float[transposed.Length];
        for (var c = 0; c < g; c++)
            for (var r = 0; r < rows; r++) basis[r * g + c] = transposed[c * rows + r];
        return bases.Nullspace.Project(basis, g);
    }

    /// <summary>Fits true faces.</summary>
    /// <param name="reconstructor">The model.</param>
    /// <param name="truths">Faces to fit, [V] each.</param>
    /// <param name="learnedFrom">True faces of other people, for the principal components; may be empty.</param>
    /// <param name="parameterCounts">Numbers of parameters besides the whole basis; greater ones are left out.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops between spaces.</param>
    public static LearnedSpace Measure(
        FaceReconstructor reconstructor, Vector3[][] truths, Vector3[][] learnedFrom, ImmutableArray<int> parameterCounts,
        Action<ProgressUpdate>? progress, CancellationToken cancel)
    {
        var (template, bases) = (reconstructor.Template, reconstructor.Bases);
        var g = bases.Sizes.Shape;
        var learned = Learned(reconstructor);
        int[] counts = [.. parameterCounts.Where(k => k < g).Append(g).Distinct().Order()];
        var spaces = new List<(string Name, int Parameters, ShapeSpace Space)>();
        foreach (var k in counts) spaces.Add((Basis, k, learned.First(k)));

        Vector3[][] others = [.. learnedFrom.Take(MostPeople)];
        var components = ShapeSpace.Principal(others.Select(face => Displacement(template, face)), g);
        var named = $"principal components of {others.Length} people";
        foreach (var k in counts.Where(k => k <= components.Count)) spaces.Add((named, k, components.First(k)));

        var fits = ImmutableArray.CreateBuilder<SpaceFit>();
        ImmutableArray<GeometryError> ofWhole = [];
        foreach (var (name, parameters, space) in spaces)
        {
            cancel.ThrowIfCancellationRequested();
            progress?.Invoke(new ProgressUpdate("measure: generality", (double)fits.Count / spaces.Count, $"{name}, {parameters}"));
            var errors = Floors.FitAll(space, template, truths);
            fits.Add(new SpaceFit(name, parameters, errors.Average(e => e.Rigid.Mean), errors.Average(e => e.Scaled.Mean)));
            if (name == Basis && parameters == g) ofWhole = errors;
        }
        ImmutableArray<SpaceVariance> compactness = [Variance(Basis, learned.Variances, g)];
        if (components.Count > 0) compactness = compactness.Add(Variance(named, components.Variances, g));
        return new LearnedSpace(fits.ToImmutable(), compactness, ofWhole);
    }

    // Shares of the first directions in the sum of all variances.
    private static SpaceVariance Variance(string name, double[] variances, int most)
    {
        var whole = variances.Sum();
        var sum = 0.0;
        return new SpaceVariance(name, [.. variances.Take(most).Select(v => whole > 0 ? (sum += v) / whole : 0)]);
    }

    // The directions in which the neutral face is learned to differ; an offset in the expressions is no displacement of nodes.
    private static (Func<int, ShapeSpace> First, double[] Variances) Learned(FaceReconstructor reconstructor)
    {
        var (template, bases, sizes) = (reconstructor.Template, reconstructor.Bases, reconstructor.Bases.Sizes);
        if (bases.Nullspace.Mode != SeparationMode.Soft) return ShapeSpace.Principal(bases.Graph, Projected(reconstructor), sizes.Shape);
        var (first, _, variances) = ShapeSpace.Principal(
            Enumerable.Range(0, sizes.Shape).Select(k =>
            {
                var codes = new float[sizes.Total];
                codes[k] = 1;
                return Displacement(template, reconstructor.Neutral(codes));
            }),
            sizes.Shape);
        return (first, variances);
    }

    private static Vector3[] Displacement(FaceTemplate template, Vector3[] face) => [.. face.Zip(template.Positions, (a, b) => a - b)];
}
