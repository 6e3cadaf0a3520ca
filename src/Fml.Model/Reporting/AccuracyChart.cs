using System.Globalization;
using System.Text;

namespace Fml.Model;

/// <summary>
/// Error against number of frames with 95 % intervals of the gain, a colour for each method, between the mean face above and the floors
/// below, as SVG.
/// </summary>
internal static class AccuracyChart
{
    private const int Width = 460, Height = 260, Left = 46, Right = 170, Top = 12, Bottom = 40;

    public static string Render(string title, AccuracyTable table, Func<AccuracyRow, Measure> measure)
    {
        var levels = table.Floors.Prepend(table.MeanFace).Where(row => double.IsFinite(measure(row).Mean)).ToArray();
        var rows = table.Network.Where(row => row.Frames > 0 && double.IsFinite(measure(row).Mean)).ToArray();
        if (rows.Length == 0) return "";
        var y = ChartScale.Around(
            levels.Select(row => measure(row).Mean).Concat(rows.SelectMany(row => Span(measure(row)))), logarithmic: false);
        var svg = new StringBuilder($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{title}\">");
        foreach (var tick in y.Ticks(5))
        {
            var at = Y(y, tick);
            svg.Append($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{N(at)}\" y2=\"{N(at)}\"/>");
            svg.Append($"<text x=\"{Left - 6}\" y=\"{N(at + 4)}\" text-anchor=\"end\">{ChartScale.Label(tick)}</text>");
        }
        Levels(svg, levels, row => Y(y, measure(row).Mean));
        var methods = rows.Select(row => row.Label).Distinct().ToArray();
        var counts = rows.Select(row => row.Frames).Distinct().Order().ToArray();
        for (var i = 0; i < counts.Length; i++)
        {
            var column = (Width - Left - Right) / (double)counts.Length;
            foreach (var row in rows.Where(row => row.Frames == counts[i]))
            {
                var method = Array.IndexOf(methods, row.Label);
                var aside = (method - (methods.Length - 1) / 2.0) * Math.Min(14, column / (methods.Length + 1));
                Point(svg, y, measure(row), Left + (i + 0.5) * column + aside, method);
            }
            svg.Append($"<text x=\"{N(Left + (i + 0.5) * column)}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{counts[i]}</text>");
        }
        var middle = N((Left + Width - Right) / 2.0);
        svg.Append($"<text x=\"{middle}\" y=\"{Height - 6}\" text-anchor=\"middle\">frames per person</text></svg>");
        var legend = methods.Length == 1 ? "" : $"<div class=\"legend\">{string.Concat(methods.Select((method, i) =>
            $"<span><i class=\"{ChartColours.Of(i)}\"></i>{System.Net.WebUtility.HtmlEncode(method)}</span>"))}</div>";
        return $"<figure class=\"chart\"><figcaption>{title}</figcaption>{svg}{legend}</figure>";
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

    private static void Point(StringBuilder svg, ChartScale y, Measure measure, double x, int method)
    {
        var span = Span(measure);
        svg.Append($"<line class=\"whisker {ChartColours.Of(method)}\" x1=\"{N(x)}\" x2=\"{N(x)}\" y1=\"{N(Y(y, span[0]))}\" y2=\"{N(Y(y, span[^1]))}\"/>");
        svg.Append($"<circle class=\"{ChartColours.Of(method)}\" cx=\"{N(x)}\" cy=\"{N(Y(y, measure.Mean))}\" r=\"4.5\"/>");
    }

    /// <summary>The interval of the gain over the mean face, hung about the error.</summary>
    private static double[] Span(Measure measure) => measure.Gain is { } gain && double.IsFinite(gain.Low)
        ? [measure.Mean - (gain.High - gain.Mean), measure.Mean, measure.Mean + (gain.Mean - gain.Low)]
        : [measure.Mean];

    private static double Y(ChartScale scale, double value) => Height - Bottom - scale.At(value) * (Height - Top - Bottom);

    private static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
