using System.Globalization;
using System.Text;

namespace Fml.Model;

/// <summary>Error against number of frames with 95 % intervals, between the mean face above and the floors below, as SVG.</summary>
internal static class AccuracyChart
{
    private const int Width = 460, Height = 260, Left = 46, Right = 120, Top = 12, Bottom = 40;

    public static string Render(string title, AccuracyTable table, Func<AccuracyRow, Measure> measure)
    {
        var levels = table.Floors.Prepend(table.MeanFace).Where(row => double.IsFinite(measure(row).Mean)).ToArray();
        var rows = table.Network.Where(row => double.IsFinite(measure(row).Mean)).ToArray();
        if (rows.Length == 0) return "";
        var y = ChartScale.Around(levels.Concat(rows).SelectMany(row => Span(table, measure, row)), logarithmic: false);
        var svg = new StringBuilder($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{title}\">");
        foreach (var tick in y.Ticks(5))
        {
            var at = Y(y, tick);
            svg.Append($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{N(at)}\" y2=\"{N(at)}\"/>");
            svg.Append($"<text x=\"{Left - 6}\" y=\"{N(at + 4)}\" text-anchor=\"end\">{ChartScale.Label(tick)}</text>");
        }
        Levels(svg, levels, row => Y(y, measure(row).Mean));
        for (var i = 0; i < rows.Length; i++) Point(svg, y, table, measure, rows, i);
        var middle = N((Left + Width - Right) / 2.0);
        svg.Append($"<text x=\"{middle}\" y=\"{Height - 6}\" text-anchor=\"middle\">frames per person</text></svg>");
        return $"<figure class=\"chart\"><figcaption>{title}</figcaption>{svg}</figure>";
    }

    /// <summary>Horizontal lines; their labels, from the top, keep a line's distance from one another.</summary>
    private static void Levels(StringBuilder svg, AccuracyRow[] rows, Func<AccuracyRow, double> height)
    {
        var free = double.NegativeInfinity;
        foreach (var row in rows.OrderBy(height))
        {
            var at = height(row);
            var label = Math.Max(at + 4, free);
            free = label + 15;
            svg.Append($"<line class=\"level\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{N(at)}\" y2=\"{N(at)}\"/>");
            svg.Append($"<text x=\"{Width - Right + 6}\" y=\"{N(label)}\">{System.Net.WebUtility.HtmlEncode(row.Label)}</text>");
        }
    }

    private static void Point(
        StringBuilder svg, ChartScale y, AccuracyTable table, Func<AccuracyRow, Measure> measure, AccuracyRow[] rows, int index)
    {
        var x = Left + (index + 0.5) * (Width - Left - Right) / rows.Length;
        var span = Span(table, measure, rows[index]);
        svg.Append($"<line class=\"whisker\" x1=\"{N(x)}\" x2=\"{N(x)}\" y1=\"{N(Y(y, span[0]))}\" y2=\"{N(Y(y, span[^1]))}\"/>");
        svg.Append($"<circle class=\"s0\" cx=\"{N(x)}\" cy=\"{N(Y(y, measure(rows[index]).Mean))}\" r=\"4.5\"/>");
        svg.Append($"<text x=\"{N(x)}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{rows[index].Frames}</text>");
    }

    /// <summary>The interval of the gain over the mean face, hung below the mean face's error.</summary>
    private static double[] Span(AccuracyTable table, Func<AccuracyRow, Measure> measure, AccuracyRow row) => measure(row).Gain is { } gain
        ? [measure(table.MeanFace).Mean - gain.High, measure(row).Mean, measure(table.MeanFace).Mean - gain.Low]
        : [measure(row).Mean];

    private static double Y(ChartScale scale, double value) => Height - Bottom - scale.At(value) * (Height - Top - Bottom);

    private static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
