using System.Runtime.InteropServices;

namespace Fml.Tools;

/// <summary>
/// Ctrl-C and the request to terminate: the first asks the running verb to stop at the next good place, the second, or impatience,
/// ends the process.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;
    private readonly Terminal terminal;
    private readonly TimeSpan patience;

    public Interruption(Terminal terminal, TimeSpan patience)
    {
        this.terminal = terminal;
        this.patience = patience;
        registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>128 + the signal's number, as shells expect.</summary>
    public int ExitCode { get; private set; }

    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
        source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (source.IsCancellationRequested) return; // the default action, which ends the process
        context.Cancel = true;
        ExitCode = context.Signal == PosixSignal.SIGINT ? 130 : 143;
        terminal.Error.WriteLine("Stopping; once more ends at once.");
        source.Cancel();
        var exitCode = ExitCode;
        _ = Task.Delay(patience).ContinueWith(_ => Environment.Exit(exitCode), TaskScheduler.Default);
    }
}
