using System.Collections.Immutable;
using System.Diagnostics;
using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>What a training run is given.</summary>
public sealed record TrainingRunOptions
{
    /// <summary>Folder of a prepared dataset.</summary>
    public required string Dataset { get; init; }

    /// <summary>The run's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Where to compute.</summary>
    public required Device Device { get; init; }

    /// <summary>What to compute.</summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>Shapes to give to the learner where its options say so; see <see cref="TrainingOptions.GivenShapeBasis"/>.</summary>
    public IReadOnlyList<Vector3[]>? GivenShapes { get; init; }

    /// <summary>What is given of faces.</summary>
    public required FaceTemplate Template { get; init; }

    /// <summary>How thoroughly to measure at the end.</summary>
    public MeasurementOptions Measure { get; init; } = new();

    /// <summary>Heading of the report.</summary>
    public string Title { get; init; } = "A face model learned from clips";

    /// <summary>Most held-out people that are shown in the report and written as files.</summary>
    public int Shown { get; init; } = 4;
}

/// <summary>What came out of a training run.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="Report">The report's path.</param>
/// <param name="Steps">Steps of training.</param>
/// <param name="Seconds">Time spent training, interrupted runs included, s.</param>
/// <param name="PeakBytes">Most memory this process has used.</param>
/// <param name="Evaluation">What was measured.</param>
public sealed record TrainingSummary(
    string Folder, string Report, long Steps, double Seconds, long PeakBytes, MethodEvaluation Evaluation);

/// <summary>
/// The whole of <c>fml train</c>: trains, or goes on where an earlier call stopped, takes pictures and figures after each stage, measures
/// held-out people, and writes their reconstructions and the report.
/// </summary>
public static class TrainingRun
{
    /// <summary>Subfolder with files of held-out people.</summary>
    public const string PeopleFolder = "people";

    private const int GalleryRows = 3, FewPeople = 4;

    /// <summary>Trains and measures; a finished run only measures and writes its report again.</summary>
    /// <exception cref="FmlException">
    /// The dataset does not suit the options, the folder holds another run, or training did not stay finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was stopped; the next call with the same options goes on.</exception>
    public static TrainingSummary Run(TrainingRunOptions run, Action<ProgressUpdate>? progress = null, CancellationToken cancel = default)
    {
        using var dataset = FaceDataset.Open(run.Dataset);
        var (options, template) = (run.Training, run.Template);
        progress?.Invoke(new ProgressUpdate("train: setting up", 0, $"{dataset.People.Length} people, {dataset.FrameCount} frames"));
        using var trainer = Trainer.Open(dataset, template, options, run.Folder, run.Device, run.GivenShapes);
        var watch = new IdentityWatch(trainer);
        var heldOut = trainer.Split.HeldOut;
        var shown = EvaluationPerson.Read(
            dataset, template, (heldOut.IsEmpty ? trainer.Split.Train : heldOut).Take(GalleryRows), MeasurementOptions.Usual);
        if (trainer.Steps == 0) RunGallery.Take(trainer, shown, run.Folder, RunGallery.Start);
        trainer.Run(
            progress,
            stage =>
            {
                RunGallery.Take(trainer, shown, run.Folder, stage.Name);
                return watch.Measure();
            },
            cancel);

        var evaluation = Evaluate(run, trainer, progress, cancel);
        progress?.Invoke(new ProgressUpdate("write: report and faces", 0));
        var people = WritePeople(run, trainer);
        var report = Path.Combine(run.Folder, RunFolder.ReportFile);
        using var process = Process.GetCurrentProcess();
        var summary = new TrainingSummary(run.Folder, report, trainer.Steps, trainer.Seconds, process.PeakWorkingSet64, evaluation);
        HtmlReport.Write(report, TrainingReport.Of(run, trainer, options, summary, people));
        progress?.Invoke(new ProgressUpdate("write: report and faces", 1));
        return summary;
    }

    private static MethodEvaluation Evaluate(
        TrainingRunOptions run, Trainer trainer, Action<ProgressUpdate>? progress, CancellationToken cancel)
    {
        var (dataset, split) = (trainer.Dataset, trainer.Split);
        var known = split.HeldOut.Any(person => SyntheticTruth.Exists(dataset.Folder, person.Name));
        var enough = !split.HeldOut.IsEmpty && (known || split.HeldOut.Length >= FewPeople);
        return MethodMeasurement.Measure(
            trainer.Reconstructor(), dataset, enough ? split.HeldOut : dataset.People, split.Train,
            enough ? "held-out people" : $"people, {split.HeldOut.Length} of them held out", run.Measure, progress, cancel);
    }

    // Files of a few held-out people, and their pictures for the report: the first by name, not the best.
    private static ImmutableArray<PicturedPerson> WritePeople(TrainingRunOptions run, Trainer trainer)
    {
        var reconstructor = trainer.Reconstructor();
        var chosen = trainer.Split.HeldOut.IsEmpty ? trainer.Split.Train : trainer.Split.HeldOut;
        var pictures = ImmutableArray.CreateBuilder<PicturedPerson>();
        foreach (var person in EvaluationPerson.Read(trainer.Dataset, trainer.Template, chosen.Take(run.Shown), MeasurementOptions.Usual))
        {
            var face = reconstructor.Reconstruct(person.Name, person.Frames);
            ReconstructionFolder.Write(Path.Combine(run.Folder, PeopleFolder), face, i => person.Frames[i].Rgb);
            if (person.Truth is { } truth)
                pictures.Add(PersonPictures.Draw(face, person.Frames[0].Rgb, truth.Neutral, TrainingReport.ErrorMapLimit));
        }
        return pictures.ToImmutable();
    }
}
