using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>Everything an HTML report shows. Parts that are empty or absent are left out of the page.</summary>
public sealed record ReportData
{
    /// <summary>What the page is about, such as "Demo: a face model from synthetic clips".</summary>
    public required string Title { get; init; }

    /// <summary>One or two sentences saying what was done and what came out.</summary>
    public string Summary { get; init; } = "";

    /// <summary>The few figures to read first.</summary>
    public ImmutableArray<KeyFigure> KeyFigures { get; init; } = [];

    /// <summary>Facts of the run: options, device, data, times, memory.</summary>
    public ImmutableArray<Fact> Facts { get; init; } = [];

    /// <summary>The run's metrics, in order of steps.</summary>
    public ImmutableArray<MetricSample> Metrics { get; init; } = [];

    /// <summary>Pictures taken during training, in order of steps.</summary>
    public ImmutableArray<Snapshot> Gallery { get; init; } = [];

    /// <summary>Errors on people with known truth.</summary>
    public AccuracyTable? Accuracy { get; init; }

    /// <summary>Held-out people: truth beside reconstruction.</summary>
    public ImmutableArray<PicturedPerson> People { get; init; } = [];

    /// <summary>The distance that the error maps' last colour stands for, mm.</summary>
    public double ErrorMapLimit { get; init; } = 6;

    /// <summary>Further measurements: landmarks before and after, separation, generality.</summary>
    public ImmutableArray<ReportTable> Tables { get; init; } = [];

    /// <summary>What a reader must know to judge the figures.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];
}

/// <summary>One large figure.</summary>
/// <param name="Value">The number as it is to be read, with its unit.</param>
/// <param name="Label">What it is.</param>
public sealed record KeyFigure(string Value, string Label);

/// <summary>A named fact.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">Its value as text.</param>
public sealed record Fact(string Name, string Value);

/// <summary>A picture taken during training.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Seconds">Time spent training, s.</param>
/// <param name="Caption">What it shows; may be empty.</param>
/// <param name="Picture">The picture.</param>
public sealed record Snapshot(long Step, double Seconds, string Caption, ReportPicture Picture);

/// <summary>A table of text. The first column is left-aligned, the others right-aligned as numbers are.</summary>
/// <param name="Title">Heading.</param>
/// <param name="Columns">Column headings.</param>
/// <param name="Rows">Rows, each as long as <paramref name="Columns"/>.</param>
/// <param name="Note">Explanation below the table; may be empty.</param>
public sealed record ReportTable(
    string Title, ImmutableArray<string> Columns, ImmutableArray<ImmutableArray<string>> Rows, string Note = "");

/// <summary>
/// Neutral geometry against the truth on people never trained on: per-vertex distance over the evaluation region in mm, averaged over
/// people.
/// </summary>
/// <param name="Population">Whose faces, such as "24 held-out synthetic people".</param>
/// <param name="MeanFace">The template's mean face in place of a reconstruction.</param>
/// <param name="Network">The network alone, one entry for each number of frames.</param>
/// <param name="Floors">What the best fit within each separation mode leaves.</param>
/// <param name="TruthVariation">RMS distance of the true faces from their own mean: how much there was to get right.</param>
public sealed record AccuracyTable(
    string Population,
    AccuracyRow MeanFace,
    ImmutableArray<AccuracyRow> Network,
    ImmutableArray<AccuracyRow> Floors,
    AccuracyRow? TruthVariation);

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
            Measure.Of(errors.Select(e => e.Rigid.Mean), gain?.Rigid),
            Measure.Of(errors.Select(e => e.Scaled.Mean), gain?.Scaled));
    }
}

/// <summary>A mean over people in mm.</summary>
/// <param name="Mean">Mean error, mm.</param>
/// <param name="Deviation">Standard deviation over people, mm; NaN when unknown.</param>
/// <param name="Gain">Mean-face error minus this one's over people, mm, with its 95 % interval; absent for the mean face itself.</param>
public readonly record struct Measure(double Mean, double Deviation = double.NaN, MeanInterval? Gain = null)
{
    internal static Measure Of(IEnumerable<double> errors, MeanInterval? gain)
    {
        var statistics = DistanceStatistics.Of([.. errors]);
        return new Measure(statistics.Mean, statistics.Deviation, gain);
    }
}

/// <summary>A person never trained on.</summary>
/// <param name="Name">Name.</param>
/// <param name="Pictures">Captioned pictures shown side by side, such as input, truth, reconstruction, error map.</param>
/// <param name="ErrorMm">Neutral error after rigid alignment, mm.</param>
/// <param name="MeanFaceErrorMm">The mean face's error on this person, mm.</param>
public sealed record PicturedPerson(string Name, ImmutableArray<ReportPicture> Pictures, double ErrorMm, double MeanFaceErrorMm);
