using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>Which charts a run's metrics become; see <see cref="MetricSample"/> for the meaning of names.</summary>
internal static class MetricCharts
{
    private const string Losses = "loss";

    /// <summary>One small chart per loss.</summary>
    public static ImmutableArray<LineChart> OfLosses(ImmutableArray<MetricSample> metrics) =>
        [.. Names(metrics).Where(name => Group(name) == Losses)
            .Select(name => new LineChart(Label(name), [Losing(metrics, name)], Stages(metrics), Logarithmic: true, Smooth: true))];

    /// <summary>One chart per group other than losses; millimetres first.</summary>
    public static ImmutableArray<LineChart> OfOthers(ImmutableArray<MetricSample> metrics) =>
        [.. Names(metrics).GroupBy(Group).Where(group => group.Key != Losses).OrderByDescending(group => group.Key == "mm")
            .Select(group => new LineChart(
                group.Key == "mm" ? "millimetres" : group.Key,
                [.. group.Select(name => Series(metrics, name, Label(name)))], Stages(metrics), Logarithmic: false, Smooth: false))];

    /// <summary>Where each stage begins.</summary>
    public static ImmutableArray<ChartMark> Stages(ImmutableArray<MetricSample> metrics) =>
        [.. metrics.Where((sample, i) => i > 0 && sample.Stage != metrics[i - 1].Stage)
            .Select(sample => new ChartMark(sample.Step, sample.Stage))];

    private static IEnumerable<string> Names(ImmutableArray<MetricSample> metrics) =>
        metrics.SelectMany(sample => sample.Values.Keys).Distinct().Order(StringComparer.Ordinal);

    private static ChartSeries Series(ImmutableArray<MetricSample> metrics, string name, string label) => new(label,
        [.. metrics.Where(sample => sample.Values.ContainsKey(name)).Select(sample => new ChartPoint(sample.Step, sample.Values[name]))]);

    // Stages without this loss leave a gap.
    private static ChartSeries Losing(ImmutableArray<MetricSample> metrics, string name) => new("",
        [
            .. metrics.Where(sample => sample.Values.Keys.Any(key => Group(key) == Losses))
                .Select(sample => new ChartPoint(sample.Step, sample.Values.GetValueOrDefault(name, double.NaN))),
        ]);

    private static string Group(string name) => name.Split('/')[0];

    private static string Label(string name) => name[(name.IndexOf('/') + 1)..];
}
