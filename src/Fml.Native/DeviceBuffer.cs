namespace Fml.Native;

/// <summary>A block of a device's memory with one owner, which disposes of it.</summary>
public abstract class DeviceBuffer(Device device, long byteCount) : IDisposable
{
    /// <summary>The device that holds the memory.</summary>
    public Device Device { get; } = device;

    /// <summary>Size in bytes.</summary>
    public long ByteCount { get; } = byteCount;

    /// <summary>Gives the memory back. Using the buffer afterwards is an error.</summary>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory; called once or more.</summary>
    protected abstract void Release();
}

/// <summary>A place in a buffer.</summary>
/// <param name="Buffer">The buffer.</param>
/// <param name="Offset">Bytes from its start.</param>
public readonly record struct Region(DeviceBuffer Buffer, long Offset = 0);
