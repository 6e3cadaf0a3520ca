using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Fml.Model;

/// <summary>Evaluations as compact tables for a terminal, and as parts of a report.</summary>
public static class EvaluationText
{
    private const int FigureWidth = 66, ValueWidth = 11, MethodsBeside = 4, SpaceWidth = 52, SpaceColumn = 6;

    /// <summary>Lines of text, at most 110 characters wide.</summary>
    /// <param name="methods">One or more methods, measured on the same people; the first gives mean face and floors.</param>
    public static string Render(params IReadOnlyList<MethodEvaluation> methods)
    {
        var text = new StringBuilder();
        if (Combined(methods, m => m.Neutral) is { } neutral)
        {
            text.AppendLine($"Neutral face of {neutral.Population}, error in mm (gain over the mean face, 95 % interval):");
            text.AppendLine(Heading);
            Rows(text, neutral);
        }
        if (Combined(methods, m => m.Expressed) is { } expressed)
        {
            text.AppendLine("With expression:");
            Rows(text, expressed);
        }
        foreach (var some in methods.Chunk(MethodsBeside)) Figures(text, some);
        foreach (var method in methods.Where(m => !m.Generality.IsEmpty)) Generality(text, method, methods.Count > 1 ? $" ({method.Method})" : "");
        return text.ToString();
    }

    // A line a space, a column a number of parameters; a space measured at a single number of its own says it in its name.
    private static void Generality(StringBuilder text, MethodEvaluation method, string whose)
    {
        var counts = method.Generality.GroupBy(fit => fit.Space).MaxBy(space => space.Count())!.Select(fit => fit.Parameters).ToArray();
        text.AppendLine($"{$"Best fit of true faces{whose}, rigid, mm; parameters:",-SpaceWidth}{string.Concat(counts.Select(k => $"{k,SpaceColumn}"))}");
        foreach (var space in method.Generality.GroupBy(fit => fit.Space))
        {
            SpaceFit[] fits = [.. space];
            var own = fits.Length == 1 && !counts.Contains(fits[0].Parameters);
            var cells = own
                ? [Number(fits[0].Rigid)]
                : counts.Select(k => fits.FirstOrDefault(fit => fit.Parameters == k) is { } fit ? Number(fit.Rigid) : "");
            var name = own ? $"  {space.Key}: {fits[0].Parameters}" : $"  {space.Key}";
            text.AppendLine($"{name,-SpaceWidth}{string.Concat(cells.Select(c => $"{c,SpaceColumn}"))}".TrimEnd());
        }
    }

    /// <summary>The whole of an evaluation, at most 110 characters wide.</summary>
    public static string Render(EvaluationResult result)
    {
        var text = new StringBuilder(Render(result.Methods));
        foreach (var table in Conditions(result))
        {
            text.AppendLine($"{table.Title}:");
            text.AppendLine(ConditionRow(table.Columns));
            foreach (var row in table.Rows) text.AppendLine(ConditionRow(row));
        }
        return text.ToString();
    }

    /// <summary>What other conditions cost, as a table of a report; none without conditions.</summary>
    internal static IEnumerable<ReportTable> Conditions(EvaluationResult result)
    {
        if (result.Conditions.All(condition => condition.Growth.IsEmpty)) yield break;
        yield return new ReportTable(
            $"Error with {MeasurementOptions.Usual} frames under other conditions, growth against {result.DatasetName}",
            ["", "rigid, mm", "growth, 95 % interval", "scaled, mm", "growth, 95 % interval"],
            [
                .. result.Conditions.SelectMany(condition => condition.Growth.Select(growth =>
                {
                    var method = condition.Methods.Single(m => m.Method == growth.Method);
                    var table = growth.Expression == EvaluationRow.Neutral ? method.Neutral : method.Expressed;
                    var row = table!.Network.Single(r => r.Frames == growth.Frames);
                    return (ImmutableArray<string>)
                    [
                        $"{condition.Name}: {row.Label}, {growth.Expression}", Number(row.Rigid.Mean), Growth(growth.Rigid), Number(row.Scaled.Mean),
                        Growth(growth.Scaled),
                    ];
                })),
            ],
            "The same people, person by person, as a share of the plain mean error.");
    }

    private static string ConditionRow(ImmutableArray<string> cells) =>
        $"{cells[0],-40} {cells[1],9}  {cells[2],-23} {cells[3],10}  {cells[4],-23}".TrimEnd();

    private static string Growth(Measure growth)
    {
        static string Percent(double share) => (100 * share).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture);
        return growth.Interval is { } interval
            ? $"{Percent(growth.Mean)} % [{Percent(interval.Low)}, {Percent(interval.High)}]"
            : $"{Percent(growth.Mean)} %";
    }

    /// <summary>Everything but the accuracy as tables of a report.</summary>
    internal static ImmutableArray<ReportTable> Tables(params IReadOnlyList<MethodEvaluation> methods)
    {
        var tables = ImmutableArray.CreateBuilder<ReportTable>();
        var figures = methods.Select(EvaluationFigure.Of).ToArray();
        foreach (var (group, title, note) in Groups(methods[0].Population))
        {
            var names = Names(figures.SelectMany(all => all).Where(f => f.Group == group));
            if (names.Length == 0) continue;
            tables.Add(new ReportTable(
                title, ["", .. methods.Select(m => methods.Count == 1 ? "value" : m.Method)],
                [.. names.Select(name => (ImmutableArray<string>)[name, .. figures.Select(all => Value(all, name))])], note));
        }
        var fits = methods.SelectMany(m => m.Generality.Select(fit => (m.Method, Fit: fit))).ToArray();
        if (fits.Length > 0)
            tables.Add(new ReportTable(
                "Best fit of true neutral faces", ["space", "parameters", "rigid, mm", "with scale, mm"],
                [
                    .. fits.Select(f => (ImmutableArray<string>)
                    [
                        methods.Count == 1 ? f.Fit.Space : $"{f.Fit.Space} of {f.Method}", f.Fit.Parameters.ToString(CultureInfo.InvariantCulture),
                        Number(f.Fit.Rigid), Number(f.Fit.Scaled),
                    ]),
                ],
                "What a space could do if the parameters were known; the same people as the floors."));
        return tables.ToImmutable();
    }

    /// <summary>One table of several methods; null if none has it.</summary>
    internal static AccuracyTable? Combined(IEnumerable<MethodEvaluation> methods, Func<MethodEvaluation, AccuracyTable?> table)
    {
        var tables = methods.Where(m => table(m) is not null).Select(m => (m.Method, table(m)!)).ToArray();
        return tables.Length > 0 ? AccuracyTable.Combine(tables) : null;
    }

    private static void Rows(StringBuilder text, AccuracyTable table)
    {
        foreach (var row in table.Network.Prepend(table.MeanFace).Concat(table.Floors)) text.AppendLine(Row(row));
        if (table.TruthVariation is { } variation) text.AppendLine(Row(variation));
    }

    private static void Figures(StringBuilder text, MethodEvaluation[] methods)
    {
        var figures = methods.Select(EvaluationFigure.Of).ToArray();
        if (methods.Length > 1) text.AppendLine($"{"",-FigureWidth}{string.Concat(methods.Select(m => $" {Cut(m.Method),10}"))}");
        foreach (var name in Names(figures.SelectMany(all => all)))
            text.AppendLine($"{name,-FigureWidth}{string.Concat(figures.Select(all => $" {Value(all, name),ValueWidth - 1}"))}".TrimEnd());
    }

    private static string Cut(string name) => name.Length < ValueWidth ? name : name[..(ValueWidth - 1)];

    private static string[] Names(IEnumerable<EvaluationFigure> figures) => [.. figures.Select(f => f.Name).Distinct()];

    private static string Value(ImmutableArray<EvaluationFigure> figures, string name) => figures.FirstOrDefault(f => f.Name == name)?.Text ?? "";

    private static IEnumerable<(string Group, string Title, string Note)> Groups(string population) =>
    [
        (EvaluationFigure.Surface, $"The neutral error in two directions, {population}",
            "Along the normal: how far the surface is from where it should be. Along the surface: how far its points have slid; pictures of smooth "
            + "skin hardly tell which point is which."),
        (EvaluationFigure.Separation, $"Identity and expression of {population}",
            "Differences between faces are root mean squares per vertex over the evaluation region after rigid alignment. The change with "
            + "expression is that between the frames of a person at the two ends of what their true expressions do; with turns of the head alike."),
        (EvaluationFigure.Appearance, "Albedo and light",
            "Colours in [0, 1]. Redrawn: the true face drawn into the person's own pictures under the person's own and the next person's light, "
            + "so that pairs differ in the light alone. Lights differ by their shading over all directions."),
        (EvaluationFigure.Pose, "Pose", ""),
        (EvaluationFigure.Pictures, "Pictures and the share of the surface that is right",
            "Landmark errors are fractions of the distance between the outer corners of the eyes; before training the mean face stands where "
            + "every crop expects it."),
    ];

    /// <summary>What stands over rows.</summary>
    internal static string Heading { get; } = $"{"",-28} {"frames",6}  {"rigid",-36} {"with scale",-36}".TrimEnd();

    /// <summary>One row of a table.</summary>
    internal static string Row(AccuracyRow row) =>
        $"{row.Label,-28} {Frames(row),6}  {Cell(row.Rigid),-36} {Cell(row.Scaled),-36}".TrimEnd();

    private static string Frames(AccuracyRow row) => row.Frames > 0 ? row.Frames.ToString(CultureInfo.InvariantCulture) : "";

    private static string Cell(Measure measure) => $"{Number(measure.Mean)} ± {Number(measure.Deviation)} {Gain(measure)}";

    private static string Gain(Measure measure) =>
        measure.Gain is not { } gain ? ""
        : gain.Count > 1 ? $"({Signed(gain.Mean)} [{Signed(gain.Low)}, {Signed(gain.High)}])" : $"({Signed(gain.Mean)})";

    private static string Signed(double value) => value.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
}
