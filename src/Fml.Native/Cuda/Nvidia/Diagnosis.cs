using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Fml.Native;

/// <summary>One thing that was looked at.</summary>
/// <param name="Topic">What: a word.</param>
/// <param name="Text">What was found.</param>
/// <param name="Details">More about it, a line each.</param>
/// <param name="Failed">It should work and does not.</param>
internal sealed record Finding(string Topic, string Text, ImmutableArray<string> Details, bool Failed = false)
{
    public Finding(string topic, string text) : this(topic, text, []) { }
}

/// <summary>Looks at everything that computing on a GPU needs, and tries it.</summary>
internal static class Diagnosis
{
    private static readonly string[] Variables = [DeviceChoice.Variable, CudaFolders.Variable, KernelCache.Variable, "CUDA_VISIBLE_DEVICES"];

    /// <summary>What was found, one thing after another.</summary>
    public static IEnumerable<Finding> Examine()
    {
        yield return new Finding(
            "System", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.FrameworkDescription}");
        var set = Variables.Select(name => (Name: name, Value: Environment.GetEnvironmentVariable(name)))
            .Where(variable => variable.Value is not null).ToArray();
        if (set.Length > 0) yield return new Finding("Set", string.Join(", ", set.Select(variable => $"{variable.Name}={variable.Value}")));
        using (var cpu = new CpuDevice()) yield return new Finding("CPU", cpu.Name["CPU (".Length..^1]);
        yield return Library("Driver", NvidiaLibraries.Driver, () => ($"for CUDA {NvidiaLibraries.DriverVersion}", []));
        var gpus = ImmutableArray<NvidiaGpu>.Empty;
        yield return NvidiaLibraries.Driver.Found ? Attempt("GPUs", () => Gpus(gpus = NvidiaGpu.All())) : new Finding("GPUs", "none, without a driver");
        yield return Library("NVRTC", NvidiaLibraries.Nvrtc, () => (
            $"{NvrtcCompiler.Default.Version}",
            [$"compiles for compute capability {string.Join(", ", NvrtcCompiler.Default.Architectures.Select(Capability))}"]));
        yield return Library("cuBLAS", NvidiaLibraries.Cublas, () => ($"{CublasProducts.Version}", []));
        yield return Cache();
        if (gpus.IsEmpty) yield return Attempt("Trial", CompileAlone);
        foreach (var gpu in gpus) yield return Attempt("Trial", () => Run(gpu));
    }

    /// <summary>On what computing is done when nothing else is asked for, and why.</summary>
    public static string Summary()
    {
        try
        {
            var choice = DeviceChoice.Default;
            return $"Computing is done on: {choice.Device.Name}."
                + (choice.Remark is { } remark ? $" No GPU is used. {remark.TrimEnd('.')}."
                    : choice.Device is CpuDevice && !NvidiaLibraries.Driver.Found ? " No GPU is used: NVIDIA's driver was not found." : "");
        }
        catch (FmlException e)
        {
            return $"Nothing can be computed as things are set: {e.Message}.";
        }
    }

    private static Finding Library(string topic, LibrarySearch search, Func<(string Text, ImmutableArray<string> Details)> describe)
    {
        ImmutableArray<string> tried = search.Tried.IsEmpty ? [] : [$"tried {string.Join(", ", search.Tried)}"];
        if (!search.Found) return new Finding(topic, "not found", tried);
        return Attempt(topic, () =>
        {
            var (text, details) = describe();
            return new Finding(topic, $"{text}, {search.Location}", [.. details, .. tried]);
        });
    }

    private static Finding Gpus(ImmutableArray<NvidiaGpu> gpus) =>
        new("GPUs", gpus.Length == 1 ? gpus[0].ToString() : $"{gpus.Length}", gpus.Length == 1 ? [] : [.. gpus.Select(gpu => gpu.ToString())]);

    private static Finding Cache()
    {
        var cache = KernelCache.OfUser();
        var (count, bytes) = cache.Measure();
        var usable = cache.Write("doctor", [1]) && cache.Read("doctor") is [1];
        cache.Forget("doctor");
        return new Finding("Cache", string.Create(
            CultureInfo.InvariantCulture,
            $"{cache.Folder}: {count} kernels, {bytes / 1048576.0:0.0} MiB{(usable ? "" : "; cannot be written to, so kernels are compiled every time")}"));
    }

    private static Finding CompileAlone()
    {
        if (!NvidiaLibraries.Nvrtc.Found) return new Finding("Trial", "nothing to try");
        var target = new CompileTarget(NvrtcCompiler.Default.Architectures[^1]);
        var clock = Stopwatch.StartNew();
        new NvrtcCompiler(NvidiaLibraries.Nvrtc, cache: null).Compile(TrialKernel.Body.Source, target);
        return new Finding("Trial", string.Create(
            CultureInfo.InvariantCulture, $"a kernel compiles for {target} in {clock.Elapsed.TotalSeconds:0.00} s; there is no GPU to run it on"));
    }

    private static Finding Run(NvidiaGpu gpu)
    {
        var clock = Stopwatch.StartNew();
        using var device = CudaDevice.Open(gpu.Ordinal);
        var opened = clock.Elapsed.TotalSeconds;
        TrialKernel.Run(device);
        return new Finding("Trial", string.Create(
            CultureInfo.InvariantCulture,
            $"cuda:{gpu.Ordinal} opens in {opened:0.00} s; "
            + $"a kernel and a matrix product compile, run and are right in {clock.Elapsed.TotalSeconds - opened:0.00} s"));
    }

    // Whatever goes wrong is a finding too.
    private static Finding Attempt(string topic, Func<Finding> examine)
    {
        try
        {
            return examine();
        }
        catch (Exception e)
        {
            var lines = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return new Finding(topic, $"FAILED: {lines.FirstOrDefault()}", [.. lines.Skip(1)], Failed: true);
        }
    }

    private static string Capability(int architecture) => $"{architecture / 10}.{architecture % 10}";
}
