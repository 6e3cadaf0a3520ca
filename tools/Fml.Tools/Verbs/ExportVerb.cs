using System.CommandLine;
using Fml.Model;

namespace Fml.Tools;

/// <summary><c>fml export</c>: neutral faces in the form of a benchmark.</summary>
internal static class ExportVerb
{
    public static Command Create(Terminal terminal)
    {
        var sources = new FaceSources(terminal);
        var preset = new Option<BenchmarkPreset>("--preset") { Description = "The benchmark.", Required = true };
        var command = sources.Bare("export", "Reconstructs every picture by itself and writes neutral meshes as a benchmark reads them.", preset);
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var options = sources.Read(parsed, cancellation);
            var result = ProgressDisplay.Run(
                terminal, display => BenchmarkExport.Run(options, parsed.GetValue(preset), display.Report, cancellation));
            foreach (var missing in result.Missing) terminal.Output.WriteLine($"No mesh of {missing.Clip}: {missing.Reason}");
            terminal.Output.WriteLine($"{result.Written.Length} meshes in {Path.GetFullPath(options.Folder)}, {result.Missing.Length} pictures without one");
        }, CancellationToken.None));
        return command;
    }
}
