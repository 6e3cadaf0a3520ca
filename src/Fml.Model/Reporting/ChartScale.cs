using System.Collections.Immutable;
using System.Globalization;

namespace Fml.Model;

/// <summary>An axis: where values lie between 0 and 1, and which values deserve a label.</summary>
internal sealed record ChartScale(double Low, double High, bool Logarithmic)
{
    /// <summary>An axis around values; non-finite ones (and on a logarithmic axis those not above 0) do not count.</summary>
    public static ChartScale Around(IEnumerable<double> values, bool logarithmic, bool fromZero = false)
    {
        var usable = values.Where(v => double.IsFinite(v) && (!logarithmic || v > 0)).ToArray();
        if (usable.Length == 0) return new ChartScale(logarithmic ? 0.1 : 0, 1, logarithmic);
        var (low, high) = (usable.Min(), usable.Max());
        if (logarithmic) return new ChartScale(low / 1.1, high * 1.1, true);
        if (fromZero) low = Math.Min(low, 0);
        var margin = high > low ? 0.06 * (high - low) : Math.Max(Math.Abs(high), 1e-9) * 0.1;
        return new ChartScale(fromZero && low >= 0 ? 0 : low - margin, high + margin, false);
    }

    /// <summary>Position of a value, 0 at <see cref="Low"/> and 1 at <see cref="High"/>.</summary>
    public double At(double value) => Logarithmic
        ? Math.Log(value / Low) / Math.Log(High / Low)
        : (value - Low) / (High - Low);

    /// <summary>About so many round values within the axis.</summary>
    public ImmutableArray<double> Ticks(int about)
    {
        if (!Logarithmic) return Linear(about);
        var (first, last) = ((int)Math.Floor(Math.Log10(Low)), (int)Math.Ceiling(Math.Log10(High)));
        var decades = Enumerable.Range(first, last - first + 1).ToArray();
        double[][] patterns = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]];
        var candidates = patterns
            .Select(pattern => decades.SelectMany(d => pattern.Select(m => m * Math.Pow(10, d))))
            .Select(values => values.Where(v => v >= Low && v <= High).ToArray())
            .ToArray();
        var best = candidates.FirstOrDefault(ticks => ticks.Length >= Math.Min(3, about)) ?? candidates[^1];
        return best.Length >= 2 ? [.. best] : Linear(about);
    }

    /// <summary>A tick's label: plain digits, thousands as k.</summary>
    public static string Label(double value) => Math.Abs(value) switch
    {
        >= 1e6 => (value / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + "M",
        >= 1e4 => (value / 1e3).ToString("0.##", CultureInfo.InvariantCulture) + "k",
        0 => "0",
        < 1e-3 => value.ToString("0.##e0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.######", CultureInfo.InvariantCulture),
    };

    private ImmutableArray<double> Linear(int about)
    {
        var raw = (High - Low) / Math.Max(1, about);
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = new[] { 1, 2, 5, 10 }.Select(m => m * power).First(s => s >= raw * 0.999);
        var first = (long)Math.Ceiling(Low / step - 1e-9);
        var last = (long)Math.Floor(High / step + 1e-9);
        return [.. Enumerable.Range(0, (int)(last - first + 1)).Select(i => (first + i) * step)];
    }
}
