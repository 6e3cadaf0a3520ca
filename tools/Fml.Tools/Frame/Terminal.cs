using System.Text;
using Spectre.Console;

namespace Fml.Tools;

/// <summary>Where a verb writes: plain text, tables, and errors. Without a terminal there are no colours and no line is wrapped.</summary>
internal sealed class Terminal
{
    private const int WidthWithoutTerminal = 140;

    private readonly bool colourErrors;

    public Terminal(TextWriter output, TextWriter error, bool interactive = false, bool colourErrors = false)
    {
        (Output, Error, Interactive, this.colourErrors) = (output, error, interactive, colourErrors);
        Console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = interactive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = interactive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = interactive ? InteractionSupport.Yes : InteractionSupport.No,
        });
        if (!interactive) Console.Profile.Width = WidthWithoutTerminal;
    }

    /// <summary>The process's own terminal or pipes.</summary>
    public static Terminal OfProcess()
    {
        System.Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var colours = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return new Terminal(
            System.Console.Out,
            System.Console.Error,
            interactive: !System.Console.IsOutputRedirected,
            colourErrors: colours && !System.Console.IsErrorRedirected);
    }

    /// <summary>Plain output.</summary>
    public TextWriter Output { get; }

    /// <summary>Errors and warnings.</summary>
    public TextWriter Error { get; }

    /// <summary>Tables and progress bars, on the same stream as <see cref="Output"/>.</summary>
    public IAnsiConsole Console { get; }

    /// <summary>Whether a person watches, so that bars may move.</summary>
    public bool Interactive { get; }

    /// <summary>One sentence on stderr, red where colours can be shown.</summary>
    public void WriteError(string sentence) => Error.WriteLine(colourErrors ? $"\e[31m{sentence}\e[0m" : sentence);
}
