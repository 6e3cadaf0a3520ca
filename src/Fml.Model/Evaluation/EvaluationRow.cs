using System.Collections.Immutable;
using System.Globalization;

namespace Fml.Model;

/// <summary>One figure of an evaluation in long format, as it stands in <c>evaluation.csv</c> and <c>evaluation.json</c>.</summary>
/// <param name="Method">Such as "network" or "mean face".</param>
/// <param name="Dataset">Name of the dataset or condition.</param>
/// <param name="Expression"><see cref="Neutral"/>, <see cref="Expressed"/>, or empty where it has no meaning.</param>
/// <param name="Frames">Frames a person; 0 where it has no meaning.</param>
/// <param name="Figure">What it is, with its unit; percentages are fractions.</param>
/// <param name="Mean">Mean over people.</param>
/// <param name="Deviation">Standard deviation over people, where known.</param>
/// <param name="Low">Lower end of the 95 % interval of the mean, where known.</param>
/// <param name="High">Upper end.</param>
/// <param name="People">Number of people, where known.</param>
public sealed record EvaluationRow(
    string Method, string Dataset, string Expression, int Frames, string Figure, double Mean, double? Deviation, double? Low, double? High,
    int? People)
{
    /// <summary>Of the face without expression.</summary>
    public const string Neutral = "neutral";

    /// <summary>Of the face with the frame's expression.</summary>
    public const string Expressed = "expressed";

    private const string Rigid = "error, rigid, mm", Scaled = "error, with scale, mm", GainRigid = "gain over the mean face, rigid, mm",
        GainScaled = "gain over the mean face, with scale, mm";

    /// <summary>Every figure of an evaluation.</summary>
    public static ImmutableArray<EvaluationRow> Of(EvaluationResult result) =>
    [
        .. Of(result.DatasetName, result.Methods),
        .. result.Conditions.SelectMany(condition => Of(condition.Name, condition.Methods)
            .Concat(condition.Growth.SelectMany(growth => Of(condition.Name, result.DatasetName, growth)))),
    ];

    private static IEnumerable<EvaluationRow> Of(string condition, string plain, ConditionGrowth growth) =>
    [
        Row(growth.Method, condition, growth.Expression, growth.Frames, $"growth of the error against {plain}, rigid", growth.Rigid),
        Row(growth.Method, condition, growth.Expression, growth.Frames, $"growth of the error against {plain}, with scale", growth.Scaled),
    ];

    private static IEnumerable<EvaluationRow> Of(string dataset, ImmutableArray<MethodEvaluation> methods)
    {
        foreach (var (expression, table) in new[]
        {
            (Neutral, EvaluationText.Combined(methods, m => m.Neutral)), (Expressed, EvaluationText.Combined(methods, m => m.Expressed)),
        })
            if (table is not null)
                foreach (var row in Accuracy(dataset, expression, table)) yield return row;
        foreach (var method in methods)
        {
            foreach (var figure in EvaluationFigure.Of(method))
                yield return Row(method.Method, dataset, "", 0, figure.Name.Trim(), figure.Value);
            foreach (var fit in method.Generality)
            {
                yield return Row(method.Method, dataset, Neutral, 0, $"best fit in {fit.Space}, {fit.Parameters} parameters, rigid, mm", new(fit.Rigid));
                yield return Row(method.Method, dataset, Neutral, 0, $"best fit in {fit.Space}, {fit.Parameters} parameters, with scale, mm", new(fit.Scaled));
            }
            foreach (var space in method.Compactness)
                for (var k = 0; k < space.Shares.Length; k++)
                    yield return Row(method.Method, dataset, "", 0, $"share of the variance of {space.Space} in {k + 1} parameters", new(space.Shares[k]));
        }
    }

    /// <summary>Every figure of a table.</summary>
    internal static IEnumerable<EvaluationRow> Accuracy(string dataset, string expression, AccuracyTable table)
    {
        AccuracyRow[] others = table.TruthVariation is { } variation ? [variation] : [];
        foreach (var row in table.Network.Prepend(table.MeanFace).Concat(table.Floors).Concat(others))
        {
            yield return Row(row.Label, dataset, expression, row.Frames, Rigid, row.Rigid);
            yield return Row(row.Label, dataset, expression, row.Frames, Scaled, row.Scaled);
            if (row.Rigid.Gain is { } rigid) yield return Row(row.Label, dataset, expression, row.Frames, GainRigid, Of(rigid));
            if (row.Scaled.Gain is { } scaled) yield return Row(row.Label, dataset, expression, row.Frames, GainScaled, Of(scaled));
        }
    }

    private static Measure Of(MeanInterval gain) => new(gain.Mean, Interval: gain);

    private static EvaluationRow Row(string method, string dataset, string expression, int frames, string figure, Measure measure) => new(
        method, dataset, expression, frames, figure, measure.Mean, Known(measure.Deviation), Known(measure.Interval?.Low),
        Known(measure.Interval?.High), measure.Interval?.Count);

    private static double? Known(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    /// <summary>The names of the columns, and the row as its cells.</summary>
    internal static ImmutableArray<string> Columns { get; } =
        ["method", "dataset", "expression", "frames", "figure", "mean", "std", "low", "high", "people"];

    internal ImmutableArray<string> Cells =>
    [
        Method, Dataset, Expression, Frames > 0 ? Text(Frames) : "", Figure, Text(Mean), Text(Deviation), Text(Low), Text(High), Text(People),
    ];

    internal static EvaluationRow OfCells(IReadOnlyList<string> cells) => new(
        cells[0], cells[1], cells[2], (int)(Number(cells[3]) ?? 0), cells[4], Number(cells[5]) ?? double.NaN, Number(cells[6]), Number(cells[7]),
        Number(cells[8]), (int?)Number(cells[9]));

    private static string Text(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    private static double? Number(string cell) => cell.Length > 0 ? double.Parse(cell, CultureInfo.InvariantCulture) : null;
}
