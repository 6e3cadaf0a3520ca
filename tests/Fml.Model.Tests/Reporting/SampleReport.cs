using System.Collections.Immutable;

namespace Fml.Model.Tests;

/// <summary>A report with every part filled, from invented figures.</summary>
internal static class SampleReport
{
    public static ReportData Create(int samples = 900)
    {
        var random = new Random(1);
        return new ReportData
        {
            Title = "Demo: a face model from synthetic clips",
            Summary = "Forty people were generated, a model was trained on thirty-two of them, and the other eight were reconstructed.",
            KeyFigures = [new("3.02 mm", "neutral error with 4 frames, held-out people"), new("\u221212 %", "against the mean face"),
                new("2.1 mm", "difference between people"), new("3:12 min", "from nothing to this page")],
            Facts = [.. Enumerable.Range(1, 9).Select(i => new Fact($"option {i}", $"value <{i}>"))],
            Metrics = [.. Enumerable.Range(1, samples).Select(i => Sample(i * 5, random))],
            Gallery = [.. Enumerable.Range(0, 14).Select(i => new Snapshot(
                i * 300, i * 21.5, "person 3, frames 1 to 4", Picture("", 640, 128, i)))],
            Accuracy = new AccuracyTable(
                "24 held-out synthetic people",
                new AccuracyRow("mean face", 0, new Measure(3.46, 0.7), new Measure(2.58, 0.5)),
                [.. new[] { 1, 2, 4, 8 }.Select((frames, i) => new AccuracyRow(
                    "network", frames,
                    new Measure(3.2 - 0.1 * i, 0.6, new MeanInterval(0.26 + 0.1 * i, 0.1 + 0.1 * i, 0.4 + 0.1 * i, 24)),
                    new Measure(2.55 - 0.06 * i, 0.5, new MeanInterval(0.03 + 0.06 * i, -0.05 + 0.06 * i, 0.1 + 0.06 * i, 24))))],
                [
                    new AccuracyRow("floor (graph)", 0, new Measure(1.44), new Measure(1.2)),
                    new AccuracyRow("floor (soft)", 0, new Measure(0.48), new Measure(0.4)),
                ],
                new AccuracyRow("truth's own variation (RMS)", 0, new Measure(3.9), new Measure(2.9))),
            People = [.. Enumerable.Range(0, 3).Select(i => new PicturedPerson($"person {i + 41}",
                [.. new[] { "input", "truth", "reconstruction", "error" }.Select(caption => Picture(caption, 160, 160, i))],
                2.9 + 0.1 * i, 3.4))],
            Tables = [new ReportTable(
                "Landmarks", ["clip", "frames", "before, px", "after, px"],
                [["grid01", "75", "9.31", "2.04"], ["intelF", "80", "14.20", "5.11"]], "Mean distance in crop pixels.")],
            Notes = ["Figures here are invented & for layout only."],
        };
    }

    private static MetricSample Sample(int step, Random random)
    {
        double Noisy(double value) => value * Math.Exp(0.25 * (random.NextDouble() - 0.5));
        var stage = step < 1200 ? "pose and light" : step < 3000 ? "free codes" : "everything";
        var losses = new List<(string, double)>
        {
            ("loss/total", Noisy(0.4 * Math.Exp(-step / 1200.0) + 0.05)), ("loss/photometric", Noisy(0.2 * Math.Exp(-step / 900.0) + 0.02)),
            ("loss/landmark", step == 50 ? double.NaN : Noisy(0.1 * Math.Exp(-step / 400.0) + 0.0005)), ("loss/smooth", Noisy(0.003)),
        };
        if (step % 100 == 0)
        {
            var risen = 1 - Math.Exp(-step / 2500.0);
            losses.AddRange([("mm/between people", 3 * risen), ("mm/within a person", 0.6 * risen),
                ("mm/held-out error", 3.5 - 0.5 * risen), ("mm/mean face", 3.46), ("correlation/with truth", risen)]);
        }
        return MetricSample.Of(step, step * 0.07, stage, losses.ToArray());
    }

    private static ReportPicture Picture(string caption, int width, int height, int hue)
    {
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < width * height; i++)
        {
            rgb[3 * i] = (byte)(255 * (i % width) / width);
            rgb[3 * i + 1] = (byte)(255 * (i / width) / height);
            rgb[3 * i + 2] = (byte)(20 * hue);
        }
        return ReportPicture.FromRgb(caption, rgb, width, height);
    }
}
