using System.Collections.Immutable;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

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

    private const string WithOffsets = "learned basis and expression offsets";

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
        var learned = ShapeSpace.Principal(bases.Graph, Projected(reconstructor), g);
        int[] counts = [.. parameterCounts.Where(k => k < g).Append(g).Distinct().Order()];
        var spaces = new List<(string Name, int Parameters, ShapeSpace Space)>();
        foreach (var k in counts) spaces.Add((Basis, k, learned.First(k)));
        if (bases.Sizes.Offset > 0) spaces.Add((WithOffsets, g + bases.Sizes.Offset, learned.First(g).WithExpressions(template)));
        var whole = spaces[^1].Name;

        Vector3[][] others = [.. learnedFrom.Take(MostPeople)];
        var (components, variances) = PrincipalComponents(template, others, g);
        var named = $"principal components of {others.Length} people";
        foreach (var k in counts.Where(k => k <= components.Length)) spaces.Add((named, k, ShapeSpace.Span(components[..k])));

        var fits = ImmutableArray.CreateBuilder<SpaceFit>();
        ImmutableArray<GeometryError> ofWhole = [];
        foreach (var (name, parameters, space) in spaces)
        {
            cancel.ThrowIfCancellationRequested();
            progress?.Invoke(new ProgressUpdate("measure: generality", (double)fits.Count / spaces.Count, $"{name}, {parameters}"));
            var errors = Floors.FitAll(space, template, truths);
            fits.Add(new SpaceFit(name, parameters, errors.Average(e => e.Rigid.Mean), errors.Average(e => e.Scaled.Mean)));
            if (name == whole) ofWhole = errors;
        }
        ImmutableArray<SpaceVariance> compactness = [Variance(Basis, learned.Variances, g)];
        if (components.Length > 0) compactness = compactness.Add(Variance(named, variances, g));
        return new LearnedSpace(fits.ToImmutable(), compactness, ofWhole);
    }

    // Shares of the first directions in the sum of all variances.
    private static SpaceVariance Variance(string name, double[] variances, int most)
    {
        var whole = variances.Sum();
        var sum = 0.0;
        return new SpaceVariance(name, [.. variances.Take(most).Select(v => whole > 0 ? (sum += v) / whole : 0)]);
    }

    /// <summary>
    /// Leading directions of the faces' displacements from the template, through the Gram matrix of people, and the squares of all of them,
    /// strongest first.
    /// </summary>
    internal static (Vector3[][] Components, double[] Variances) PrincipalComponents(FaceTemplate template, Vector3[][] faces, int most)
    {
        if (faces.Length == 0) return ([], []);
        double[][] offsets = [.. faces.Select(face => Planar.From([.. face.Zip(template.Positions, (a, b) => a - b)]))];
        var gram = new DenseMatrix(faces.Length, faces.Length);
        Parallel.For(0, faces.Length, i =>
        {
            for (var j = 0; j <= i; j++) gram[i, j] = gram[j, i] = Columns.Dot(offsets[i], offsets[j]);
        });
        var decomposition = gram.Evd(Symmetricity.Symmetric); // ascending
        double[] values = [.. decomposition.EigenValues.Select(e => Math.Max(0, e.Real)).Reverse()];
        var rank = values.Count(v => v > 1e-9 * values[0]);
        var components = Enumerable.Range(0, Math.Min(most, rank)).Select(k =>
        {
            var weights = decomposition.EigenVectors.Column(faces.Length - 1 - k);
            var component = new double[offsets[0].Length];
            for (var i = 0; i < faces.Length; i++) Columns.Add(weights[i], offsets[i], component);
            return Planar.Points(component);
        });
        return ([.. components], values);
    }
}
