using System.Runtime.InteropServices;

namespace Fml.Native;

/// <summary>Answers of the driver API that are told apart; the driver knows the names and meanings of all.</summary>
internal enum CudaResult
{
    Success = 0,
    InvalidValue = 1,
    OutOfMemory = 2,
    Deinitialized = 4,
    StubLibrary = 34,
    DeviceUnavailable = 46,
    NoDevice = 100,
    InvalidDevice = 101,
    EccUncorrectable = 214,
    NvlinkUncorrectable = 220,
    UnsupportedPtxVersion = 222,
    Contained = 226,
    NotFound = 500,
    IllegalAddress = 700,
    LaunchOutOfResources = 701,
    LaunchTimeout = 702,
    HardwareStackError = 714,
    IllegalInstruction = 715,
    MisalignedAddress = 716,
    InvalidAddressSpace = 717,
    InvalidProgramCounter = 718,
    LaunchFailed = 719,
    SystemNotReady = 802,
    SystemDriverMismatch = 803,
    CompatNotSupported = 804,
    Unknown = 999,
}

/// <summary>What the driver's answers mean for a person.</summary>
internal static unsafe class CudaResults
{
    /// <summary>Throws unless the call has succeeded.</summary>
    /// <param name="result">Its answer.</param>
    /// <param name="call">The call, with what it was about.</param>
    /// <exception cref="FmlException">Something that the user can mend: no device, the driver, the machine.</exception>
    /// <exception cref="OutOfMemoryException">The GPU, or the host, has no memory left for it.</exception>
    /// <exception cref="CudaException">Anything else.</exception>
    public static void Check(this CudaResult result, string call)
    {
        if (result == CudaResult.Success) return;
        if (result == CudaResult.OutOfMemory) throw new OutOfMemoryException($"The GPU has no memory left for {call}: {CudaMemory.Advice}");
        var failure = new CudaException(call, (int)result, Name(result), Meaning(result));
        throw ForTheUser(result) is { } sentence ? new FmlException($"{sentence} ({call}: {failure.CodeName})", failure) : failure;
    }

    // A kernel did something that it must not do.
    private static bool IsFault(CudaResult result) => result is CudaResult.IllegalAddress
        or (>= CudaResult.HardwareStackError and <= CudaResult.InvalidProgramCounter);

    private static string? ForTheUser(CudaResult result) => result switch
    {
        CudaResult.NoDevice => "NVIDIA's driver sees no GPU: look at what nvidia-smi says and at CUDA_VISIBLE_DEVICES, or compute on the CPU",
        CudaResult.InvalidDevice => "There is no such GPU: fml doctor lists those there are",
        CudaResult.UnsupportedPtxVersion =>
            "NVIDIA's driver is older than the CUDA libraries: update the driver or install older libraries; fml doctor shows their versions",
        CudaResult.StubLibrary => "The libcuda that was found is a toolkit's stub: take its folder off the library path so that the driver's own is found",
        CudaResult.SystemDriverMismatch => "NVIDIA's kernel module and libraries are of different versions, as after an update: restart the machine",
        CudaResult.SystemNotReady => "The GPU is not ready: on a machine with NVSwitch start nvidia-fabricmanager, else restart the machine",
        CudaResult.CompatNotSupported => "The CUDA compatibility package does not support this GPU: remove it from the library path or update the driver",
        CudaResult.EccUncorrectable or CudaResult.NvlinkUncorrectable or CudaResult.DeviceUnavailable or CudaResult.Deinitialized
            or CudaResult.Contained or CudaResult.Unknown =>
            "The GPU was lost and what was on it with it: what was written to disk is good, start again from there; if it happens again, see nvidia-smi",
        CudaResult.LaunchTimeout =>
            "The GPU that also drives the screen was stopped because a kernel ran too long: choose fewer people or frames a step, or another GPU",
        _ => null,
    };

    private static string Meaning(CudaResult result) => result switch
    {
        CudaResult.LaunchOutOfResources => "a block asks for more threads, registers or shared memory than the GPU has",
        _ when IsFault(result) || result == CudaResult.LaunchFailed =>
            $"{Text(result)}. A kernel asked before is at fault and everything on the GPU is lost; what was written to disk is good. "
            + "compute-sanitizer shows the kernel's line",
        _ => Text(result),
    };

    private static string Name(CudaResult result) =>
        CudaApi.cuGetErrorName(result, out var name) == CudaResult.Success ? Utf8(name) : "unknown error";

    private static string Text(CudaResult result) =>
        CudaApi.cuGetErrorString(result, out var text) == CudaResult.Success ? Utf8(text) : "the driver does not say what that means";

    private static string Utf8(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
