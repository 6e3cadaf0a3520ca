using System.Collections.Immutable;
using System.Globalization;

namespace Fml.Model;

/// <summary>The report of a training run.</summary>
internal static class TrainingReport
{
    public const double ErrorMapLimit = 6;

    public static ReportData Of(
        TrainingRunOptions run, Trainer trainer, TrainingOptions options, TrainingSummary summary, ImmutableArray<PicturedPerson> people)
    {
        var evaluation = summary.Evaluation;
        return new ReportData
        {
            Title = run.Title,
            Summary =
                $"{trainer.Split.Train.Length} people were learned from and {trainer.Split.HeldOut.Length} kept out; "
                + $"{summary.Steps} steps took {Duration(summary.Seconds)}. Everything below was measured on {evaluation.Population}.",
            KeyFigures = KeyFigures(evaluation),
            Accuracy = evaluation.Neutral,
            Expressed = evaluation.Expressed,
            People = people,
            ErrorMapLimit = ErrorMapLimit,
            Metrics = MetricsLog.Read(Path.Combine(run.Folder, RunFolder.MetricsFile)),
            Gallery = RunGallery.Read(run.Folder),
            Tables = EvaluationText.Tables(evaluation),
            Facts = Facts(run, trainer, options, summary),
            Notes = Notes(run, trainer, evaluation),
        };
    }

    private static ImmutableArray<KeyFigure> KeyFigures(MethodEvaluation evaluation)
    {
        var figures = ImmutableArray.CreateBuilder<KeyFigure>();
        if (evaluation.Neutral is { } table)
        {
            figures.Add(new KeyFigure($"{Number(table.MeanFace.Rigid.Mean)} mm", "neutral error of the mean face"));
            if (table.Network.MinBy(row => Math.Abs(row.Frames - MeasurementOptions.Usual)) is { } row)
                figures.Add(new KeyFigure($"{Number(row.Rigid.Mean)} mm", $"of the network with {row.Frames} frames"));
        }
        figures.Add(new KeyFigure($"{Number(evaluation.Spread.Between)} mm", "difference between two people"));
        if (evaluation.Spread.Within is { } within) figures.Add(new KeyFigure($"{Number(within)} mm", "within a person"));
        if (evaluation.Pictures.Landmarks is { } landmarks)
            figures.Add(new KeyFigure($"{Number(100 * landmarks)} %", "landmark error per eye distance"));
        return figures.ToImmutable();
    }

    private static ImmutableArray<Fact> Facts(TrainingRunOptions run, Trainer trainer, TrainingOptions options, TrainingSummary summary)
    {
        var (dataset, template) = (trainer.Dataset, trainer.Template);
        return
        [
            new(
                "dataset",
                $"{dataset.People.Length} people, {dataset.FrameCount} frames of {dataset.CropSize} pixels; {dataset.Skipped.Length} left out"),
            .. dataset.Options.Select(option => new Fact($"dataset: {option.Key}", option.Value)),
            new("template", $"{template.Name}: {template.VertexCount} vertices, {template.Expressions.Length} expressions"),
            new("licence of the template", template.Licence),
            new(
                "model",
                $"{options.Nodes} nodes, {options.ShapeCodes} shape and {options.AlbedoCodes} albedo codes, separation {options.Separation}"),
            .. options.Stages.Select(stage => new Fact(
                $"stage: {stage.Name}",
                $"{stage.Steps} steps of {stage.People} people x {stage.Frames} frames, rate {Text(stage.Rate)}, free {stage.Free}")),
            new("seed", Text(options.Seed)),
            new("device", run.Device.Name),
            new("training", $"{summary.Steps} steps, {Duration(summary.Seconds)}"),
            new("peak memory", $"{summary.PeakBytes / (double)(1 << 30):0.00} GB".ToString(CultureInfo.InvariantCulture)),
        ];
    }

    private static ImmutableArray<string> Notes(TrainingRunOptions run, Trainer trainer, MethodEvaluation evaluation)
    {
        var notes = ImmutableArray.CreateBuilder<string>();
        if (trainer.Dataset.Options.GetValueOrDefault("source") == "synthetic")
            notes.Add("The clips are synthetic: people vary in a way the learner does not know, but light, skin and camera are simple.");
        if (evaluation.Neutral is null)
            notes.Add("No truth is known of these people on this template: differences between faces can be seen, not verified.");
        if (evaluation.Neutral is { Floors.IsEmpty: false })
            notes.Add(
                "A floor is the best fit of true neutral faces that a separation mode allows on this deformation graph (off: the whole graph); "
                + $"a number in brackets says on how many people it was measured. This model: {$"{evaluation.Separation}".ToLowerInvariant()}.");
        notes.Add("The people shown are the first by name, not the best.");
        notes.Add($"Files of people shown: {Path.Combine(run.Folder, TrainingRun.PeopleFolder)}.");
        return notes.ToImmutable();
    }

    private static string Duration(double seconds) =>
        seconds < 120 ? $"{seconds.ToString("0", CultureInfo.InvariantCulture)} s" : $"{Text(Math.Round(seconds / 60, 1))} minutes";

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
