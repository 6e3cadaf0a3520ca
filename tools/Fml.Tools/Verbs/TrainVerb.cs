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
        Many,
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
            Description = "Sizes and stages: small (a few people, minutes), many (hundreds of people, an hour) or paper (its sizes, hours).",
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
        var separation = new Option<SeparationMode?>("--separation")
        {
            Description = "How identity and expression are kept apart: graph (the paper), mesh, soft or off (default: the preset's).",
        };
        var mean = new Option<bool>("--mean-template") { Description = "The template is the mean of the people (preset many: always)." };
        var single = new Option<bool>("--single-frame") { Description = "The network learns from one frame of a person at a time." };
        var without = new Option<LossPart[]>("--without")
        {
            Description = $"A loss to leave out; may be repeated: {string.Join(", ", Enum.GetNames<LossPart>()).ToLowerInvariant()}.",
            HelpName = "LOSS",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var basis = new Option<string?>("--given-basis")
        {
            Description = "The packed ICT model: its identities are the shape basis, which is not learned.",
            HelpName = "FILE",
        };
        var device = DeviceOption.Create();
        var command = new Command("train", "Learns a face model from a dataset; writes checkpoints, metrics and a report.")
        {
            dataset, output, template, preset, separation, mean, single, without, basis, steps, comparison, seed, heldOut, device,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var folder = parsed.GetRequiredValue(dataset);
            var start = Options(folder, parsed.GetValue(preset)).WithSteps(parsed.GetValue(steps))
                .With(parsed.GetValue(comparison) == Comparison.Pixel ? ImageComparison.PerPixel : ImageComparison.PerVertex);
            if (parsed.GetValue(single)) start = start.SingleFrame();
            var options = (parsed.GetValue(without) ?? []).Aggregate(start, (all, part) => all.Without(part)) with
            {
                Seed = parsed.GetValue(seed),
                HeldOut = parsed.GetValue(heldOut) ?? start.HeldOut,
                Separation = parsed.GetValue(separation) ?? start.Separation,
                TemplateIsMean = parsed.GetValue(mean) || start.TemplateIsMean,
                GivenShapeBasis = parsed.GetValue(basis) is null ? null : "ICT identities",
            };
            var given = parsed.GetValue(template) is { } file ? FaceTemplateFile.Load(file) : ProceduralHead.Create();
            var run = new TrainingRunOptions
            {
                Dataset = folder,
                Folder = parsed.GetRequiredValue(output),
                Device = DeviceOption.Resolve(parsed.GetValue(device), terminal),
                Training = options,
                Template = given,
                GivenShapes = parsed.GetValue(basis) is { } ict ? IctIdentities.LoadFor(ict, given).Shapes : null,
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
        var options = preset switch
        {
            Preset.Paper => Recipes.Paper(dataset.CropSize),
            Preset.Many => Recipes.Many(dataset.CropSize),
            _ => Recipes.Small(dataset.CropSize),
        };
        return options with { Distance = DistancePrior.Of(dataset) };
    }
}
