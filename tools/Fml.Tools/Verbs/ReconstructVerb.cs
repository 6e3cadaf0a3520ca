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
        var sources = new Argument<string[]>("FACES")
        {
            Description = "A dataset; or photos and clips of one person; or a folder of them, where a subfolder is one person.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--output", "-o") { Description = "Folder for the results.", Required = true, HelpName = "FOLDER" };
        var colours = new Option<bool>("--vertex-colours") { Description = "GLB with vertex colours instead of a texture." };
        var most = new Option<int>("--max-frames") { Description = "At most this many frames of a clip.", DefaultValueFactory = _ => 16, HelpName = "N" };
        var device = DeviceOption.Create();
        var command = new Command("reconstruct", "Reconstructs every person: GLB, OBJ, PLY, JSON and a sheet of pictures each.")
        {
            model, sources, output, colours, most, device,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var folder = parsed.GetRequiredValue(output);
            var run = parsed.GetRequiredValue(model);
            var faces = parsed.GetRequiredValue(sources);
            var options = new ReconstructionRunOptions
            {
                Model = run,
                Dataset = IsDataset(faces) ? faces[0] : Prepared(terminal, faces, run, folder, parsed.GetValue(most), cancellation),
                Folder = folder,
                Device = DeviceOption.Resolve(parsed.GetValue(device), terminal),
                Albedo = parsed.GetValue(colours) ? GltfAlbedo.VertexColours : GltfAlbedo.Texture,
            };
            var people = ProgressDisplay.Run(terminal, display => ReconstructionRun.Run(options, display.Report, cancellation));
            terminal.Console.Write(Table(people));
            terminal.Output.WriteLine($"{people.Length} people in {Path.GetFullPath(options.Folder)}");
        }, CancellationToken.None));
        return command;
    }

    private static bool IsDataset(string[] faces) => faces.Length == 1 && File.Exists(Path.Combine(faces[0], "dataset.json"));

    // Photos and clips are prepared first, at the model's own size, into a folder beside the results.
    private static string Prepared(Terminal terminal, string[] faces, string model, string output, int mostFrames, CancellationToken cancellation)
    {
        var clips = faces.SelectMany(face => ClipFile.Find(face)).ToArray();
        if (faces.Length > 1)
        {
            var person = Path.GetFileNameWithoutExtension(faces[0]);
            clips = [.. clips.Select((clip, i) => clip with { Person = person, Clip = $"{i}-{clip.Clip}" })];
        }
        var options = new PreparationOptions
        {
            Source = faces[0],
            Clips = [.. clips],
            Target = Path.Combine(output, "crops"),
            CropSize = FaceModel.Load(model).Options.ImageSize,
            Video = new VideoOptions(MaxFrames: mostFrames),
        };
        var messages = new List<string>();
        ProgressDisplay.Run(terminal, display => Preparation.Run(options, new PrepareVerb.Clips(display, messages), cancellation));
        foreach (var message in messages) terminal.Output.WriteLine(message);
        return options.Target;
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
