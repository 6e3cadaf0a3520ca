using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;

namespace Fml.Model;

/// <summary>Curves, such as over training steps, as SVG. Text is SVG text, so no font need be installed where the report is made.</summary>
internal sealed record LineChart(
    string Title, ImmutableArray<ChartSeries> Series, ImmutableArray<ChartMark> Marks, bool Logarithmic, bool Smooth)
{
    /// <summary>What lies along the horizontal axis; empty where the text around says it.</summary>
    public string Along { get; init; } = "";

    /// <summary>Whether the vertical axis begins at 0.</summary>
    public bool FromZero { get; init; }

    private const int Width = 460, Height = 230, Left = 46, Right = 10, Top = 10, Bottom = 26, MostPoints = 400;

    public string Render()
    {
        var x = new ChartScale(0, Math.Max(1, Series.SelectMany(s => s.Points).Select(p => p.X).DefaultIfEmpty(1).Max()), false);
        var y = ChartScale.Around(Series.SelectMany(s => Shown(s).Select(p => p.Y)), Logarithmic, FromZero);
        var svg = new StringBuilder();
        svg.Append($"""<svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{WebUtility.HtmlEncode(Title)}">""");
        Grid(svg, x, y);
        foreach (var mark in Marks) Mark(svg, x, mark);
        foreach (var (series, style) in Styled()) Curve(svg, x, y, series, style);
        if (Along.Length > 0)
            svg.Append($"<text x=\"{Width - Right}\" y=\"{Height - Bottom - 6}\" text-anchor=\"end\">{WebUtility.HtmlEncode(Along)}</text>");
        svg.Append("</svg>");
        return $"<figure class=\"chart\"><figcaption>{WebUtility.HtmlEncode(Title)}</figcaption>{svg}{Legend()}</figure>";
    }

    /// <summary>The curve to read: the moving mean where single steps are noisy.</summary>
    private IEnumerable<ChartPoint> Shown(ChartSeries series) =>
        Smooth ? series.Thinned(MostPoints).Smoothed() : series.Thinned(MostPoints);

    private static void Grid(StringBuilder svg, ChartScale x, ChartScale y)
    {
        foreach (var tick in y.Ticks(4))
        {
            var at = Y(y, tick);
            svg.Append($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{N(at)}\" y2=\"{N(at)}\"/>");
            svg.Append($"<text x=\"{Left - 6}\" y=\"{N(at + 4)}\" text-anchor=\"end\">{ChartScale.Label(tick)}</text>");
        }
        foreach (var tick in x.Ticks(5))
            svg.Append($"<text x=\"{N(X(x, tick))}\" y=\"{Height - 7}\" text-anchor=\"middle\">{ChartScale.Label(tick)}</text>");
        svg.Append($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom}\"/>");
    }

    private static void Mark(StringBuilder svg, ChartScale x, ChartMark mark) => svg
        .Append($"<line class=\"mark\" x1=\"{N(X(x, mark.X))}\" x2=\"{N(X(x, mark.X))}\" y1=\"{Top}\" y2=\"{Height - Bottom}\">")
        .Append($"<title>{WebUtility.HtmlEncode(mark.Label)}</title></line>");

    /// <summary>What is compared with is grey; the others have the colours in their order.</summary>
    private IEnumerable<(ChartSeries Series, string Style)> Styled()
    {
        var colours = 0;
        return Series.Select(series => (series, series.IsReference ? "reference" : ChartColours.Of(colours++)));
    }

    private void Curve(StringBuilder svg, ChartScale x, ChartScale y, ChartSeries series, string style)
    {
        if (Smooth) svg.Append(Path(x, y, series.Thinned(MostPoints), $"{style} raw"));
        svg.Append(Path(x, y, Shown(series), style));
        if (Shown(series).LastOrDefault(p => double.IsFinite(p.Y)) is { X: > 0 } last && Visible(y, last.Y))
            svg.Append($"<circle class=\"{style}\" cx=\"{N(X(x, last.X))}\" cy=\"{N(Y(y, last.Y))}\" r=\"3\"/>");
    }

    private string Path(ChartScale x, ChartScale y, IEnumerable<ChartPoint> points, string style)
    {
        var path = new StringBuilder();
        var pen = 'M';
        foreach (var point in points)
        {
            if (!Visible(y, point.Y)) pen = 'M'; // a gap where there is no number
            else
            {
                path.Append($"{pen}{N(X(x, point.X))} {N(Y(y, point.Y))}");
                pen = 'L';
            }
        }
        return $"<path class=\"{style}\" d=\"{path}\"/>";
    }

    private bool Visible(ChartScale y, double value) => double.IsFinite(value) && (!Logarithmic || value > 0);

    private string Legend()
    {
        var entries = Styled().Select(entry =>
        {
            var last = Shown(entry.Series).LastOrDefault(p => double.IsFinite(p.Y)).Y;
            var value = last.ToString(Math.Abs(last) < 10 ? "0.###" : "0.#", CultureInfo.InvariantCulture);
            return $"<span><i class=\"{entry.Style}\"></i>{WebUtility.HtmlEncode(entry.Series.Label)} <b>{value}</b></span>";
        });
        return Series.Length > 1 || Series is [{ Label.Length: > 0 }] ? $"<div class=\"legend\">{string.Concat(entries)}</div>" : "";
    }

    private static double X(ChartScale scale, double value) => Left + scale.At(value) * (Width - Left - Right);

    private static double Y(ChartScale scale, double value) =>
        Height - Bottom - Math.Clamp(scale.At(value), 0, 1) * (Height - Top - Bottom);

    private static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}

/// <summary>One curve.</summary>
internal sealed record ChartSeries(string Label, ImmutableArray<ChartPoint> Points)
{
    /// <summary>Whether it is what the others are compared with.</summary>
    public bool IsReference { get; init; }

    /// <summary>At most so many points: means over equal stretches of samples.</summary>
    public IEnumerable<ChartPoint> Thinned(int most) => Points.Length <= most
        ? Points
        : Points.Chunk((Points.Length + most - 1) / most).Select(chunk => new ChartPoint(chunk[^1].X, chunk.Average(p => p.Y)));
}

/// <summary>Colours of what is told apart in charts, as classes of the style sheet.</summary>
internal static class ChartColours
{
    private const int Count = 8;

    /// <summary>The class of the n-th; after the last they begin anew.</summary>
    public static string Of(int n) => $"s{n % Count}";
}

/// <summary>One value at a step.</summary>
internal readonly record struct ChartPoint(double X, double Y);

/// <summary>A vertical line, such as the beginning of a stage.</summary>
internal readonly record struct ChartMark(double X, string Label);

/// <summary>Smoothing of curves.</summary>
internal static class ChartSmoothing
{
    /// <summary>Mean over a centred window of about a twentieth of the curve; missing numbers do not count, and stay missing.</summary>
    public static IEnumerable<ChartPoint> Smoothed(this IEnumerable<ChartPoint> points)
    {
        var all = points.ToArray();
        var radius = all.Length / 40;
        for (var i = 0; i < all.Length; i++)
        {
            if (!double.IsFinite(all[i].Y))
            {
                yield return all[i];
                continue;
            }
            var reach = Math.Min(radius, Math.Min(i, all.Length - 1 - i)); // narrower towards the ends, so that it stays centred
            var window = all[(i - reach)..(i + reach + 1)].Select(p => p.Y).Where(double.IsFinite);
            yield return all[i] with { Y = window.Average() };
        }
    }
}
