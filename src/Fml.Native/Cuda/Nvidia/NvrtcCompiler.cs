using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;

namespace Fml.Native;

/// <summary>
/// NVIDIA's run-time compiler. It needs neither a GPU nor a driver, so kernels are compiled for every architecture on any machine that has
/// the library. What it makes is kept in <see cref="KernelCache"/>.
/// </summary>
internal sealed unsafe class NvrtcCompiler
{
    /// <summary>The oldest architecture that kernels are written for: compute capability 7.0.</summary>
    public const int OldestArchitecture = 70;

    private const int CompilationFailed = 6, BuiltinsFailed = 7;

    private static readonly Lazy<NvrtcCompiler> Shared = new(() => new NvrtcCompiler(NvidiaLibraries.Nvrtc, KernelCache.OfUser()));
    private static readonly ImmutableArray<CudaSource> Headers = CudaSource.Headers();

    private readonly KernelCache? cache;
    private readonly long libraryBytes;

    /// <summary>The compiler in a library that was found.</summary>
    /// <param name="library">The library.</param>
    /// <param name="cache">Where images are kept; null compiles every time.</param>
    /// <exception cref="FmlException">The library was not found.</exception>
    public NvrtcCompiler(LibrarySearch library, KernelCache? cache)
    {
        if (!library.Found)
            throw new FmlException(
                $"{library.Failure} Install a CUDA toolkit or the Python package nvidia-cuda-nvrtc, or name its folder in {CudaFolders.Variable}");
        this.cache = cache;
        Location = library.Location;
        libraryBytes = File.Exists(Location) ? new FileInfo(Location).Length : 0;
        Check(Nvrtc.nvrtcVersion(out var major, out var minor), nameof(Nvrtc.nvrtcVersion));
        Version = new Version(major, minor);
        Check(Nvrtc.nvrtcGetNumSupportedArchs(out var count), nameof(Nvrtc.nvrtcGetNumSupportedArchs));
        var architectures = new int[count];
        fixed (int* list = architectures) Check(Nvrtc.nvrtcGetSupportedArchs(list), nameof(Nvrtc.nvrtcGetSupportedArchs));
        Architectures = [.. architectures.Where(architecture => architecture >= OldestArchitecture).Order()];
    }

    /// <summary>The compiler of this machine, with the user's cache.</summary>
    /// <exception cref="FmlException">There is none; the message lists what was tried.</exception>
    public static NvrtcCompiler Default => Shared.Value;

    /// <summary>Its version, such as 12.8.</summary>
    public Version Version { get; }

    /// <summary>The library's file.</summary>
    public string Location { get; }

    /// <summary>The architectures that it compiles for and kernels are written for, oldest first: 70 is compute capability 7.0.</summary>
    public ImmutableArray<int> Architectures { get; }

    /// <summary>What to compile for a device: its own architecture, or the newest that the compiler knows as text that the driver finishes.</summary>
    /// <param name="architecture">The device's: 90 is compute capability 9.0.</param>
    /// <exception cref="FmlException">The device is older than all that the compiler, or the kernels, know.</exception>
    public CompileTarget TargetFor(int architecture)
    {
        if (Architectures.Contains(architecture)) return new CompileTarget(architecture);
        var older = Architectures.Where(known => known < architecture).ToArray();
        return older.Length > 0
            ? new CompileTarget(older[^1], Portable: true)
            : throw new FmlException(
                $"The GPU has compute capability {architecture / 10}.{architecture % 10}; NVRTC {Version} ({Location}) compiles kernels for "
                + $"{Architectures[0] / 10}.{Architectures[0] % 10} and later: "
                + (architecture < OldestArchitecture ? "compute on the CPU" : $"name the folder of an older NVRTC in {CudaFolders.Variable}"));
    }

    /// <summary>Compiles sources, several at a time; the images stand in the sources' order.</summary>
    /// <returns>What a driver loads as a module.</returns>
    /// <exception cref="CudaCompileException">A source does not compile: the first in order that does not.</exception>
    public byte[][] Compile(IReadOnlyList<CudaSource> sources, CompileTarget target)
    {
        var images = new byte[sources.Count][];
        var failures = new CudaCompileException?[sources.Count];
        Parallel.For(0, sources.Count, i =>
        {
            try
            {
                images[i] = Compile(sources[i], target);
            }
            catch (CudaCompileException e)
            {
                failures[i] = e;
            }
        });
        return failures.FirstOrDefault(failure => failure is not null) is { } first ? throw first : images;
    }

    /// <summary>Compiles a source, unless the cache holds what it compiles to.</summary>
    /// <returns>What a driver loads as a module.</returns>
    /// <exception cref="CudaCompileException">It does not compile.</exception>
    public byte[] Compile(CudaSource source, CompileTarget target)
    {
        string[] options =
        [
            target.Portable ? $"--gpu-architecture=compute_{target.Architecture}" : $"--gpu-architecture=sm_{target.Architecture}",
            "--std=c++17",
            // The assembler of NVRTC 11.8 overflows its stack on lines of copies for sm_90, which ends the process.
            .. Version.Major >= 12 ? ["--generate-line-info"] : Array.Empty<string>(),
        ];
        if (cache is null) return CompileNow(source, target, options);
        var key = KernelCache.Key([$"NVRTC {Version} {libraryBytes}", .. options, .. Headers.Append(source).SelectMany(s => new[] { s.Name, s.Text })]);
        if (cache.Read(key) is { } image) return image;
        image = CompileNow(source, target, options);
        cache.Write(key, image);
        return image;
    }

    private byte[] CompileNow(CudaSource source, CompileTarget target, string[] options)
    {
        Check(
            Nvrtc.nvrtcCreateProgram(
                out var program, source.Text, source.Name, Headers.Length,
                [.. Headers.Select(header => header.Text)], [.. Headers.Select(header => header.Name)]),
            nameof(Nvrtc.nvrtcCreateProgram));
        try
        {
            var result = Nvrtc.nvrtcCompileProgram(program, options.Length, options);
            if (result == CompilationFailed)
                throw new CudaCompileException(
                    $"{source.Name} does not compile for {target} (NVRTC {Version}):\n{CompileLog.WithLines(Log(program), [source, .. Headers])}");
            if (result == BuiltinsFailed)
                throw new FmlException($"NVRTC {Version} ({Location}) lacks a part of itself that belongs beside it: {Log(program).ReplaceLineEndings(" ")}");
            Check(result, nameof(Nvrtc.nvrtcCompileProgram));
            return target.Portable ? Text(program) : Binary(program);
        }
        finally
        {
            Nvrtc.nvrtcDestroyProgram(ref program);
        }
    }

    private static byte[] Binary(nint program)
    {
        Check(Nvrtc.nvrtcGetCUBINSize(program, out var size), nameof(Nvrtc.nvrtcGetCUBINSize));
        var image = new byte[size];
        fixed (byte* bytes = image) Check(Nvrtc.nvrtcGetCUBIN(program, bytes), nameof(Nvrtc.nvrtcGetCUBIN));
        return image;
    }

    // Ends with a zero, as a driver expects it.
    private static byte[] Text(nint program)
    {
        Check(Nvrtc.nvrtcGetPTXSize(program, out var size), nameof(Nvrtc.nvrtcGetPTXSize));
        var image = new byte[size];
        fixed (byte* bytes = image) Check(Nvrtc.nvrtcGetPTX(program, bytes), nameof(Nvrtc.nvrtcGetPTX));
        return image;
    }

    private static string Log(nint program)
    {
        Check(Nvrtc.nvrtcGetProgramLogSize(program, out var size), nameof(Nvrtc.nvrtcGetProgramLogSize));
        var log = new byte[size];
        fixed (byte* bytes = log) Check(Nvrtc.nvrtcGetProgramLog(program, bytes), nameof(Nvrtc.nvrtcGetProgramLog));
        return Encoding.UTF8.GetString(log).TrimEnd('\0', '\n');
    }

    private static void Check(int result, string call)
    {
        if (result == 0) return;
        throw new CudaException(call, result, Marshal.PtrToStringUTF8((nint)Nvrtc.nvrtcGetErrorString(result)) ?? "unknown", "a fault of the compiler");
    }
}

/// <summary>What a source is compiled to.</summary>
/// <param name="Architecture">90 is compute capability 9.0.</param>
/// <param name="Portable">PTX, which a driver compiles on for this architecture or a later one, instead of a binary for this one.</param>
internal readonly record struct CompileTarget(int Architecture, bool Portable = false)
{
    /// <inheritdoc/>
    public override string ToString() => Portable ? $"compute_{Architecture}" : $"sm_{Architecture}";
}
