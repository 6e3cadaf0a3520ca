using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>
/// Geometry against the truth: distance over the evaluation region in mm, averaged over people.
/// </summary>
/// <param name="Population">Whose faces, such as "24 held-out synthetic people".</param>
/// <param name="MeanFace">The template's mean face in place of a reconstruction.</param>
/// <param name="Network">The network, or another method, or several: one entry for each number of frames.</param>
/// <param name="Floors">What the best fit within each separation mode leaves.</param>
/// <param name="TruthVariation">RMS distance of the true faces from their own mean: how much there was to get right.</param>
public sealed record AccuracyTable(
    string Population,
    AccuracyRow MeanFace,
    ImmutableArray<AccuracyRow> Network,
    ImmutableArray<AccuracyRow> Floors,
    AccuracyRow? TruthVariation)
{
    /// <summary>What the mean face is called wherever methods stand beside it.</summary>
    internal const string MeanFaceLabel = "mean face";

    /// <summary>Several methods in one table: the first's mean face, floors and variation, and everybody's rows in order.</summary>
    /// <param name="tables">Each method's name and table; at least one. The mean face of another mesh becomes a row of its own.</param>
    public static AccuracyTable Combine(IReadOnlyList<(string Name, AccuracyTable Table)> tables)
    {
        var first = tables[0].Table;
        bool IsOther(AccuracyTable table) =>
            table.MeanFace.Rigid.Interval?.Count == first.MeanFace.Rigid.Interval?.Count && table.MeanFace.Rigid.Mean != first.MeanFace.Rigid.Mean;
        return first with
        {
            Network =
            [
                .. tables.SelectMany(t => IsOther(t.Table)
                    ? t.Table.Network.Prepend(t.Table.MeanFace with { Label = $"{MeanFaceLabel} of {t.Name}" })
                    : t.Table.Network),
            ],
        };
    }
}

/// <summary>One row: after rigid alignment, and with scale as well.</summary>
/// <param name="Label">What was measured.</param>
/// <param name="Frames">Frames per person; 0 where that has no meaning.</param>
/// <param name="Rigid">Error after rigid alignment.</param>
/// <param name="Scaled">Error after alignment with scale.</param>
public sealed record AccuracyRow(string Label, int Frames, Measure Rigid, Measure Scaled)
{
    /// <summary>Sums up the errors of people, one each.</summary>
    /// <param name="label">What was measured.</param>
    /// <param name="frames">Frames per person; 0 where that has no meaning.</param>
    /// <param name="errors">Errors, one a person; at least one.</param>
    /// <param name="meanFace">The mean face's errors on the same people in the same order; absent for the mean face itself.</param>
    public static AccuracyRow Of(string label, int frames, IReadOnlyList<GeometryError> errors, IReadOnlyList<GeometryError>? meanFace = null)
    {
        var gain = meanFace is null ? null : ImprovementOverMean.Of([.. meanFace.Zip(errors)]);
        return new AccuracyRow(
            label, frames,
            Measure.Of([.. errors.Select(e => e.Rigid.Mean)], gain?.Rigid),
            Measure.Of([.. errors.Select(e => e.Scaled.Mean)], gain?.Scaled));
    }
}

/// <summary>A mean over people.</summary>
/// <param name="Mean">Mean, mm unless something else is said.</param>
/// <param name="Deviation">Standard deviation over people; NaN when unknown.</param>
/// <param name="Gain">Mean-face error minus this one's over people, mm, with its 95 % interval; absent for the mean face itself.</param>
/// <param name="Interval">The 95 % interval of the mean, and the number of people; absent when unknown.</param>
public readonly record struct Measure(double Mean, double Deviation = double.NaN, MeanInterval? Gain = null, MeanInterval? Interval = null)
{
    /// <summary>Sums up values, one a person; at least one.</summary>
    internal static Measure Of(IReadOnlyCollection<double> values, MeanInterval? gain = null)
    {
        var statistics = DistanceStatistics.Of(values);
        return new Measure(statistics.Mean, statistics.Deviation, gain, MeanInterval.Of(values));
    }
}
