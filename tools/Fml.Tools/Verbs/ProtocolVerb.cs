using System.CommandLine;
using System.Globalization;
using Fml.Model;
using Fml.Native;

namespace Fml.Tools;

/// <summary><c>fml protocol</c>: measures on photos with true meshes that others hand out.</summary>
internal static class ProtocolVerb
{
    private const string Automatic = "auto";

    public static Command Create(Terminal terminal)
    {
        var protocol = new Argument<MeshProtocol>("PROTOCOL") { Description = "The data and the layout of its folder; docs/protocols.md." };
        var run = new Argument<string>("RUN") { Description = "Folder of a training run, or a model file." };
        var folder = new Argument<string>("FOLDER") { Description = "The data: a folder a person, with meshes and photos of the same names." };
        var output = new Option<string>("--output", "-o") { Description = "Folder for the results.", Required = true, HelpName = "FOLDER" };
        var radius = new Option<double>("--radius")
        {
            Description = "True vertices count that are this near to the nose's tip, mm.",
            DefaultValueFactory = _ => ProtocolRunOptions.DefaultRadius,
            HelpName = "MM",
        };
        var unit = new Option<string>("--unit")
        {
            Description = "Unit of the meshes: mm, cm, dm, m, a number of mm, or auto to tell by the distance of the eyes.",
            DefaultValueFactory = _ => Automatic,
            HelpName = "UNIT",
        };
        var device = DeviceOption.Create();
        var command = new Command("protocol", "Measures a model on photos with true meshes: FaceWarehouse, BU-3DFE.")
        {
            protocol, run, folder, output, radius, unit, device,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var options = new ProtocolRunOptions
            {
                Protocol = parsed.GetValue(protocol),
                Run = parsed.GetRequiredValue(run),
                Folder = parsed.GetRequiredValue(folder),
                Output = parsed.GetRequiredValue(output),
                Device = DeviceOption.Resolve(parsed.GetValue(device), terminal),
                Radius = parsed.GetValue(radius),
                Unit = Millimetres(parsed.GetRequiredValue(unit)),
            };
            var result = ProgressDisplay.Run(terminal, display => ProtocolRun.Run(options, display.Report, cancellation));
            terminal.Output.WriteLine();
            terminal.Output.Write(ProtocolText.Render(result));
            terminal.Output.WriteLine($"Look at {Path.GetFullPath(Path.Combine(options.Output, "protocol.json"))}");
        }, CancellationToken.None));
        return command;
    }

    private static double? Millimetres(string unit) => unit switch
    {
        Automatic => null,
        "mm" => 1,
        "cm" => 10,
        "dm" => 100,
        "m" => 1000,
        _ => double.TryParse(unit, CultureInfo.InvariantCulture, out var millimetres)
            ? millimetres
            : throw new FmlException($"--unit takes mm, cm, dm, m, a number of mm or auto, not '{unit}'."),
    };
}
