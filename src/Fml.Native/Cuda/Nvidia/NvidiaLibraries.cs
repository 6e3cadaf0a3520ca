using System.Reflection;
using System.Runtime.InteropServices;

namespace Fml.Native;

/// <summary>NVIDIA's libraries in this process: each is looked for when it is first asked for, and stays.</summary>
internal static class NvidiaLibraries
{
    /// <summary>What the imports call the driver's library.</summary>
    public const string DriverImport = "fml-cuda-driver";

    /// <summary>What the imports call NVRTC.</summary>
    public const string NvrtcImport = "fml-nvrtc";

    /// <summary>What the imports call cuBLAS.</summary>
    public const string CublasImport = "fml-cublas";

    private static readonly Lazy<LibrarySearch> FoundDriver = new(() => LibrarySearch.Find(NvidiaLibrary.Driver, null, [], []));
    private static readonly Lazy<LibrarySearch> FoundNvrtc = new(() => FindInToolkits(NvidiaLibrary.Nvrtc));
    private static readonly Lazy<Version?> UnderstoodByDriver = new(ReadDriverVersion);
    private static readonly Lazy<LibrarySearch> FoundCublas = new(() => FindInToolkits(NvidiaLibrary.Cublas));

    static NvidiaLibraries() => NativeLibrary.SetDllImportResolver(typeof(NvidiaLibraries).Assembly, Resolve);

    /// <summary>The driver's library.</summary>
    public static LibrarySearch Driver => FoundDriver.Value;

    /// <summary>The run-time compiler; not newer than the driver understands, where there is a driver.</summary>
    public static LibrarySearch Nvrtc => FoundNvrtc.Value;

    /// <summary>Matrix products; not newer than the driver understands.</summary>
    public static LibrarySearch Cublas => FoundCublas.Value;

    /// <summary>The newest version of CUDA that the driver understands; null without a driver.</summary>
    public static Version? DriverVersion => UnderstoodByDriver.Value;

    private static LibrarySearch FindInToolkits(NvidiaLibrary library) =>
        LibrarySearch.Find(library, DriverVersion?.Major, CudaFolders.Explicit(), CudaFolders.Toolkits().Concat(CudaFolders.Wheels()));

    private static Version? ReadDriverVersion() =>
        Driver.Found && CudaApi.cuDriverGetVersion(out var version) == CudaResult.Success
            ? new Version(version / 1000, version % 1000 / 10)
            : null;

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name switch
    {
        DriverImport => Driver.Handle,
        NvrtcImport => Nvrtc.Handle,
        CublasImport => Cublas.Handle,
        _ => 0,
    };
}
