using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;

namespace Fml.Model;

/// <summary>The report of an evaluation.</summary>
internal static class EvaluationReport
{
    private const int MapSize = 240;

    private static readonly ImmutableArray<double> Limits = [1, 2, 3, 4, 5, 6, 8, 10, 15, 20];

    /// <summary>The report.</summary>
    /// <param name="run">What was asked for.</param>
    /// <param name="result">What was measured.</param>
    /// <param name="template">The template that the truth is on.</param>
    /// <param name="people">The people as the run's network saw them, some of whom are shown.</param>
    public static ReportData Of(EvaluationRunOptions run, EvaluationResult result, FaceTemplate template, ImmutableArray<PersonResult> people)
    {
        var limit = MapLimit(result);
        var first = result.Methods[0];
        return new ReportData
        {
            Title = $"How good: {EvaluationResult.NameOf(run.Run)} on {result.DatasetName}",
            Summary = $"Measured on {result.Population} of {result.DatasetName}"
                + (result.Methods.Length > 1 ? $"; {result.Methods.Length} methods beside one another." : "."),
            KeyFigures = KeyFigures(first),
            Accuracy = EvaluationText.Combined(result.Methods, m => m.Neutral),
            Expressed = EvaluationText.Combined(result.Methods, m => m.Expressed),
            ErrorMaps = ErrorMaps(result, template, limit),
            ErrorMapLimit = limit,
            Charts = [.. Charts(result)],
            People =
            [
                .. people.Where(p => p.Person.Truth is { } truth && truth.Neutral.Length == p.Face.Template.VertexCount).Take(run.Shown).Select(p =>
                    PersonPictures.Draw(
                        p.Face, p.Person.Frames[FrameSets.Usual(p.Person.Frames.Length)[0]].Rgb, p.Person.Truth!.Neutral, limit)),
            ],
            Tables = [.. EvaluationText.Conditions(result), .. EvaluationText.Tables(result.Methods)],
            Facts = Facts(run, result),
            Notes =
            [
                "A best fit and the floors know the true shape: they say what a space allows, not what anything achieves. A number in brackets says "
                + "on how many people something was measured.",
                "The people shown are the first by name, not the best.",
                "All figures: evaluation.json and evaluation.csv beside this page.",
            ],
        };
    }

    private static ImmutableArray<KeyFigure> KeyFigures(MethodEvaluation method)
    {
        var figures = ImmutableArray.CreateBuilder<KeyFigure>();
        foreach (var (name, table) in new[] { ("neutral", method.Neutral), ("expressed", method.Expressed) })
            if (table?.Network.MinBy(row => Math.Abs(row.Frames - MeasurementOptions.Usual)) is { } row)
            {
                figures.Add(new($"{Number(row.Rigid.Mean)} mm", $"{name}, {row.Frames} frames, rigid; mean face {Number(table.MeanFace.Rigid.Mean)}"));
                figures.Add(new($"{Number(row.Scaled.Mean)} mm", $"{name}, {row.Frames} frames, with scale; mean face {Number(table.MeanFace.Scaled.Mean)}"));
            }
        if (method.Pictures.Landmarks is { } landmarks)
            figures.Add(new KeyFigure($"{Number(100 * landmarks)} %", "landmark error per eye distance"));
        if (method.Spread.Correlation is { } correlation) figures.Add(new KeyFigure(Number(correlation), "correlation of faces with the truth"));
        return figures.ToImmutable();
    }

    // The least round number that most of the mean face's map lies below.
    private static double MapLimit(EvaluationResult result)
    {
        var greatest = EvaluationFile.Distributions(result.Methods)
            .Select(curve => curve.Errors.Map.Order().ElementAt((int)(0.95 * (curve.Errors.Map.Length - 1)))).DefaultIfEmpty(6).Max();
        return Limits.FirstOrDefault(limit => limit >= greatest, Limits[^1]);
    }

    private static ImmutableArray<ReportPicture> ErrorMaps(EvaluationResult result, FaceTemplate template, double limit) =>
    [
        .. EvaluationFile.Distributions(result.Methods).Where(curve => curve.Errors.Map.Length == template.EvaluationRegion.Length).SelectMany(curve =>
        {
            var distances = new float[template.VertexCount];
            Array.Fill(distances, float.NaN);
            for (var i = 0; i < curve.Errors.Map.Length; i++) distances[template.EvaluationRegion[i]] = (float)curve.Errors.Map[i];
            var colours = ErrorColours.Of(distances, (float)limit);
            ReportPicture Draw(string caption, float yaw) => ReportPicture.FromRgb(
                caption, FacePictures.Painted(FaceView.Portrait(MapSize, yaw), template.Positions.AsSpan(), template.Triangles, colours), MapSize, MapSize);
            return new[] { Draw($"{curve.Name}: {Number(curve.Errors.Map.Average())} mm", 0), Draw($"{curve.Name}, from the side", 50) };
        }),
    ];

    private static IEnumerable<ChartSection> Charts(EvaluationResult result)
    {
        var sets = result.Conditions.Select(c => (c.Name, c.Methods)).Prepend((Name: result.DatasetName, result.Methods)).ToArray();
        var curves = sets.Select(set => (set.Name, Curves: EvaluationFile.Distributions(set.Methods).ToArray())).Where(set => set.Curves.Length > 0).ToArray();
        if (curves.Length > 0)
            yield return new ChartSection(
                "Share of the surface that is right",
                [
                    .. curves.Select(set => Line(
                        set.Name, "mm to the truth",
                        set.Curves.Select(c => (c.Name, ErrorDistribution.Thresholds.Zip(c.Errors.Shares, (x, y) => (x, 100 * y)))))),
                ],
                "Per cent of the vertices of the evaluation region whose neutral error after rigid alignment is at most so large, over all people, "
                + $"from {MeasurementOptions.Usual} frames each; the legend gives the share within {ErrorDistribution.Thresholds[^1]:0} mm.");
        foreach (var method in result.Methods.Where(m => !m.Generality.IsEmpty))
        {
            var most = method.Generality.Where(fit => fit.Space == LearnedSpace.Basis).Max(fit => fit.Parameters);
            LineChart Fits(string title, Func<SpaceFit, double> error) => Line(
                title, "parameters",
                method.Generality.GroupBy(fit => fit.Space).Select(space => (
                    space.Key,
                    space.Count() > 1 || space.First().Parameters <= most
                        ? space.Select(fit => ((double)fit.Parameters, error(fit)))
                        : new[] { (1.0, error(space.First())), (most, error(space.First())) }))); // a line for what has too many to be shown
            yield return new ChartSection(
                $"The learned space of {method.Method}",
                [
                    Fits("best fit of true neutral faces, rigid, mm", fit => fit.Rigid), Fits("the same with scale, mm", fit => fit.Scaled),
                    Line(
                        "share of the variance, per cent", "parameters",
                        method.Compactness.Select(space => (space.Space, space.Shares.Select((share, i) => (i + 1.0, 100 * share))))),
                ],
                "Generality and compactness: the learned basis' directions strongest first, beside principal components of the true faces of people learned "
                + "from. Spaces of more parameters than the learned basis has are drawn as lines across.");
        }
    }

    private static LineChart Line(string title, string along, IEnumerable<(string Name, IEnumerable<(double X, double Y)> Points)> series) => new(
        title,
        [
            .. series.Select(s => new ChartSeries(s.Name, [.. s.Points.Select(p => new ChartPoint(p.X, p.Y))])
            {
                IsReference = s.Name == AccuracyTable.MeanFaceLabel,
            }),
        ],
        [], Logarithmic: false, Smooth: false)
    {
        Along = along,
        FromZero = true,
    };

    private static ImmutableArray<Fact> Facts(EvaluationRunOptions run, EvaluationResult result) =>
    [
        new("run", run.Run), new("dataset", run.Dataset), new("people", result.Population), new("device", run.Device.Name),
        .. run.Beside.Select(beside => new Fact($"beside: {beside.Name}", beside.Run)),
        .. run.Also.Select(also => new Fact($"also: {also.Name}", also.Dataset)),
        new("most frames of a person", run.Measure.FramesPerPerson.ToString(CultureInfo.InvariantCulture)),
        new("most sets of frames of a person", run.Measure.SetsPerPerson.ToString(CultureInfo.InvariantCulture)),
    ];

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
