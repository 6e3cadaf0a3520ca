using System.Numerics;

namespace Fml.Model;

/// <summary>
/// Whether identity is alive (<c>method.md</c> section 3), in millimetres of neutral geometry, so that no rescaling of codes can fake it.
/// </summary>
/// <param name="Between">
/// Root mean square difference of the neutral shapes of two people, per vertex, mm; 0 when everybody has the same face.
/// </param>
/// <param name="Within">The same between disjoint sets of frames of one person, mm; null when no person has two.</param>
/// <param name="TruthBetween">The same between the true shapes of two people, mm; null without truth.</param>
/// <param name="Correlation">
/// Correlation of the shapes' deviations from their mean over people with the truth's, over all people, vertices and coordinates, -1 to
/// 1; 0 when there is no spread; null without truth.
/// </param>
public sealed record SpreadBetweenPeople(double Between, double? Within, double? TruthBetween, double? Correlation)
{
    // Below this, mm per coordinate, differences are rounding and correlate with nothing.
    private const double LeastSpread = 1e-4;
    private const double LeastColourSpread = 1e-6;

    /// <summary><see cref="Between"/> over <see cref="Within"/>: above 1 when a person is more alike themselves than others.</summary>
    public double? Ratio => Within is { } within ? (within > 0 ? Between / within : Between > 0 ? double.PositiveInfinity : 0) : null;

    /// <summary>Measures neutral shapes. Each is first aligned rigidly to the template, so that pose does not count.</summary>
    /// <param name="template">Mean shape and evaluation region; only the region counts.</param>
    /// <param name="neutrals">
    /// Per person, the neutral shapes found from disjoint sets of frames, each [V], mm; at least one a person.
    /// </param>
    /// <param name="truths">Per person, the true neutral shape, [V], mm; null where truth is unknown.</param>
    /// <exception cref="ArgumentException">No people, a person without a shape, or a different number of truths.</exception>
    public static SpreadBetweenPeople Measure(
        FaceTemplate template, IReadOnlyList<IReadOnlyList<Vector3[]>> neutrals, IReadOnlyList<Vector3[]>? truths = null)
    {
        if (neutrals.Count == 0 || neutrals.Any(sets => sets.Count == 0))
            throw new ArgumentException("every person needs at least one neutral shape", nameof(neutrals));
        if (truths is not null && truths.Count != neutrals.Count)
            throw new ArgumentException($"{neutrals.Count} people, but {truths.Count} true shapes", nameof(truths));

        return Of(
            [.. neutrals.Select(sets => sets.Select(shape => Aligned(template, shape)).ToArray())],
            truths is null ? null : [.. truths.Select(shape => Aligned(template, shape))],
            LeastSpread);
    }

    /// <summary>
    /// The same of albedos over the evaluation region, in units of colour, [0, 1], instead of mm: differences of vertices' RGB.
    /// </summary>
    /// <param name="template">Evaluation region.</param>
    /// <param name="albedos">Per person, the albedos found from disjoint sets of frames, each [V]; at least one a person.</param>
    /// <param name="truths">Per person, the true albedo, [V]; null where truth is unknown.</param>
    public static SpreadBetweenPeople OfAlbedo(
        FaceTemplate template, IReadOnlyList<IReadOnlyList<Vector3[]>> albedos, IReadOnlyList<Vector3[]>? truths = null)
    {
        double[] Region(Vector3[] albedo) => Planar.From([.. template.EvaluationRegion.Select(v => albedo[v])]);
        return Of(
            [.. albedos.Select(sets => sets.Select(Region).ToArray())], truths is null ? null : [.. truths.Select(Region)], LeastColourSpread);
    }

    private static SpreadBetweenPeople Of(double[][][] found, double[][]? truths, double least)
    {
        double[][] means = [.. found.Select(Mean)]; // one a person
        var several = found.Where(sets => sets.Length > 1).ToArray();
        double? within = several.Length > 0 ? Math.Sqrt(several.Average(sets => Square(PairDifference(sets)))) : null;
        // Different people are compared set by set, as a person's own sets are, so that the two are alike in noise.
        var between = found.Any(sets => sets.Length > 1) ? BetweenSets(found) : PairDifference(means);
        return truths is null
            ? new SpreadBetweenPeople(between, within, null, null)
            : new SpreadBetweenPeople(between, within, PairDifference(truths), Correlate(means, truths, least));
    }

    private static double[] Aligned(FaceTemplate template, Vector3[] shape)
    {
        var region = template.EvaluationRegion.AsSpan();
        var motion = Alignment.Align(shape, template.Positions.AsSpan(), region);
        var points = new Vector3[region.Length];
        for (var i = 0; i < points.Length; i++) points[i] = motion.Apply(shape[region[i]]);
        return Planar.From(points);
    }

    private static double[] Mean(IReadOnlyCollection<double[]> shapes)
    {
        var mean = new double[shapes.First().Length];
        foreach (var shape in shapes) Columns.Add(1.0 / shapes.Count, shape, mean);
        return mean;
    }

    // Root of the mean over all pairs and vertices of the squared distance: twice the variance with n - 1 in the denominator.
    private static double PairDifference(IReadOnlyCollection<double[]> shapes)
    {
        if (shapes.Count < 2) return 0;
        var mean = Mean(shapes);
        var squares = shapes.Sum(shape => SquaredDistance(shape, mean));
        return Math.Sqrt(2 * squares / (shapes.Count - 1) / (mean.Length / 3));
    }

    private static double BetweenSets(double[][][] people)
    {
        var (sum, pairs) = (0.0, 0);
        for (var a = 0; a < people.Length; a++)
            for (var b = a + 1; b < people.Length; b++)
                foreach (var first in people[a])
                    foreach (var second in people[b])
                    {
                        sum += SquaredDistance(first, second);
                        pairs++;
                    }
        return pairs == 0 ? 0 : Math.Sqrt(sum / pairs / (people[0][0].Length / 3));
    }

    private static double Correlate(double[][] shapes, double[][] truths, double least)
    {
        var (mean, trueMean) = (Mean(shapes), Mean(truths));
        var (product, square, trueSquare) = (0.0, 0.0, 0.0);
        for (var k = 0; k < shapes.Length; k++)
        {
            double[] deviation = [.. shapes[k]], trueDeviation = [.. truths[k]];
            Columns.Add(-1, mean, deviation);
            Columns.Add(-1, trueMean, trueDeviation);
            product += Columns.Dot(deviation, trueDeviation);
            square += Columns.Dot(deviation, deviation);
            trueSquare += Columns.Dot(trueDeviation, trueDeviation);
        }
        var nothing = shapes.Length * (double)mean.Length * least * least;
        return square > nothing && trueSquare > nothing ? product / Math.Sqrt(square * trueSquare) : 0;
    }

    private static double SquaredDistance(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum;
    }

    private static double Square(double x) => x * x;
}
