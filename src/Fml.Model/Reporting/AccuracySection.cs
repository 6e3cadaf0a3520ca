using System.Globalization;

namespace Fml.Model;

/// <summary>A part of the report on accuracy: a sentence, two charts, one table.</summary>
internal static class AccuracySection
{
    public static string Render(string title, string error, AccuracyTable table) => $"""
        <h2>{title}</h2>
        {HtmlReport.Paragraph(Sentence(table, error))}
        <div class="charts">
        {AccuracyChart.Render("mm after rigid alignment", table, row => row.Rigid)}
        {AccuracyChart.Render("mm after alignment with scale", table, row => row.Scaled)}
        </div>
        <div class="scroll"><table>
        <tr><th>{HtmlReport.Text(table.Population)}</th><th>frames</th>
        <th>rigid, mm</th><th>better than mean face by<br>(95 % interval), mm</th>
        <th>with scale, mm</th><th>better than mean face by<br>(95 % interval), mm</th></tr>
        {Row(table.MeanFace)}
        {string.Concat(table.Network.Select(Row))}
        {string.Concat(table.Floors.Select(Row))}
        {(table.TruthVariation is { } variation ? Row(variation) : "")}
        </table></div>
        <p class="note">Mean distance to the truth over the evaluation region, pose removed, and standard deviation over people.
        Size and distance are nearly ambiguous in one uncalibrated view, so both alignments are given. A floor is the best that identities of
        that separation mode could do.</p>
        """;

    /// <summary>What the table says, in words: the last row of the network against the mean face.</summary>
    internal static string Sentence(AccuracyTable table, string error)
    {
        if (table.Network.IsEmpty) return "";
        var name = Name(table.Network[0]);
        var row = table.Network.Where(r => Name(r) == name).MinBy(r => Math.Abs(r.Frames - MeasurementOptions.Usual))!;
        var frames = row.Frames == 1 ? "1 frame" : $"{row.Frames} frames";
        var (rigid, scaled) = (Verdict(row.Rigid, table.MeanFace.Rigid), Verdict(row.Scaled, table.MeanFace.Scaled));
        return $"With {frames} the {name}'s {error} is {Number(row.Rigid.Mean)} mm where the mean face's is "
            + $"{Number(table.MeanFace.Rigid.Mean)} mm{rigid}; with scale {Number(row.Scaled.Mean)} mm against "
            + $"{Number(table.MeanFace.Scaled.Mean)} mm{scaled}.";
    }

    // Without the number of people it may have behind it.
    private static string Name(AccuracyRow row) => row.Label.Split(" (")[0];

    private static string Verdict(Measure network, Measure meanFace) => network.Gain switch
    {
        null => "",
        { Low: > 0 } => $" ({Percent(network, meanFace)} less)",
        { High: < 0 } => $" ({Percent(network, meanFace)} more)",
        _ => " (no clear difference)",
    };

    private static string Percent(Measure network, Measure meanFace) =>
        (100 * Math.Abs(1 - network.Mean / meanFace.Mean)).ToString("0", CultureInfo.InvariantCulture) + " %";

    private static string Row(AccuracyRow row) => $"""
        <tr><td>{HtmlReport.Text(row.Label)}</td><td>{(row.Frames > 0 ? row.Frames : "")}</td>
        <td>{Cell(row.Rigid)}</td><td>{Gain(row.Rigid)}</td><td>{Cell(row.Scaled)}</td><td>{Gain(row.Scaled)}</td></tr>
        """;

    private static string Cell(Measure measure) => !double.IsFinite(measure.Mean) ? "" :
        Number(measure.Mean) + (double.IsFinite(measure.Deviation) ? $" <small>± {Number(measure.Deviation)}</small>" : "");

    private static string Gain(Measure measure) => measure.Gain is { } gain
        ? $"{Number(gain.Mean)} <small>({Number(gain.Low)} to {Number(gain.High)})</small>"
        : "";

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture).Replace('-', '\u2212');
}
