using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Fml.Native;

namespace Fml.Model;

/// <summary>One running <c>ffmpeg</c> or <c>ffprobe</c>: bytes come from <see cref="Output"/>; disposing of it ends it.</summary>
internal sealed class Ffmpeg : IDisposable
{
    private readonly Process process;
    private readonly StringBuilder errors = new();

    private Ffmpeg(Process process)
    {
        this.process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (errors)
            {
                // A damaged stream can complain at every frame: the first lines say enough.
                if (!string.IsNullOrWhiteSpace(line.Data) && errors.Length < 2000) errors.AppendLine(line.Data);
            }
        };
        process.BeginErrorReadLine();
    }

    public Stream Output => process.StandardOutput.BaseStream;

    /// <summary>Starts a program; null folder means the search path.</summary>
    public static Ffmpeg Start(string program, string? folder, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(folder is null ? program : Path.Combine(folder, program))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        try
        {
            return new Ffmpeg(Process.Start(start)!);
        }
        catch (Exception e) when (e is Win32Exception or FileNotFoundException)
        {
            throw new FmlException(
                $"Video needs the program '{program}', which was not found in {folder ?? "the search path"}: install it with "
                + "'sudo apt-get install ffmpeg' (Debian, Ubuntu), 'brew install ffmpeg' (macOS) or 'winget install ffmpeg' (Windows).", e);
        }
    }

    /// <summary>Waits for the end; gives the exit code and the first complaint, shortened, or null.</summary>
    public (int Code, string? Complaint) Wait()
    {
        process.WaitForExit();
        lock (errors)
        {
            var line = errors.ToString()
                .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault();
            return (process.ExitCode, line is null ? null : Bare(line));
        }
    }

    public void Dispose()
    {
        try
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended in between.
        }
        process.Dispose();
    }

    // "[mov,mp4,m4a @ 0x55d0c8a0e2c0] moov atom not found" without the address, which differs from run to run.
    private static string Bare(string line) =>
        line.StartsWith('[') && line.IndexOf("] ", StringComparison.Ordinal) is > 0 and var end ? line[(end + 2)..] : line;
}
