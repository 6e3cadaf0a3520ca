using System.CommandLine;
using Fml.Model;

namespace Fml.Tools;

/// <summary><c>fml demo</c>: the whole way on synthetic clips.</summary>
internal static class DemoVerb
{
    public static Command Create(Terminal terminal)
    {
        var output = new Option<string>("--out", "--output", "-o")
        {
            Description = "Folder of the run; a run that is there goes on.",
            DefaultValueFactory = _ => "runs/demo",
            HelpName = "RUN",
        };
        var longer = new Option<bool>("--long") { Description = "Four times as many people, half an hour instead of minutes." };
        var ict = new Option<string?>("--ict") { Description = "The packed ICT model: its people instead of built-in ones.", HelpName = "FILE" };
        var device = DeviceOption.Create();
        var command = new Command("demo", "Makes synthetic clips, learns a face model from them and measures it on people it has not seen.")
        {
            output, longer, ict, device,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            IdentitySource identities = parsed.GetValue(ict) is { } file
                ? new IdentitySource.Ict(file, IctRegion.NarrowFace)
                : new IdentitySource.BuiltIn();
            var learn = parsed.GetValue(longer);
            var clips = learn ? Recipes.LearnClips(identities) : Recipes.DemoClips(identities);
            var options = new DemoOptions
            {
                Folder = parsed.GetValue(output)!,
                Device = DeviceOption.Resolve(parsed.GetValue(device), terminal),
                Clips = clips,
                Training = learn ? Recipes.Learn(clips) : Recipes.Demo(clips),
            };
            TrainVerb.Show(terminal, ProgressDisplay.Run(terminal, display => Demo.Run(options, display.Report, cancellation)));
        }, CancellationToken.None));
        return command;
    }
}
