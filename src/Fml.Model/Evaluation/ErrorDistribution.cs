using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>Where and how often shapes err: the curve of the share of vertices below a distance, and the mean distance at each vertex.</summary>
/// <param name="Shares">Share of the distances that are at most <see cref="Thresholds"/>, 0 to 1.</param>
/// <param name="Map">Mean over people of the distance at each vertex of the evaluation region, mm, after rigid alignment.</param>
/// <param name="People">Number of people.</param>
public sealed record ErrorDistribution(ImmutableArray<double> Shares, ImmutableArray<double> Map, int People)
{
    /// <summary>Distances at which the curve is known, mm: 0 to 6 by a tenth.</summary>
    public static ImmutableArray<double> Thresholds { get; } = [.. Enumerable.Range(0, 61).Select(i => i / 10.0)];

    /// <summary>Sums up the distances of people.</summary>
    /// <param name="people">Per person the distances, in the same order; at least one person and one distance.</param>
    public static ErrorDistribution Of(IReadOnlyCollection<double[]> people)
    {
        double[] sorted = [.. people.SelectMany(distances => distances).Order()];
        var map = new double[people.First().Length];
        foreach (var distances in people) Columns.Add(1.0 / people.Count, distances, map);
        return new ErrorDistribution([.. Thresholds.Select(x => Share(sorted, x))], [.. map], people.Count);
    }

    /// <summary>Share of the distances that are at most a number of millimetres from 0 to 6.</summary>
    internal double ShareWithin(int millimetres) => Shares[10 * millimetres];

    // How many of ascending values are at most x.
    private static double Share(double[] sorted, double x)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle] <= x) low = middle + 1;
            else high = middle;
        }
        return (double)low / sorted.Length;
    }
}
