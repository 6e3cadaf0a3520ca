using Fml.Native;

namespace Fml.Tools;

/// <summary>
/// <c>fml doctor</c>: what this machine can compute on, what was looked for and tried, and whether it works. To have no GPU is no failure.
/// </summary>
internal static class DoctorVerb
{
    private const int TopicWidth = 8;

    public static Command Create(Terminal terminal)
    {
        var command = new Command("doctor", "Shows what can be computed on here: CPU, GPU, CUDA libraries, and whether they work.");
        command.SetAction(_ => Describe(terminal));
        return command;
    }

    private static int Describe(Terminal terminal)
    {
        var failed = false;
        foreach (var finding in Diagnosis.Examine())
        {
            terminal.Output.WriteLine($"{finding.Topic.PadRight(TopicWidth)}{finding.Text}");
            foreach (var detail in finding.Details) terminal.Output.WriteLine($"{"",TopicWidth + 2}{detail}");
            failed |= finding.Failed;
        }
        terminal.Output.WriteLine();
        terminal.Output.WriteLine(Diagnosis.Summary());
        if (failed) terminal.WriteError("Something that should work does not: see FAILED above.");
        return failed ? 1 : 0;
    }
}
