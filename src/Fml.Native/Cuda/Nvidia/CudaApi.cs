using System.Runtime.InteropServices;

namespace Fml.Native;

/// <summary>The entry points of the driver API that are called. A name ending in _v2 is what the toolkit's header calls by the name without.</summary>
internal static unsafe partial class CudaApi
{
    private const string Library = NvidiaLibraries.DriverImport;

    // The driver and its devices.

    [LibraryImport(Library)]
    public static partial CudaResult cuInit(uint flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuDriverGetVersion(out int version);

    [LibraryImport(Library)]
    public static partial CudaResult cuGetErrorName(CudaResult result, out byte* name);

    [LibraryImport(Library)]
    public static partial CudaResult cuGetErrorString(CudaResult result, out byte* text);

    [LibraryImport(Library)]
    public static partial CudaResult cuDeviceGetCount(out int count);

    [LibraryImport(Library)]
    public static partial CudaResult cuDeviceGet(out int device, int ordinal);

    [LibraryImport(Library)]
    public static partial CudaResult cuDeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library)]
    public static partial CudaResult cuDeviceGetAttribute(out int value, DeviceAttribute attribute, int device);

    [LibraryImport(Library)]
    public static partial CudaResult cuDeviceTotalMem_v2(out nuint bytes, int device);

    [LibraryImport(Library)]
    public static partial CudaResult cuDevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(Library)]
    public static partial CudaResult cuDevicePrimaryCtxRelease_v2(int device);

    [LibraryImport(Library)]
    public static partial CudaResult cuCtxSetCurrent(nint context);

    // Memory.

    [LibraryImport(Library)]
    public static partial CudaResult cuMemGetInfo_v2(out nuint free, out nuint total);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemAlloc_v2(out nint address, nuint bytes);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemFree_v2(nint address);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemHostAlloc(out nint address, nuint bytes, uint flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemFreeHost(nint address);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemcpyHtoDAsync_v2(nint to, nint from, nuint bytes, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemcpyDtoHAsync_v2(nint to, nint from, nuint bytes, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemcpyDtoDAsync_v2(nint to, nint from, nuint bytes, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemsetD8Async(nint address, byte value, nuint bytes, nint stream);

    // Streams and events.

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamCreate(out nint stream, uint flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamDestroy_v2(nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamSynchronize(nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamWaitEvent(nint stream, nint mark, uint flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventCreate(out nint mark, uint flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventDestroy_v2(nint mark);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventRecord(nint mark, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventSynchronize(nint mark);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventElapsedTime(out float milliseconds, nint from, nint to);

    // Modules and launches.

    [LibraryImport(Library)]
    public static partial CudaResult cuModuleLoadData(out nint module, byte* image);

    [LibraryImport(Library)]
    public static partial CudaResult cuModuleUnload(nint module);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial CudaResult cuModuleGetFunction(out nint function, nint module, string name);

    [LibraryImport(Library)]
    public static partial CudaResult cuFuncGetAttribute(out int value, FunctionAttribute attribute, nint function);

    [LibraryImport(Library)]
    public static partial CudaResult cuFuncSetAttribute(nint function, FunctionAttribute attribute, int value);

    [LibraryImport(Library)]
    public static partial CudaResult cuLaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes, nint stream,
        void** arguments, void** extra);

    // Captured graphs.

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamBeginCapture_v2(nint stream, CaptureMode mode);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamEndCapture(nint stream, out nint graph);

    [LibraryImport(Library)]
    public static partial CudaResult cuGraphInstantiateWithFlags(out nint executable, nint graph, ulong flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuGraphLaunch(nint executable, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuGraphDestroy(nint graph);

    [LibraryImport(Library)]
    public static partial CudaResult cuGraphExecDestroy(nint executable);
}

/// <summary>Facts about a device (CUdevice_attribute).</summary>
internal enum DeviceAttribute
{
    Multiprocessors = 16,
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
    SharedBytesPerBlockOptIn = 97,
}

/// <summary>Facts about a function (CUfunction_attribute).</summary>
internal enum FunctionAttribute
{
    LocalBytes = 3,
    MaxDynamicSharedBytes = 8,
}

/// <summary>What the host may do while a stream is recorded (CUstreamCaptureMode).</summary>
internal enum CaptureMode
{
    Relaxed = 2,
}
