namespace Fml.Native;

/// <summary>Device memory.</summary>
internal sealed class CudaBuffer : DeviceBuffer
{
    private nint address;

    public CudaBuffer(CudaDevice device, nint address, long byteCount) : base(device, byteCount) => this.address = address;

    public static nint AddressOf(Region region)
    {
        var buffer = region.Buffer as CudaBuffer
            ?? throw new ArgumentException($"a buffer of {region.Buffer.Device.Name} was given to a CUDA device");
        ObjectDisposedException.ThrowIf(buffer.address == 0, buffer);
        return buffer.address + (nint)region.Offset;
    }

    protected override void Release()
    {
        if (address != 0) ((CudaDevice)Device).Free(address);
        address = 0;
    }
}
