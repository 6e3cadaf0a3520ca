using System.CommandLine;
using System.Globalization;
using Fml.Model;
using Fml.Native;
using Spectre.Console;

namespace Fml.Tools;

/// <summary><c>fml fit</c>: faces with a learned model, refined on their pictures.</summary>
internal static class FitVerb
{
    public static Command Create(Terminal terminal)
    {
        var sources = new FaceSources(terminal);
        var steps = new Option<int>("--steps")
        {
            Description = "At most this many steps a person; it stops when it no longer improves.",
            DefaultValueFactory = _ => new FitOptions().Steps,
            HelpName = "N",
        };
        var command = sources.Command(
            "fit", "Reconstructs every person and refines that on the pictures: better faces in more time. Files as of 'reconstruct'.", steps);
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var wanted = parsed.GetValue(steps);
            if (wanted < 1) throw new FmlException($"--steps must be at least 1, not {wanted}; 'fml reconstruct' takes none.");
            var options = sources.Read(parsed, cancellation) with
            {
                Fit = new FitOptions { Steps = wanted },
                MostFrames = ReconstructionRunOptions.MostFramesFitted,
            };
            var people = ProgressDisplay.Run(terminal, display => ReconstructionRun.Run(options, display.Report, cancellation));
            terminal.Console.Write(Table(people));
            terminal.Output.WriteLine($"{people.Length} people in {Path.GetFullPath(options.Folder)}");
        }, CancellationToken.None));
        return command;
    }

    private static Table Table(IEnumerable<ReconstructedPerson> people)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns(
            "person", "frames", "landmark error per eye distance", "colour error", "loss", "steps");
        foreach (var person in people)
        {
            if (person.Fit is not { } fit) continue;
            table.AddRow(
                Markup.Escape(person.Person), $"{person.Frames}", Change(fit.LandmarkErrorBefore, person.LandmarkError),
                Change(fit.PhotometricBefore, person.Photometric), Change(fit.LossBefore, fit.LossAfter), $"{fit.Steps}");
        }
        return table;
    }

    private static string Change(double? before, double? after) => before is { } from && after is { } to
        ? string.Create(CultureInfo.InvariantCulture, $"{from:0.000} -> {to:0.000}")
        : "";
}
