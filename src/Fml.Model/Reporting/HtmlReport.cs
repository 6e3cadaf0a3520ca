using System.Collections.Immutable;
using System.Net;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// A report as one HTML file that works offline: pictures are data URIs, charts are inline SVG, light and dark follow the reader's setting.
/// </summary>
public static class HtmlReport
{
    private const int SnapshotsShown = 10;

    private static readonly Lazy<string> Style = new(() =>
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream("report.css")!;
        return new StreamReader(stream).ReadToEnd();
    });

    /// <summary>Writes the page, replacing an older one whole.</summary>
    /// <exception cref="FmlException">The file cannot be written.</exception>
    public static void Write(string path, ReportData data) => AtomicFile.WriteText(path, Render(data));

    /// <summary>The page as text.</summary>
    public static string Render(ReportData data) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Text(data.Title)}</title>
        <style>
        {Style.Value}</style>
        </head>
        <body>
        <main>
        <h1>{Text(data.Title)}</h1>
        {Paragraph(data.Summary, "lead")}
        {KeyFigures(data.KeyFigures)}
        {(data.Accuracy is { } neutral ? AccuracySection.Render("Accuracy of the neutral face", "neutral error", neutral) : "")}
        {(data.Expressed is { } expressed ? AccuracySection.Render("Accuracy with expression", "error with expression", expressed) : "")}
        {ErrorMaps(data)}
        {string.Concat(data.Charts.Select(Charts))}
        {People(data)}
        {Curves(data.Metrics)}
        {Gallery(data.Gallery)}
        {string.Concat(data.Tables.Select(Table))}
        {Facts(data.Facts)}
        {Notes(data.Notes)}
        </main>
        </body>
        </html>

        """;

    internal static string Text(string text) => WebUtility.HtmlEncode(text);

    internal static string Paragraph(string text, string style = "") => text.Length == 0 ? "" : $"<p class=\"{style}\">{Text(text)}</p>";

    private static string KeyFigures(ImmutableArray<KeyFigure> figures) => figures.IsEmpty ? "" : $"""
        <div class="figures">{string.Concat(figures.Select(f => $"<div><b>{Text(f.Value)}</b><span>{Text(f.Label)}</span></div>"))}</div>
        """;

    private static string ErrorMaps(ReportData data) => data.ErrorMaps.IsEmpty ? "" : $"""
        <h2>Where the errors are</h2>
        {Scale(data)}
        <div class="maps">{string.Concat(data.ErrorMaps.Select(Picture))}</div>
        """;

    private static string Scale(ReportData data) => $"""
        <div class="scale">
        0 mm <i style="background: {ErrorColours.CssGradient}"></i> {data.ErrorMapLimit:0.#} mm off the truth, or more
        </div>
        """;

    private static string Charts(ChartSection section) => $"""
        <h2>{Text(section.Title)}</h2>
        <div class="charts">{string.Concat(section.Charts.Select(chart => chart.Render()))}</div>
        {Paragraph(section.Note, "note")}
        """;

    private static string People(ReportData data) => data.People.IsEmpty ? "" : $"""
        <h2>People never trained on</h2>
        {Scale(data)}
        {string.Concat(data.People.Select(Person))}
        """;

    private static string Person(PicturedPerson person) => $"""
        <div class="person">
        <div><h3>{Text(person.Name)}</h3>
        <span class="note">{person.ErrorMm:0.00} mm<br>mean face {person.MeanFaceErrorMm:0.00} mm</span></div>
        <div class="pictures">{string.Concat(person.Pictures.Select(Picture))}</div>
        </div>
        """;

    private static string Picture(ReportPicture picture) => $"""
        <figure><img src="{picture.DataUri}" alt="{Text(picture.Caption)}" loading="lazy">{Caption(picture.Caption)}</figure>
        """;

    private static string Caption(string caption) => caption.Length == 0 ? "" : $"<figcaption>{Text(caption)}</figcaption>";

    private static string Curves(ImmutableArray<MetricSample> metrics)
    {
        if (metrics.IsEmpty) return "";
        var stages = MetricCharts.Stages(metrics);
        var sentence = $"Over {metrics[^1].Step:N0} steps." + (stages.IsEmpty ? "" : " Dotted lines begin a stage: "
            + string.Join(", ", stages.Select(s => $"{s.Label} at {s.X:N0}").Prepend($"{metrics[0].Stage} at the start")) + ".");
        return $"""
            <h2>Training</h2>
            {Paragraph(sentence)}
            <div class="charts">{string.Concat(MetricCharts.OfOthers(metrics).Select(chart => chart.Render()))}</div>
            <h3>Losses</h3>
            <div class="charts small">{string.Concat(MetricCharts.OfLosses(metrics).Select(chart => chart.Render()))}</div>
            """;
    }

    private static string Gallery(ImmutableArray<Snapshot> gallery)
    {
        if (gallery.IsEmpty) return "";
        var shown = Spread(gallery);
        var rest = gallery.Except(shown).ToImmutableArray();
        return $"""
            <h2>Gallery</h2>
            {string.Concat(shown.Select(Snapshot))}
            {(rest.IsEmpty ? "" : $"<details><summary>{rest.Length} more</summary>{string.Concat(rest.Select(Snapshot))}</details>")}
            """;
    }

    /// <summary>The first, the last and some between, evenly.</summary>
    private static ImmutableArray<Snapshot> Spread(ImmutableArray<Snapshot> gallery) => gallery.Length <= SnapshotsShown
        ? gallery
        : [.. Enumerable.Range(0, SnapshotsShown).Select(i => gallery[i * (gallery.Length - 1) / (SnapshotsShown - 1)])];

    private static string Snapshot(Snapshot snapshot) => $"""
        <div class="snapshot">
        <div><b>step {snapshot.Step:N0}</b><span class="note">{Duration(snapshot.Seconds)}<br>{Text(snapshot.Caption)}</span></div>
        <div>{Picture(snapshot.Picture)}</div>
        </div>
        """;

    private static string Duration(double seconds) => seconds < 60 ? $"{seconds:0} s" : $"{(int)seconds / 60}:{(int)seconds % 60:00} min";

    internal static string Table(ReportTable table) => $"""
        <h2>{Text(table.Title)}</h2>
        <div class="scroll"><table>
        <tr>{string.Concat(table.Columns.Select(c => $"<th>{Text(c)}</th>"))}</tr>
        {string.Concat(table.Rows.Select(row => $"<tr>{string.Concat(row.Select(cell => $"<td>{Text(cell)}</td>"))}</tr>"))}
        </table></div>
        {Paragraph(table.Note, "note")}
        """;

    private static string Facts(ImmutableArray<Fact> facts) => facts.IsEmpty ? "" : $"""
        <h2>The run</h2>
        <dl>{string.Concat(facts.Select(f => $"<div><dt>{Text(f.Name)}</dt><dd>{Text(f.Value)}</dd></div>"))}</dl>
        """;

    private static string Notes(ImmutableArray<string> notes) => notes.IsEmpty ? "" : $"""
        <h2>How to read this</h2>
        {string.Concat(notes.Select(note => Paragraph(note)))}
        """;
}
