namespace Fml.Native;

/// <summary>
/// An NVIDIA GPU. Programs are captured once and replayed; uploads are staged through pinned memory on a stream of their own, so that they
/// run beside the computing that was asked before.
/// </summary>
public sealed class CudaDevice : Device
{
    private readonly CudaDriver driver;
    private readonly nint stream;
    private readonly UploadRing uploads;
    private readonly PinnedMemory downloads;
    private bool disposed;

    internal CudaDevice(CudaDriver driver)
    {
        this.driver = driver;
        stream = driver.CreateStream();
        uploads = new UploadRing(driver, stream);
        downloads = new PinnedMemory(driver);
    }

    /// <summary>Opens a GPU; whoever opens it disposes of it.</summary>
    /// <param name="ordinal">Its number in the driver's order.</param>
    /// <param name="precision">How matrices of single precision are multiplied.</param>
    /// <exception cref="FmlException">There is none, or something it needs is missing; the message says what and what to do.</exception>
    public static CudaDevice Open(int ordinal = 0, MatrixPrecision precision = MatrixPrecision.Single)
    {
        var driver = new NvidiaDriver(ordinal, precision);
        try
        {
            return new CudaDevice(driver);
        }
        catch
        {
            driver.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Name => driver.Name;

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long byteCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(byteCount);
        var address = driver.Allocate(Math.Max(byteCount, 1));
        if (address == 0) throw CudaMemory.Exhausted(driver, byteCount, "a buffer");
        driver.Clear(address, byteCount, stream);
        return new CudaBuffer(this, address, byteCount);
    }

    /// <inheritdoc/>
    public override IExecutable Prepare(IReadOnlyList<Command> commands) => new CudaExecutable(driver, stream, commands);

    /// <inheritdoc/>
    public override void Synchronize() => driver.Synchronize(stream);

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (disposed) return;
        disposed = true;
        driver.Drain(stream);
        uploads.Dispose();
        downloads.Dispose();
        driver.DestroyStream(stream);
        driver.Dispose();
    }

    // What was asked before may still use the memory.
    internal void Free(nint address)
    {
        if (disposed) return;
        driver.Drain(stream);
        driver.Free(address);
    }

    /// <inheritdoc/>
    protected override void UploadBytes(ReadOnlySpan<byte> source, DeviceBuffer target, long byteOffset)
    {
        CheckRange(target, byteOffset, source.Length);
        uploads.Upload(source, CudaBuffer.AddressOf(new Region(target, byteOffset)));
    }

    /// <inheritdoc/>
    protected override void DownloadBytes(DeviceBuffer source, Span<byte> target, long byteOffset)
    {
        CheckRange(source, byteOffset, target.Length);
        var from = CudaBuffer.AddressOf(new Region(source, byteOffset));
        for (var done = 0; done < target.Length;)
        {
            var part = Math.Min(target.Length - done, UploadRing.SlotBytes);
            var host = downloads.AtLeast(part);
            driver.Copy(from + done, host, part, CopyKind.DeviceToHost, stream);
            driver.Synchronize(stream);
            PinnedMemory.Bytes(host, part).CopyTo(target[done..]);
            done += part;
        }
    }

    private static void CheckRange(DeviceBuffer buffer, long byteOffset, int count)
    {
        if (byteOffset < 0 || byteOffset + count > buffer.ByteCount)
            throw new ArgumentOutOfRangeException(
                nameof(byteOffset), $"{count} bytes at {byteOffset} do not fit into a buffer of {buffer.ByteCount} bytes");
    }
}
