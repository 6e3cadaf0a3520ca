using Fml.Native;

namespace Fml.Model;

/// <summary>What the demonstration makes.</summary>
public sealed record DemoOptions
{
    /// <summary>Where everything goes.</summary>
    public required string Folder { get; init; }

    /// <summary>Where to compute.</summary>
    public required Device Device { get; init; }

    /// <summary>The clips to make.</summary>
    public required SynthesisOptions Clips { get; init; }

    /// <summary>How to learn from them.</summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>How thoroughly to measure at the end.</summary>
    public MeasurementOptions Measure { get; init; } = new();
}

/// <summary>
/// The way from clips to faces without any input: makes synthetic clips, learns a model from them, and measures it on people it has not
/// seen.
/// </summary>
public static class Demo
{
    /// <summary>Subfolder of the clips.</summary>
    public const string DatasetFolder = "dataset";

    /// <summary>
    /// Runs it; the same call again goes on where it was stopped, and when finished measures again and rewrites the report.
    /// </summary>
    /// <exception cref="FmlException">The folder holds something else.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static TrainingSummary Run(DemoOptions options, Action<ProgressUpdate>? progress = null, CancellationToken cancel = default)
    {
        var clips = options.Clips;
        var dataset = Path.Combine(options.Folder, DatasetFolder);
        SyntheticClips.Generate(clips, dataset, new People(progress, clips.People), cancel);
        return TrainingRun.Run(
            new TrainingRunOptions
            {
                Dataset = dataset,
                Folder = options.Folder,
                Device = options.Device,
                Training = options.Training,
                Template = clips.Identities.Template,
                Measure = options.Measure,
                Title = "A face model learned from synthetic clips",
            },
            progress, cancel);
    }

    private sealed class People(Action<ProgressUpdate>? progress, int count) : IProgress<int>
    {
        public void Report(int value) =>
            progress?.Invoke(new ProgressUpdate("make clips", (double)value / count, $"{value} of {count} people"));
    }
}
