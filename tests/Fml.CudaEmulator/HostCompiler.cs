using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Fml.Native;

namespace Fml.CudaEmulator;

/// <summary>
/// Turns CUDA sources into functions of the host. Many sources become one translation unit, as many compilers run as there are
/// processors, and what was compiled stays in a folder under a hash of all that went into it.
/// </summary>
internal static unsafe class HostCompiler
{
    private const int UnitCharacters = 200_000;

    private static readonly Lock OneLoad = new();
    private static readonly Dictionary<string, nint> Entries = []; // "source entry" -> address of its Entry
    private static readonly Dictionary<string, CudaCompileException?> Known = []; // by key of the source
    private static readonly Lazy<(string Path, string Version)?> Found = new(Find);
    private static readonly string Folder = Path.Combine(Path.GetTempPath(), $"fml-cuda-emulator-{Environment.UserName}");

    private static readonly string[] Flags =
    [
        "-std=c++17", "-O1", "-fPIC", "-fvisibility=hidden", "-ffp-contract=off", "-fno-strict-aliasing", "-w",
        "-fsanitize=bounds", "-fsanitize-undefined-trap-on-error",
        .. System.Runtime.Intrinsics.X86.Fma.IsSupported ? ["-mfma", "-mavx2"] : Array.Empty<string>(),
    ];

    /// <summary>Why nothing can be emulated here, or null.</summary>
    public static string? Unavailable =>
        !OperatingSystem.IsLinux() ? "CUDA is emulated on Linux only"
        : Found.Value is null ? "CUDA is emulated with a C++ compiler, and none was found (g++ or clang++ on the PATH, or the variable CXX)" : null;

    /// <summary>Compiles what is new; a source that does not compile is an exception only when <paramref name="strict"/>.</summary>
    public static void Load(IReadOnlyList<HostSource> sources, bool strict)
    {
        if (Unavailable is { } reason) throw new EmulatorException(reason);
        lock (OneLoad)
        {
            var fresh = sources.Where(source => !Known.ContainsKey(source.Key)).DistinctBy(source => source.Key).ToList();
            if (fresh.Count > 0) LoadNew(fresh);
            if (strict)
                foreach (var source in sources)
                    if (Known[source.Key] is { } failure) throw new CudaCompileException(failure.Message);
        }
    }

    /// <summary>The entry of a source that was loaded.</summary>
    public static nint Entry(HostSource source, string name)
    {
        lock (OneLoad)
            return Entries.TryGetValue($"{source.Key} {name}", out var entry)
                ? entry
                : throw new EmulatorException($"{source.Name} has no entry 'extern \"C\" __global__ void {name}(...)'");
    }

    private static void LoadNew(List<HostSource> sources)
    {
        Directory.CreateDirectory(Folder);
        var runtime = Runtime();
        // Sources of about the same size a unit, at least one unit a processor when there is much to do.
        var total = sources.Sum(source => (long)source.Length);
        var units = (int)Math.Clamp(Math.Max(total / UnitCharacters + 1, Math.Min(Environment.ProcessorCount, sources.Count / 4)), 1, sources.Count);
        var parts = sources.OrderByDescending(source => source.Length).Select((source, i) => (source, i))
            .GroupBy(pair => pair.i % units, pair => pair.source).Select(group => group.ToArray());
        var results = new ConcurrentBag<(HostSource[] Sources, string Library, string? Log)>();
        Parallel.ForEach(parts, part => Build(part, runtime, results));
        foreach (var (part, library, log) in results)
        {
            if (log is null) Register(library);
            foreach (var source in part)
                Known[source.Key] = log is null ? null : new CudaCompileException($"{source.Name} does not compile for the emulated device:\n{log}");
        }
    }

    // A unit with a mistake is compiled again in halves, until the source that has it stands alone.
    private static void Build(HostSource[] sources, string runtime, ConcurrentBag<(HostSource[] Sources, string Library, string? Log)> results)
    {
        var text = new StringBuilder("#include \"cuda_host.h\"\n");
        foreach (var source in sources) text.Append(source.Unit);
        text.Append("static const fml_emulated::Entry entries[] = {\n");
        foreach (var source in sources) text.Append(source.Table);
        text.Append("    {nullptr, nullptr, nullptr, 0, nullptr},\n};\n");
        text.Append("extern \"C\" __attribute__((visibility(\"default\"))) const fml_emulated::Entry* fml_entries() { return entries; }\n");
        var library = Path.Combine(Folder, $"{Hash(text.ToString() + runtime)}.so");
        if (File.Exists(library))
        {
            results.Add((sources, library, null));
            return;
        }
        // The kernels' variables, which are their shared memory, lie between those of the two objects.
        var log = Make(
            text.ToString(), library, ["-I", runtime, Object(runtime, "begin")],
            [Object(runtime, "end"), Object(runtime, "emulator"), "-shared", "-lm"]);
        if (log is null || sources.Length == 1)
        {
            results.Add((sources, library, log));
            return;
        }
        Build(sources[..(sources.Length / 2)], runtime, results);
        Build(sources[(sources.Length / 2)..], runtime, results);
    }

    // The folder of the part that runs launches, compiled once and linked into every library. Its name depends on all that matters.
    private static string Runtime()
    {
        string[] names = ["emulator.h", "cuda_host.h", "emulator.cpp"];
        var texts = names.Select(Resource).ToArray();
        var folder = Path.Combine(Folder, Hash(string.Join('\n', [.. texts, .. Flags, Found.Value!.Value.Version])));
        Directory.CreateDirectory(folder);
        foreach (var (name, text) in names.Zip(texts)) AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
        (string Name, string Text)[] parts =
        [
            ("emulator", texts[2]),
            .. new[] { "begin", "end" }.Select(name => (name, $"extern \"C\" {{ alignas(64) unsigned char fml_shared_{name}[64]; }}")),
        ];
        foreach (var (name, text) in parts)
            if (!File.Exists(Object(folder, name)) && Make(text, Object(folder, name), ["-I", folder, "-c"], []) is { } log)
                throw new EmulatorException($"the emulator itself does not compile:\n{log}");
        return folder;
    }

    private static string Object(string folder, string name) => Path.Combine(folder, $"{name}.o");

    // Null, or what the compiler said.
    private static string? Make(string text, string target, string[] before, string[] behind)
    {
        var stem = Path.Combine(Folder, $"{Path.GetFileNameWithoutExtension(target)}-{Guid.NewGuid():N}");
        var (source, made) = ($"{stem}.cpp", $"{stem}.out");
        File.WriteAllText(source, text);
        try
        {
            var (code, log) = Run(Found.Value!.Value.Path, [.. Flags, "-o", made, .. before, source, .. behind]);
            if (code != 0) return log;
            File.Move(made, target, overwrite: true);
            return null;
        }
        finally
        {
            File.Delete(source);
            File.Delete(made);
        }
    }

    private static void Register(string library)
    {
        var handle = NativeLibrary.Load(library);
        var launch = NativeLibrary.GetExport(handle, "fml_launch");
        var entry = ((delegate* unmanaged<HostEntry*>)NativeLibrary.GetExport(handle, "fml_entries"))();
        for (; entry->Source != null; entry++)
        {
            var key = $"{Marshal.PtrToStringUTF8((nint)entry->Source)} {Marshal.PtrToStringUTF8((nint)entry->Name)}";
            var loaded = (LoadedEntry*)NativeMemory.Alloc((nuint)sizeof(LoadedEntry));
            *loaded = new LoadedEntry(entry, (delegate* unmanaged<HostEntry*, uint*, uint, uint, void**, int, byte*, int, int>)launch);
            Entries[key] = (nint)loaded;
        }
    }

    private static (string, string)? Find()
    {
        string?[] names = [Environment.GetEnvironmentVariable("CXX"), "g++", "clang++", "c++"];
        foreach (var name in names)
        {
            if (string.IsNullOrEmpty(name)) continue;
            try
            {
                var (code, version) = Run(name, ["--version"]);
                if (code == 0) return (name, version);
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // Not there: the next name.
            }
        }
        return null;
    }

    private static (int Code, string Output) Run(string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(HostCompiler).Assembly.GetManifestResourceStream($"host/{name}")!);
        return reader.ReadToEnd();
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..24];
}

/// <summary>The C struct <c>fml_emulated::Entry</c>.</summary>
internal unsafe struct HostEntry
{
    public byte* Source;
    public byte* Name;
    public void* Run;
    public int ArgumentCount;
    public int* ArgumentSizes;
}

/// <summary>An entry and the launcher of the library that it is in.</summary>
internal readonly unsafe struct LoadedEntry(
    HostEntry* entry, delegate* unmanaged<HostEntry*, uint*, uint, uint, void**, int, byte*, int, int> launch)
{
    public readonly HostEntry* Entry = entry;
    public readonly delegate* unmanaged<HostEntry*, uint*, uint, uint, void**, int, byte*, int, int> Launch = launch;
}
