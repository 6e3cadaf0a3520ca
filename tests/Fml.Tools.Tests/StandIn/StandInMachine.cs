using System.Diagnostics;
using Fml.Native;

namespace Fml.Tools.Tests;

/// <summary>
/// A machine with stand-ins for NVIDIA's driver and cuBLAS, made with the host's C compiler, beside the real NVRTC. Programs run on it as processes
/// of their own, because a process finds its libraries once.
/// </summary>
public sealed class StandInMachine : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fml-standin-").FullName;
    private readonly string? lacking;

    public StandInMachine()
    {
        lacking = !OperatingSystem.IsLinux() ? "The stand-in for NVIDIA's driver is made for Linux."
            : !NvidiaLibraries.Nvrtc.Found ? $"{NvidiaLibraries.Nvrtc.Failure} .ci/nvrtc fetches it on Debian."
            : null;
        if (lacking is not null) return;
        var source = Path.Combine(folder, "nvidia.c");
        using (var text = typeof(StandInMachine).Assembly.GetManifestResourceStream("nvidia.c")!)
        using (var file = File.Create(source)) text.CopyTo(file);
        try
        {
            var (code, output) = Start("cc", ["-shared", "-fPIC", "-O1", "-o", Path.Combine(folder, "libcuda.so.1"), source], []);
            if (code != 0) throw new InvalidOperationException($"the stand-in does not compile: {output}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            lacking = "There is no C compiler (cc) to make the stand-in for NVIDIA's driver with.";
            return;
        }
        // One library under two names, so that both know the same streams.
        File.CreateSymbolicLink(Path.Combine(folder, "libcublas.so.12"), "libcuda.so.1");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Runs <c>fml</c>; gives its exit code and all it wrote.</summary>
    public (int Code, string Output) Fml(string[] arguments, params (string Name, string Value)[] settings)
    {
        if (lacking is not null) Assert.Skip(lacking);
        return Start(Path.Combine(AppContext.BaseDirectory, "fml"), arguments,
        [
            ("LD_LIBRARY_PATH", folder), (CudaFolders.Variable, Path.GetDirectoryName(NvidiaLibraries.Nvrtc.Location)!),
            (KernelCache.Variable, Path.Combine(folder, "cache")), (DeviceChoice.Variable, ""), .. settings,
        ]);
    }

    /// <summary>A folder with the compiler's library and nothing else.</summary>
    public string CompilerAlone()
    {
        if (lacking is not null) Assert.Skip(lacking);
        var (library, alone) = (NvidiaLibraries.Nvrtc.Location, Path.Combine(folder, "alone"));
        Directory.CreateDirectory(alone);
        File.CreateSymbolicLink(Path.Combine(alone, Path.GetFileName(library)), library);
        return alone;
    }

    private static (int Code, string Output) Start(string program, string[] arguments, (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in settings) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }
}
