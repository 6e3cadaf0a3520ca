using System.CommandLine;
using Fml.Model;

namespace Fml.Tools;

/// <summary><c>fml synth benchmark</c>: the sets that accuracy is measured on, from a seed.</summary>
internal static class BenchmarkVerb
{
    public static Command Create(Terminal terminal)
    {
        var output = new Option<string>("--output", "-o") { Description = "Folder of the benchmark.", Required = true, HelpName = "FOLDER" };
        var ict = new Option<string>("--ict") { Description = "The packed ICT model, whose people are filmed.", Required = true, HelpName = "FILE" };
        var people = new Option<int>("--people") { Description = "People to learn from.", DefaultValueFactory = _ => 1600, HelpName = "N" };
        var size = new Option<int>("--size") { Description = "Side of the crops, pixels.", DefaultValueFactory = _ => 160, HelpName = "N" };
        var seed = new Option<int>("--seed") { Description = "Seed of everything that is drawn.", DefaultValueFactory = _ => 1, HelpName = "N" };
        var command = new Command(
            "benchmark", "Makes train, validation and test sets of different people, and test again with covered faces and poor cameras.")
        {
            output, ict, people, size, seed,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var folder = parsed.GetRequiredValue(output);
            var identities = new IdentitySource.Ict(parsed.GetRequiredValue(ict), IctRegion.NarrowFace);
            var sets = BenchmarkSets.Of(identities, parsed.GetValue(people), parsed.GetValue(size), parsed.GetValue(seed));
            ProgressDisplay.Run(terminal, display => BenchmarkSets.Generate(
                sets, parsed.GetValue(seed), folder,
                (set, done) => display.Report(new ProgressUpdate(
                    $"filming {set.Name}", (double)done / set.Options.People, $"{done} of {set.Options.People} people")),
                cancellation));
            foreach (var (name, hash) in BenchmarkSets.Stated(folder)!) terminal.Output.WriteLine($"{Path.Combine(folder, name)}: {hash[..12]}");
        }, CancellationToken.None));
        return command;
    }
}
