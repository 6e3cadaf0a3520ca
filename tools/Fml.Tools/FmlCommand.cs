using System.CommandLine;
using System.CommandLine.Parsing;
using Fml.Native;

namespace Fml.Tools;

/// <summary>
/// The <c>fml</c> command: parses, runs one verb, and turns whatever happens into an exit code: 0 done, 1 a mistake that one sentence on
/// stderr explains, 130 or 143 interrupted, 70 a fault of the program itself.
/// </summary>
internal static class FmlCommand
{
    // Enough for a step and a checkpoint of the paper's size, which is gigabytes, on a slow and busy machine.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static int Run(string[] args, Terminal terminal)
    {
        var root = Root(terminal);
        var parsed = root.Parse(args);
        if (args.Length == 0)
            return Fail(terminal, $"Say what to do: fml {string.Join(", ", root.Subcommands.Select(c => c.Name))}; --help explains.");
        if (parsed.Errors.Count > 0) return Fail(terminal, $"{Sentence(parsed)} See: {Path(parsed.CommandResult)} --help");

        using var interruption = new Interruption(terminal, Patience);
        try
        {
            var invocation = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = terminal.Output,
                Error = terminal.Error,
            };
            return parsed.InvokeAsync(invocation, interruption.Token).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is FmlException or OutOfMemoryException)
        {
            return Fail(terminal, e.Message, e);
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            terminal.Error.WriteLine("Interrupted; what was finished is kept.");
            return interruption.ExitCode;
        }
        catch (Exception e)
        {
            terminal.WriteError($"Something unforeseen went wrong: {e.Message.ReplaceLineEndings(" ")} (FML_TRACE=1 shows where.)");
            Trace(terminal, e);
            return 70;
        }
    }

    private static RootCommand Root(Terminal terminal) => new("Learns a 3D face model from video clips and reconstructs faces.")
    {
        DemoVerb.Create(terminal),
        PrepareVerb.Create(terminal),
        SynthVerb.Create(terminal),
        TrainVerb.Create(terminal),
        DivideVerb.Create(terminal),
        ReconstructVerb.Create(terminal),
        FitVerb.Create(terminal),
        ExportVerb.Create(terminal),
        EvaluateVerb.Create(terminal),
        ProtocolVerb.Create(terminal),
        TemplateVerb.Create(terminal),
        ImportIctVerb.Create(terminal),
        InfoVerb.Create(terminal),
        DoctorVerb.Create(terminal),
    };

    private static int Fail(Terminal terminal, string sentence, Exception? cause = null)
    {
        terminal.WriteError(sentence);
        if (cause is not null) Trace(terminal, cause);
        return 1;
    }

    private static void Trace(Terminal terminal, Exception e)
    {
        if (Environment.GetEnvironmentVariable("FML_TRACE") is "1") terminal.Error.WriteLine(e);
    }

    /// <summary>The first thing wrong with the arguments. An unknown word is what explains the errors that follow from it.</summary>
    private static string Sentence(ParseResult parsed) =>
        parsed.UnmatchedTokens is [var word, ..] && parsed.CommandResult.Command is RootCommand
            ? $"fml does not know '{word}'."
            : string.Join(' ', parsed.Errors[0].Message.Split((char[])['\r', '\n', ' '], StringSplitOptions.RemoveEmptyEntries));

    private static string Path(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{Path(parent)} {command.Command.Name}" : "fml";
}
