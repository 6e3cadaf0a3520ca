using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>What was measured at one step of training.</summary>
/// <param name="Step">Steps done, counted over all stages.</param>
/// <param name="Seconds">Time spent training so far, resumed runs included, s.</param>
/// <param name="Stage">Name of the stage that the step belongs to.</param>
/// <param name="Values">
/// Figures by <c>group/label</c>. The report draws group <c>loss</c> as one small logarithmic chart per label and every other group as one
/// linear chart with a line per label; the group's name is then the unit, as in <c>mm/between people</c>.
/// </param>
public sealed record MetricSample(long Step, double Seconds, string Stage, ImmutableSortedDictionary<string, double> Values)
{
    /// <summary>A sample from pairs of name and value.</summary>
    public static MetricSample Of(long step, double seconds, string stage, params ReadOnlySpan<(string Name, double Value)> values)
    {
        var builder = ImmutableSortedDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
        foreach (var (name, value) in values) builder[name] = value;
        return new MetricSample(step, seconds, stage, builder.ToImmutable());
    }
}
