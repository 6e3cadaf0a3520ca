using System.CommandLine;
using System.Collections.Immutable;
using Fml.Model;
using Fml.Native;

namespace Fml.Tools;

/// <summary><c>fml template</c>: the built-in head as a file.</summary>
internal static class TemplateVerb
{
    public static Command Create(Terminal terminal)
    {
        var output = new Option<string>("--output", "-o")
        {
            Description = "What to write: a template (.safetensors) or a mesh to look at (.glb, .obj, .ply).",
            Required = true,
            HelpName = "FILE",
        };
        var vertices = new Option<int>("--vertices")
        {
            Description = "Number of vertices, about: 2500 to 60000.",
            DefaultValueFactory = _ => 6700,
            HelpName = "N",
        };
        var command = new Command("template", "Writes the built-in head.") { output, vertices };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(output);
            Action<FaceTemplate> write = Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".safetensors" => template => FaceTemplateFile.Save(template, path),
                ".glb" => template => GltfFile.Write(path, Neutral(template)),
                ".obj" => template => ObjFile.Write(path, Neutral(template)),
                ".ply" => template => PlyFile.Write(path, Neutral(template)),
                var ending => throw new FmlException($"A template is written as .safetensors, .glb, .obj or .ply, not '{ending}'."),
            };
            var template = ProceduralHead.Create(parsed.GetValue(vertices));
            write(template);
            terminal.Output.WriteLine($"{path}: {TemplateText.Describe(template)}");
        });
        return command;
    }

    /// <summary>The template as the reconstruction of nobody.</summary>
    private static Reconstruction Neutral(FaceTemplate template) => new()
    {
        Person = template.Name,
        Template = template,
        Neutral = template.Positions,
        Albedo = template.Albedo,
        Alpha = [],
        Beta = [],
        Frames = [],
    };
}
