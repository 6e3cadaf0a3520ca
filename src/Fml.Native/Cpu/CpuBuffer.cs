using System.Runtime.InteropServices;

namespace Fml.Native;

/// <summary>Host memory, aligned to a page so that vectors and huge pages fit.</summary>
internal sealed unsafe class CpuBuffer : DeviceBuffer
{
    private const int Alignment = 4096;
    private nint address;

    public CpuBuffer(CpuDevice device, long byteCount) : base(device, byteCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(byteCount);
        try
        {
            address = (nint)NativeMemory.AlignedAlloc((nuint)Math.Max(byteCount, 1), Alignment);
        }
        catch (OutOfMemoryException)
        {
            throw new OutOfMemoryException(
                $"the CPU device could not allocate {byteCount / 1048576.0:F1} MiB; choose a smaller batch, image or model");
        }
        HugePages.Advise((void*)address, byteCount);
        NativeMemory.Clear((void*)address, (nuint)byteCount);
    }

    public static nint AddressOf(Region region)
    {
        var buffer = region.Buffer as CpuBuffer
            ?? throw new ArgumentException($"a buffer of {region.Buffer.Device.Name} was given to the CPU device");
        ObjectDisposedException.ThrowIf(buffer.address == 0, buffer);
        return buffer.address + (nint)region.Offset;
    }

    protected override void Release()
    {
        if (address != 0) NativeMemory.AlignedFree((void*)address);
        address = 0;
    }
}
