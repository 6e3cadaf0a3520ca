using System.CommandLine;
using System.Globalization;
using Fml.Model;

namespace Fml.Tools;

/// <summary><c>fml train</c>: a face model from a prepared dataset.</summary>
internal static class TrainVerb
{
    private enum Preset
    {
        Small,
        Paper,
    }

    private enum Comparison
    {
        Vertex,
        Pixel,
    }

    public static Command Create(Terminal terminal)
    {
        var dataset = new Argument<string>("DATASET") { Description = "Folder made by fml prepare or fml synth." };
        var output = new Option<string>("--output", "-o")
        {
            Description = "Folder of the run; a run with the same options that is there goes on.",
            Required = true,
            HelpName = "RUN",
        };
        var template = new Option<string?>("--template") { Description = "The template (default: the built-in head).", HelpName = "FILE" };
        var preset = new Option<Preset>("--preset")
        {
            Description = "Sizes and stages: small (minutes) or paper (hours).",
            DefaultValueFactory = _ => Preset.Small,
        };
        var seed = new Option<int>("--seed") { Description = "Seed of everything drawn.", DefaultValueFactory = _ => 1, HelpName = "N" };
        var steps = new Option<double>("--steps")
        {
            Description = "Share of the preset's steps in every stage, such as 0.01 to try things out.",
            DefaultValueFactory = _ => 1,
            HelpName = "SHARE",
        };
        var heldOut = new Option<double?>("--held-out")
        {
            Description = "Share of the people kept out of training, to measure on.",
            HelpName = "SHARE",
        };
        var comparison = new Option<Comparison>("--comparison")
        {
            Description = "Where colours are compared: at the vertices (vertex), or at the pixels of a drawn face with soft outlines (pixel).",
            DefaultValueFactory = _ => Comparison.Vertex,
        };
        var device = DeviceOption.Create();
        var command = new Command("train", "Learns a face model from a dataset; writes checkpoints, metrics and a report.")
        {
            dataset, output, template, preset, steps, comparison, seed, heldOut, device,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var folder = parsed.GetRequiredValue(dataset);
            var options = Options(folder, parsed.GetValue(preset)).WithSteps(parsed.GetValue(steps))
                .With(parsed.GetValue(comparison) == Comparison.Pixel ? ImageComparison.PerPixel : ImageComparison.PerVertex);
            var run = new TrainingRunOptions
            {
                Dataset = folder,
                Folder = parsed.GetRequiredValue(output),
                Device = DeviceOption.Resolve(parsed.GetValue(device), terminal),
                Training = options with { Seed = parsed.GetValue(seed), HeldOut = parsed.GetValue(heldOut) ?? options.HeldOut },
                Template = parsed.GetValue(template) is { } file ? FaceTemplateFile.Load(file) : ProceduralHead.Create(),
            };
            Show(terminal, ProgressDisplay.Run(terminal, display => TrainingRun.Run(run, display.Report, cancellation)));
        }, CancellationToken.None));
        return command;
    }

    /// <summary>What came out, and in the last line where to look.</summary>
    public static void Show(Terminal terminal, TrainingSummary summary)
    {
        terminal.Output.WriteLine();
        terminal.Output.Write(EvaluationText.Render(summary.Evaluation));
        terminal.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{summary.Steps} steps, {summary.Seconds:0} s of training, at most {summary.PeakBytes / (double)(1 << 30):0.00} GB of memory"));
        terminal.Output.WriteLine($"Look at {Path.GetFullPath(summary.Report)}");
    }

    private static TrainingOptions Options(string folder, Preset preset)
    {
        using var dataset = FaceDataset.Open(folder);
        return preset == Preset.Paper ? Recipes.Paper(dataset.CropSize) : Recipes.Small(dataset.CropSize);
    }
}
