using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Fml.Native;

/// <summary>
/// One of NVIDIA's libraries by the names it goes by on this operating system. A library is called differently in every major version, so a
/// program that knows one name finds one version.
/// </summary>
/// <param name="Title">What people call it.</param>
/// <param name="Names">What to ask the system's loader for, newest version first.</param>
/// <param name="UnversionedNames">What to ask for in the end.</param>
/// <param name="FilePattern">Its files in a folder; the group <c>major</c> is the version.</param>
/// <param name="CompanionPattern">Files beside it that it opens by itself and would not find in a folder the system does not know.</param>
internal sealed partial record NvidiaLibrary(
    string Title, ImmutableArray<string> Names, ImmutableArray<string> UnversionedNames, Regex FilePattern, Regex? CompanionPattern = null)
{
    /// <summary>The driver's own library. It belongs to the installed driver and is never looked for in a toolkit.</summary>
    public static NvidiaLibrary Driver { get; } = OperatingSystem.IsWindows()
        ? new("NVIDIA's driver", ["nvcuda.dll"], [], Never())
        : new("NVIDIA's driver", ["libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1", "/usr/local/nvidia/lib64/libcuda.so.1"], ["libcuda.so"], Never());

    /// <summary>The run-time compiler.</summary>
    public static NvidiaLibrary Nvrtc { get; } = OperatingSystem.IsWindows()
        ? new("NVRTC", ["nvrtc64_130_0.dll", "nvrtc64_120_0.dll", "nvrtc64_112_0.dll"], ["nvrtc64.dll"], NvrtcDll(), NvrtcBuiltinsDll())
        : new("NVRTC", ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2"], ["libnvrtc.so"], NvrtcSo(), NvrtcBuiltinsSo());

    /// <summary>Matrix products.</summary>
    public static NvidiaLibrary Cublas { get; } = OperatingSystem.IsWindows()
        ? new("cuBLAS", ["cublas64_13.dll", "cublas64_12.dll", "cublas64_11.dll"], ["cublas64.dll"], CublasDll(), CublasLtDll())
        : new("cuBLAS", ["libcublas.so.13", "libcublas.so.12", "libcublas.so.11"], ["libcublas.so"], CublasSo(), CublasLtSo());

    /// <summary>The major version that a file's name tells; null when it tells none.</summary>
    public int? Major(string fileName) =>
        FilePattern.Match(fileName) is { Success: true } match && int.TryParse(match.Groups["major"].Value, out var major) ? major : null;

    [GeneratedRegex(@"^libnvrtc\.so(\.(?<major>\d+)[.\d]*)?$")]
    private static partial Regex NvrtcSo();

    [GeneratedRegex(@"^libnvrtc-builtins\.so(\.(?<major>\d+)[.\d]*)?$")]
    private static partial Regex NvrtcBuiltinsSo();

    [GeneratedRegex(@"^libcublas\.so(\.(?<major>\d+)[.\d]*)?$")]
    private static partial Regex CublasSo();

    [GeneratedRegex(@"^libcublasLt\.so(\.(?<major>\d+)[.\d]*)?$")]
    private static partial Regex CublasLtSo();

    [GeneratedRegex(@"^nvrtc64(_(?<major>\d+)\d_0)?\.dll$", RegexOptions.IgnoreCase)]
    private static partial Regex NvrtcDll();

    [GeneratedRegex(@"^nvrtc-builtins64(_(?<major>\d+)\d)?\.dll$", RegexOptions.IgnoreCase)]
    private static partial Regex NvrtcBuiltinsDll();

    [GeneratedRegex(@"^cublas64(_(?<major>\d+))?\.dll$", RegexOptions.IgnoreCase)]
    private static partial Regex CublasDll();

    [GeneratedRegex(@"^cublasLt64(_(?<major>\d+))?\.dll$", RegexOptions.IgnoreCase)]
    private static partial Regex CublasLtDll();

    [GeneratedRegex("(?!)")]
    private static partial Regex Never();
}
