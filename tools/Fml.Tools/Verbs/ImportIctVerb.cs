using System.CommandLine;
using Fml.Model;

namespace Fml.Tools;

/// <summary><c>fml import-ict</c>: the ICT model as a face template.</summary>
internal static class ImportIctVerb
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "The ICT-FaceKit light model, packed as safetensors." };
        var output = new Option<string>("--output", "-o")
        {
            Description = "The template to write (.safetensors).",
            Required = true,
            HelpName = "TEMPLATE",
        };
        var region = new Option<IctRegion>("--region")
        {
            Description = "How much of the head to take.",
            DefaultValueFactory = _ => IctRegion.Head,
        };
        var command = new Command("import-ict", "Converts the ICT face model into a template.") { file, output, region };
        command.SetAction(parsed =>
        {
            var template = IctTemplate.Import(parsed.GetRequiredValue(file), parsed.GetValue(region));
            FaceTemplateFile.Save(template, parsed.GetRequiredValue(output));
            terminal.Output.WriteLine($"{parsed.GetRequiredValue(output)}: {TemplateText.Describe(template)}");
        });
        return command;
    }
}
