using System.CommandLine;
using Fml.Model;

namespace Fml.Tools;

/// <summary><c>fml divide</c>: identity kept apart from expression in a model that was learned whole.</summary>
internal static class DivideVerb
{
    public static Command Create(Terminal terminal)
    {
        var run = new Argument<string>("RUN") { Description = "The folder of a run with --separation off; it stays as it is." };
        var output = new Option<string>("--output", "-o")
        {
            Description = "Folder of the divided run.",
            Required = true,
            HelpName = "RUN",
        };
        var separation = new Option<SeparationMode>("--separation")
        {
            Description = "How to keep identity and expression apart: graph (the paper), mesh or soft.",
            DefaultValueFactory = _ => SeparationMode.Graph,
        };
        var command = new Command("divide", "Keeps identity apart from expression in a model that was learned without: as if trained so, in seconds.")
        {
            run, output, separation,
        };
        command.SetAction(parsed =>
        {
            var (from, to, mode) = (parsed.GetRequiredValue(run), parsed.GetRequiredValue(output), parsed.GetValue(separation));
            RunDivision.Divide(from, to, mode);
            terminal.Output.WriteLine($"{Path.Combine(to, RunFolder.ModelFile)}: the model of {from}, divided for {mode.ToString().ToLowerInvariant()}");
        });
        return command;
    }
}
