using System.Globalization;
using System.Text;

namespace Fml.Model;

/// <summary>A protocol's result as compact tables for a terminal.</summary>
public static class ProtocolText
{
    private const int NameWidth = 18;

    /// <summary>Lines of text, at most 110 characters wide but for names and reasons.</summary>
    public static string Render(ProtocolResult result)
    {
        var text = new StringBuilder();
        foreach (var skipped in result.Skipped) text.AppendLine($"Left out {skipped.Clip}: {skipped.Reason}");
        var overall = result.Overall;
        text.AppendLine($"{result.Protocol.Name()}, {overall.Population}, {result.Pairs.Length} pairs of photo and mesh.");
        text.AppendLine($"{Measured(result)}.");
        text.AppendLine("All expressions, mean ± sd over people (gain over the mean face, 95 % interval):");
        text.AppendLine(EvaluationText.Heading);
        text.AppendLine(EvaluationText.Row(overall.MeanFace));
        foreach (var row in overall.Network) text.AppendLine(EvaluationText.Row(row));

        text.AppendLine("By expression, mean ± sd over people:");
        text.AppendLine($"{"",-NameWidth} {"",6}  {"rigid",-39} {"with scale",-39}".TrimEnd());
        const string methods = "mean face    alone        together     ";
        text.AppendLine($"{"",-NameWidth} {"people",6}  {methods} {methods}".TrimEnd());
        foreach (var (expression, table) in result.Expressions)
        {
            AccuracyRow[] rows = [table.MeanFace, .. table.Network];
            var people = rows[0].Rigid.Interval!.Value.Count;
            string Cells(Func<AccuracyRow, Measure> measure) => string.Concat(rows.Select(row => Cell(measure(row))));
            text.AppendLine($"{expression,-NameWidth} {people,6}  {Cells(row => row.Rigid)} {Cells(row => row.Scaled)}".TrimEnd());
        }
        return text.ToString();
    }

    /// <summary>What the figures are, in a sentence.</summary>
    internal static string Measured(ProtocolResult result) =>
        $"Distance from the vertices of the true mesh within {result.Radius.ToString(CultureInfo.InvariantCulture)} mm of the nose's tip to the nearest "
        + "point of the reconstruction with expression, mm, after alignment by landmarks and iterated closest points";

    private static string Cell(Measure measure) =>
        $"{measure.Mean.ToString("F2", CultureInfo.InvariantCulture)} ± {measure.Deviation.ToString("F2", CultureInfo.InvariantCulture)}".PadRight(13);
}
