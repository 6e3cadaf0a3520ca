using System.CommandLine;
using Fml.Model;

namespace Fml.Tools;

/// <summary>What the verbs share that make faces of people: a model, where the people are, and where the results go.</summary>
internal sealed class FaceSources(Terminal terminal)
{
    private readonly Argument<string> model = new("RUN") { Description = "Folder of a training run, or a model file." };

    private readonly Argument<string[]> sources = new("FACES")
    {
        Description = "A dataset; or photos and clips of one person; or a folder of them, where a subfolder is one person.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> output = new("--output", "-o") { Description = "Folder for the results.", Required = true, HelpName = "FOLDER" };
    private readonly Option<bool> colours = new("--vertex-colours") { Description = "GLB with vertex colours instead of a texture." };

    private readonly Option<int> most = new("--max-frames")
    {
        Description = "At most this many frames of a clip.",
        DefaultValueFactory = _ => 16,
        HelpName = "N",
    };

    private readonly Option<string?> device = DeviceOption.Create();

    /// <summary>A command that takes them, and options of its own.</summary>
    public Command Command(string name, string description, params Option[] own) => Bare(name, description, [colours, .. own]);

    /// <summary>The same for a verb that writes no GLB.</summary>
    public Command Bare(string name, string description, params Option[] own)
    {
        var command = new Command(name, description) { model, sources, output, most };
        foreach (var option in own) command.Add(option);
        command.Add(device);
        return command;
    }

    /// <summary>What was asked for. Photos and clips are prepared, at the model's own size, into a folder beside the results.</summary>
    public ReconstructionRunOptions Read(ParseResult parsed, CancellationToken cancellation)
    {
        var (run, faces, folder) = (parsed.GetRequiredValue(model), parsed.GetRequiredValue(sources), parsed.GetRequiredValue(output));
        var prepared = faces.Length == 1 && File.Exists(Path.Combine(faces[0], "dataset.json"));
        return new ReconstructionRunOptions
        {
            Model = run,
            Dataset = prepared ? faces[0] : Prepare(faces, run, folder, parsed.GetValue(most), cancellation),
            Folder = folder,
            Device = DeviceOption.Resolve(parsed.GetValue(device), terminal),
            Albedo = parsed.GetValue(colours) ? GltfAlbedo.VertexColours : GltfAlbedo.Texture,
        };
    }

    private string Prepare(string[] faces, string run, string folder, int mostFrames, CancellationToken cancellation)
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
            Target = Path.Combine(folder, "crops"),
            CropSize = FaceModel.Load(run).Options.ImageSize,
            Video = new VideoOptions(MaxFrames: mostFrames),
        };
        var messages = new List<string>();
        ProgressDisplay.Run(terminal, display => Preparation.Run(options, new PrepareVerb.Clips(display, messages), cancellation));
        foreach (var message in messages) terminal.Output.WriteLine(message);
        return options.Target;
    }
}
