namespace Fml.Native;

/// <summary>Pinned host memory that grows as needed.</summary>
internal sealed unsafe class PinnedMemory(CudaDriver driver) : IDisposable
{
    private nint address;
    private long capacity;

    /// <summary>Memory of at least so many bytes; what was returned before is no longer valid when it grows.</summary>
    public nint AtLeast(long byteCount)
    {
        if (byteCount > capacity)
        {
            Dispose();
            address = driver.AllocatePinned(byteCount);
            capacity = byteCount;
        }
        return address;
    }

    /// <summary>Host memory as a span.</summary>
    public static Span<byte> Bytes(nint address, int count) => new((void*)address, count);

    public void Dispose()
    {
        if (address != 0) driver.FreePinned(address);
        (address, capacity) = (0, 0);
    }
}
