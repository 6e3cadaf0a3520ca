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

    /// <summary>Errors of neutral faces on people with known truth.</summary>
    public AccuracyTable? Accuracy { get; init; }

    /// <summary>Errors of faces with each frame's expression.</summary>
    public AccuracyTable? Expressed { get; init; }

    /// <summary>Where on the face errors are.</summary>
    public ImmutableArray<ReportPicture> ErrorMaps { get; init; } = [];

    /// <summary>Further charts.</summary>
    internal ImmutableArray<ChartSection> Charts { get; init; } = [];

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

/// <summary>Charts under a heading.</summary>
/// <param name="Title">Heading.</param>
/// <param name="Charts">The charts.</param>
/// <param name="Note">Explanation below; may be empty.</param>
internal sealed record ChartSection(string Title, ImmutableArray<LineChart> Charts, string Note = "");

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

/// <summary>A person never trained on.</summary>
/// <param name="Name">Name.</param>
/// <param name="Pictures">Captioned pictures shown side by side, such as input, truth, reconstruction, error map.</param>
/// <param name="ErrorMm">Neutral error after rigid alignment, mm.</param>
/// <param name="MeanFaceErrorMm">The mean face's error on this person, mm.</param>
public sealed record PicturedPerson(string Name, ImmutableArray<ReportPicture> Pictures, double ErrorMm, double MeanFaceErrorMm);
