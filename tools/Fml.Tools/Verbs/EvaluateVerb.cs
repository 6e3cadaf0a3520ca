using System.Collections.Immutable;
using System.CommandLine;
using Fml.Model;
using Fml.Native;

namespace Fml.Tools;

/// <summary><c>fml evaluate</c>: how good a learned model is.</summary>
internal static class EvaluateVerb
{
    public static Command Create(Terminal terminal)
    {
        var model = new Argument<string>("RUN") { Description = "Folder of a training run, or a model file." };
        var dataset = new Argument<string>("DATASET")
        {
            Description = "The people to measure on; of the dataset that the run was trained on, those it held out.",
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Folder for the results (default: evaluation-DATASET in the run's).",
            HelpName = "FOLDER",
        };
        var beside = Named("--beside", "Another run in the same tables; may be repeated.", "NAME=RUN");
        var also = Named("--also", "The same people under another condition; may be repeated.", "NAME=DATASET");
        var fit = new Option<bool>("--fit") { Description = "Refine the network's faces by fitting too, on a few people; takes its time." };
        var fitPeople = new Option<int>("--fit-people") { Description = "Most people to fit.", DefaultValueFactory = _ => 10, HelpName = "N" };
        var truth = new Option<string?>("--truth-template")
        {
            Description = "The template that the truth is on, where it is not the model's.",
            HelpName = "FILE",
        };
        var learned = new Option<string?>("--learned-from")
        {
            Description = "The dataset that the run was trained on, where it has been moved; its truth gives principal components.",
            HelpName = "DATASET",
        };
        var people = new Option<int>("--people")
        {
            Description = "Most people to measure on.",
            DefaultValueFactory = _ => MeasurementOptions.Thorough.People,
            HelpName = "N",
        };
        var device = DeviceOption.Create();
        var command = new Command("evaluate", "Measures a model against the truth: tables, plots and a report.")
        {
            model, dataset, output, beside, also, fit, fitPeople, truth, learned, people, device,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var (run, data) = (parsed.GetRequiredValue(model), parsed.GetRequiredValue(dataset));
            if (parsed.GetValue(people) < 1)
                throw new FmlException($"Nothing can be measured on {parsed.GetValue(people)} people: --people must be at least 1.");
            var options = new EvaluationRunOptions
            {
                Run = run,
                Dataset = data,
                Folder = parsed.GetValue(output) ?? EvaluationRunOptions.DefaultFolder(run, data),
                Device = DeviceOption.Resolve(parsed.GetValue(device), terminal),
                Beside = Pairs(parsed.GetValue(beside), "--beside", "NAME=RUN"),
                Also = Pairs(parsed.GetValue(also), "--also", "NAME=DATASET"),
                FitPeople = parsed.GetValue(fit) ? Math.Max(1, parsed.GetValue(fitPeople)) : 0,
                TruthTemplate = parsed.GetValue(truth),
                LearnedFrom = parsed.GetValue(learned),
                Measure = MeasurementOptions.Thorough with { People = parsed.GetValue(people) },
            };
            var result = ProgressDisplay.Run(terminal, display => EvaluationRun.Run(options, display.Report, cancellation));
            terminal.Output.WriteLine();
            terminal.Output.Write(EvaluationText.Render(result));
            terminal.Output.WriteLine($"Look at {Path.GetFullPath(Path.Combine(options.Folder, RunFolder.ReportFile))}");
        }, CancellationToken.None));
        return command;
    }

    private static Option<string[]> Named(string name, string description, string form) => new(name)
    {
        Description = description,
        HelpName = form,
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static ImmutableArray<(string Name, string Path)> Pairs(string[]? given, string option, string form) =>
    [
        .. (given ?? []).Select(text => text.IndexOf('=') is > 0 and var at && at < text.Length - 1
            ? (text[..at], text[(at + 1)..])
            : throw new FmlException($"{option} takes {form}, not '{text}'.")),
    ];
}
