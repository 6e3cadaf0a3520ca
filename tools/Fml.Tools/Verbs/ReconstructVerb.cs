using System.CommandLine;
using System.Globalization;
using Fml.Model;
using Spectre.Console;

namespace Fml.Tools;

/// <summary><c>fml reconstruct</c>: faces with a learned model.</summary>
internal static class ReconstructVerb
{
    public static Command Create(Terminal terminal)
    {
        var sources = new FaceSources(terminal);
        var command = sources.Command("reconstruct", "Reconstructs every person: GLB, OBJ, PLY, JSON and a sheet of pictures each.");
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var options = sources.Read(parsed, cancellation);
            var people = ProgressDisplay.Run(terminal, display => ReconstructionRun.Run(options, display.Report, cancellation));
            terminal.Console.Write(Table(people));
            terminal.Output.WriteLine($"{people.Length} people in {Path.GetFullPath(options.Folder)}");
        }, CancellationToken.None));
        return command;
    }

    private static Table Table(IEnumerable<ReconstructedPerson> people)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("person", "frames", "landmark error per eye distance");
        foreach (var person in people)
            table.AddRow(
                Markup.Escape(person.Person), $"{person.Frames}", person.LandmarkError?.ToString("0.000", CultureInfo.InvariantCulture) ?? "");
        return table;
    }
}
