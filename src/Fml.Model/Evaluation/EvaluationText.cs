using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Fml.Model;

/// <summary>An evaluation as a compact table for a terminal, and as parts of a report.</summary>
public static class EvaluationText
{
    /// <summary>Lines of text, at most 110 characters wide.</summary>
    public static string Render(MethodEvaluation evaluation)
    {
        var text = new StringBuilder();
        if (evaluation.Neutral is { } table)
        {
            text.AppendLine($"Neutral face of {evaluation.Population}, error in mm (gain over the mean face, 95 % interval):");
            text.AppendLine($"{"",-28} {"frames",6}  {"rigid",-36} {"with scale",-36}".TrimEnd());
            foreach (var row in table.Network.Prepend(table.MeanFace).Concat(table.Floors)) text.AppendLine(Row(row));
            if (table.TruthVariation is { } variation) text.AppendLine(Row(variation));
            if (!evaluation.Expressed.IsEmpty) text.AppendLine("With expression:");
            foreach (var row in evaluation.Expressed) text.AppendLine(Row(row));
        }
        foreach (var (name, value) in Figures(evaluation)) text.AppendLine($"{name,-72} {value}");
        return text.ToString();
    }

    /// <summary>Everything but the neutral accuracy as tables of a report.</summary>
    public static ImmutableArray<ReportTable> Tables(MethodEvaluation evaluation)
    {
        var tables = ImmutableArray.CreateBuilder<ReportTable>();
        tables.Add(new ReportTable(
            $"Identity, expression and pictures of {evaluation.Population}", ["", "value"],
            [.. Figures(evaluation).Select(f => ImmutableArray.Create(f.Name, f.Value))],
            "Differences between faces are root mean squares per vertex over the evaluation region after rigid alignment. "
            + "Landmark errors are fractions of the distance between the outer corners of the eyes; before training the mean "
            + "face stands where every crop expects it."));
        if (!evaluation.Expressed.IsEmpty)
            tables.Add(new ReportTable(
                "Error with expression, mm", ["", "frames", "rigid", "better than mean face", "with scale", "better than mean face"],
                [
                    .. evaluation.Expressed.Select(row => ImmutableArray.Create(
                        row.Label, Frames(row), Number(row.Rigid.Mean), Gain(row.Rigid), Number(row.Scaled.Mean), Gain(row.Scaled))),
                ],
                "The mesh with the frame's expression against the true one, after alignment of each frame."));
        if (!evaluation.Generality.IsEmpty)
            tables.Add(new ReportTable(
                "Best fit of true neutral faces", ["space", "parameters", "rigid, mm", "with scale, mm"],
                [
                    .. evaluation.Generality.Select(fit => ImmutableArray.Create(
                        fit.Space, fit.Parameters.ToString(CultureInfo.InvariantCulture), Number(fit.Rigid), Number(fit.Scaled))),
                ],
                "What a space could do if the parameters were known; the same people as the floors."));
        return tables.ToImmutable();
    }

    private static IEnumerable<(string Name, string Value)> Figures(MethodEvaluation evaluation)
    {
        var (spread, pictures) = (evaluation.Spread, evaluation.Pictures);
        yield return ("difference between two people, mm", Number(spread.Between));
        if (spread.TruthBetween is { } truth) yield return ("difference between two true faces, mm", Number(truth));
        if (spread.Within is { } within) yield return ("difference within a person over disjoint frames, mm", Number(within));
        if (spread.Ratio is { } ratio) yield return ("between over within", Number(ratio));
        if (spread.Correlation is { } correlation) yield return ("correlation of faces with the truth", Number(correlation));
        var mode = evaluation.Separation.ToString().ToLowerInvariant();
        yield return ($"share of expressions in the shape basis (separation {mode})", Percent(evaluation.ExpressionShare));
        if (pictures is { LandmarksBefore: { } before, Landmarks: { } after })
            yield return ("landmark error per eye distance, before and after training", $"{Percent(before)} -> {Percent(after)}");
        if (pictures.Seated is { } seated) yield return ($"frames of {pictures.Frames} with a landmark error below 10 %", Percent(seated));
        if (pictures.Photometric is { } photometric)
            yield return ("colour distance over visible vertices, colours in [0, 1]", Number(photometric, 3));
        foreach (var fit in evaluation.Generality)
            yield return (
                $"best fit in {fit.Space}, {fit.Parameters} parameters, mm", $"{Number(fit.Rigid)}, with scale {Number(fit.Scaled)}");
    }

    private static string Row(AccuracyRow row) =>
        $"{row.Label,-28} {Frames(row),6}  {Cell(row.Rigid),-36} {Cell(row.Scaled),-36}".TrimEnd();

    private static string Frames(AccuracyRow row) => row.Frames > 0 ? row.Frames.ToString(CultureInfo.InvariantCulture) : "";

    private static string Cell(Measure measure) => $"{Number(measure.Mean)} ± {Number(measure.Deviation)} {Gain(measure)}";

    private static string Gain(Measure measure) =>
        measure.Gain is { } gain ? $"({Signed(gain.Mean)} [{Signed(gain.Low)}, {Signed(gain.High)}])" : "";

    private static string Signed(double value) => value.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);

    private static string Number(double value, int digits = 2) => value.ToString($"F{digits}", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
