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
        var model = new Argument<string>("RUN") { Description = "Folder of a training run, or a model file." };
        var dataset = new Argument<string>("DATASET") { Description = "Folder made by fml prepare or fml synth." };
        var output = new Option<string>("--output", "-o") { Description = "Folder for the results.", Required = true, HelpName = "FOLDER" };
        var colours = new Option<bool>("--vertex-colours") { Description = "GLB with vertex colours instead of a texture." };
        var device = DeviceOption.Create();
        var command = new Command("reconstruct", "Reconstructs every person: GLB, OBJ, PLY, JSON and a sheet of pictures each.")
        {
            model, dataset, output, colours, device,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var options = new ReconstructionRunOptions
            {
                Model = parsed.GetRequiredValue(model),
                Dataset = parsed.GetRequiredValue(dataset),
                Folder = parsed.GetRequiredValue(output),
                Device = DeviceOption.Resolve(parsed.GetRequiredValue(device)),
                Albedo = parsed.GetValue(colours) ? GltfAlbedo.VertexColours : GltfAlbedo.Texture,
            };
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
