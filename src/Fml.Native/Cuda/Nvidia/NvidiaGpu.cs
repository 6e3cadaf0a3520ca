using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Fml.Native;

/// <summary>A GPU that NVIDIA's driver sees.</summary>
/// <param name="Ordinal">Its number in the driver's order, which CUDA_VISIBLE_DEVICES changes.</param>
/// <param name="Handle">What the driver calls it.</param>
/// <param name="Model">Its name, such as "NVIDIA H100 80GB HBM3".</param>
/// <param name="Architecture">90 is compute capability 9.0.</param>
/// <param name="Bytes">Memory.</param>
internal sealed unsafe record NvidiaGpu(int Ordinal, int Handle, string Model, int Architecture, long Bytes)
{
    // The first driver with cuGraphInstantiateWithFlags.
    private static readonly Version OldestDriver = new(11, 4);

    /// <summary>For people: "NVIDIA H100 80GB HBM3 (cuda:0, compute capability 9.0, 79.1 GiB)".</summary>
    public override string ToString() =>
        FormattableString.Invariant(
            $"{Model} (cuda:{Ordinal}, compute capability {Architecture / 10}.{Architecture % 10}, {Bytes / (double)(1 << 30):F1} GiB)");

    /// <summary>All GPUs.</summary>
    /// <exception cref="FmlException">There is no driver, it is too old, or it sees no GPU.</exception>
    public static ImmutableArray<NvidiaGpu> All()
    {
        if (!NvidiaLibraries.Driver.Found)
            throw new FmlException($"{NvidiaLibraries.Driver.Failure} Install the driver of an NVIDIA GPU, or compute on the CPU");
        CudaApi.cuInit(0).Check(nameof(CudaApi.cuInit));
        if (NvidiaLibraries.DriverVersion is { } version && version < OldestDriver)
            throw new FmlException($"NVIDIA's driver is for CUDA {version}; {OldestDriver} or later is needed: update the driver, or compute on the CPU");
        CudaApi.cuDeviceGetCount(out var count).Check(nameof(CudaApi.cuDeviceGetCount));
        if (count == 0) CudaResult.NoDevice.Check(nameof(CudaApi.cuDeviceGetCount));
        return [.. Enumerable.Range(0, count).Select(Describe)];
    }

    private static NvidiaGpu Describe(int ordinal)
    {
        const int Length = 256;
        CudaApi.cuDeviceGet(out var device, ordinal).Check(nameof(CudaApi.cuDeviceGet));
        var name = stackalloc byte[Length];
        CudaApi.cuDeviceGetName(name, Length, device).Check(nameof(CudaApi.cuDeviceGetName));
        CudaApi.cuDeviceTotalMem_v2(out var bytes, device).Check(nameof(CudaApi.cuDeviceTotalMem_v2));
        var architecture = 10 * Attribute(DeviceAttribute.ComputeCapabilityMajor, device) + Attribute(DeviceAttribute.ComputeCapabilityMinor, device);
        return new NvidiaGpu(ordinal, device, Marshal.PtrToStringUTF8((nint)name) ?? "NVIDIA GPU", architecture, (long)bytes);
    }

    private static int Attribute(DeviceAttribute attribute, int device)
    {
        CudaApi.cuDeviceGetAttribute(out var value, attribute, device).Check($"{nameof(CudaApi.cuDeviceGetAttribute)}({attribute})");
        return value;
    }
}
