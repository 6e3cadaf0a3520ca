using System.Collections.Immutable;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Fml.Model;

/// <summary>What the learned shape basis can represent, beside principal components of true faces and the whole graph.</summary>
internal static class LearnedSpace
{
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

    /// <summary>Best fits of true faces against the number of parameters.</summary>
    /// <param name="reconstructor">The model.</param>
    /// <param name="truths">Faces to fit, [V] each.</param>
    /// <param name="learnedFrom">True faces of other people, for the principal components; may be empty.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops between spaces.</param>
    public static ImmutableArray<SpaceFit> Generality(
        FaceReconstructor reconstructor, Vector3[][] truths, Vector3[][] learnedFrom, Action<ProgressUpdate>? progress,
        CancellationToken cancel)
    {
        var (template, bases) = (reconstructor.Template, reconstructor.Bases);
        var g = bases.Sizes.Shape;
        var basis = Projected(reconstructor);
        ImmutableArray<int> counts = [.. new[] { g / 4, g }.Where(k => k > 0).Distinct()];
        var spaces = new List<(string Name, int Parameters, ShapeSpace Space)>();
        foreach (var k in counts)
        {
            var learned = ShapeSpace.Span(bases.Graph, First(basis, g, k), k);
            spaces.Add(bases.Sizes.Offset > 0
                ? ("learned basis and expression offsets", k + bases.Sizes.Offset, learned.WithExpressions(template))
                : ("learned basis", k, learned));
        }
        var components = PrincipalComponents(template, learnedFrom, g);
        foreach (var k in counts.Where(k => k <= components.Length))
            spaces.Add(($"principal components of {learnedFrom.Length} people", k, ShapeSpace.Span(components[..k])));
        var fits = ImmutableArray.CreateBuilder<SpaceFit>();
        foreach (var (name, parameters, space) in spaces)
        {
            cancel.ThrowIfCancellationRequested();
            progress?.Invoke(new ProgressUpdate("measure: generality", (double)fits.Count / spaces.Count, $"{name}, {parameters}"));
            var errors = Floors.FitAll(space, template, truths);
            fits.Add(new SpaceFit(name, parameters, errors.Average(e => e.Rigid.Mean), errors.Average(e => e.Scaled.Mean)));
        }
        return fits.ToImmutable();
    }

    /// <summary>The first columns of a row-by-row matrix.</summary>
    private static float[] First(float[] matrix, int columns, int count)
    {
        var rows = matrix.Length / columns;
        var first = new float[rows * count];
        for (var r = 0; r < rows; r++) matrix.AsSpan(r * columns, count).CopyTo(first.AsSpan(r * count));
        return first;
    }

    /// <summary>Leading directions of the faces' displacements from the template, through the Gram matrix of people.</summary>
    private static Vector3[][] PrincipalComponents(FaceTemplate template, Vector3[][] faces, int most)
    {
        if (faces.Length == 0) return [];
        double[][] offsets = [.. faces.Select(face => Planar.From([.. face.Zip(template.Positions, (a, b) => a - b)]))];
        var gram = DenseMatrix.Create(faces.Length, faces.Length, (i, j) => i <= j ? Columns.Dot(offsets[i], offsets[j]) : 0);
        for (var i = 0; i < faces.Length; i++)
            for (var j = 0; j < i; j++) gram[i, j] = gram[j, i];
        var decomposition = gram.Evd(Symmetricity.Symmetric); // ascending
        return
        [
            .. Enumerable.Range(0, Math.Min(most, faces.Length)).Select(k =>
            {
                var weights = decomposition.EigenVectors.Column(faces.Length - 1 - k);
                var component = new double[offsets[0].Length];
                for (var i = 0; i < faces.Length; i++) Columns.Add(weights[i], offsets[i], component);
                return Planar.Points(component);
            }),
        ];
    }
}
