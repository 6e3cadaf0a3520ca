using System.Runtime.InteropServices;

namespace Fml.Native;

/// <summary>
/// A place where tensors live and kernels run. Everything asked of a device happens in the order in which it was asked;
/// only <see cref="Download{T}"/> and <see cref="Synchronize"/> wait for it.
/// </summary>
public abstract class Device : IDisposable
{
    /// <summary>A name for people, such as "CPU (2 threads, 512-bit vectors)".</summary>
    public abstract string Name { get; }

    /// <summary>Allocates zeroed memory.</summary>
    /// <exception cref="OutOfMemoryException">The device lacks the memory; the message says what was asked.</exception>
    public abstract DeviceBuffer Allocate(long byteCount);

    /// <summary>Copies host memory into a buffer.</summary>
    public void Upload<T>(ReadOnlySpan<T> source, DeviceBuffer target, long byteOffset = 0) where T : unmanaged =>
        UploadBytes(MemoryMarshal.AsBytes(source), target, byteOffset);

    /// <summary>Copies a buffer into host memory, after all that was asked before.</summary>
    public void Download<T>(DeviceBuffer source, Span<T> target, long byteOffset = 0) where T : unmanaged =>
        DownloadBytes(source, MemoryMarshal.AsBytes(target), byteOffset);

    /// <summary>Prepares a list of commands to be run many times without allocating.</summary>
    public abstract IExecutable Prepare(IReadOnlyList<Command> commands);

    /// <summary>Waits until everything asked so far is done.</summary>
    public abstract void Synchronize();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The byte copy behind <see cref="Upload{T}"/>.</summary>
    protected abstract void UploadBytes(ReadOnlySpan<byte> source, DeviceBuffer target, long byteOffset);

    /// <summary>The byte copy behind <see cref="Download{T}"/>.</summary>
    protected abstract void DownloadBytes(DeviceBuffer source, Span<byte> target, long byteOffset);

    /// <summary>
    /// The device used when none is named, shared by the whole process and never disposed of: the one that the environment variable
    /// FML_DEVICE names, else the first GPU when one can be used, else the CPU. Its <see cref="Name"/> says which.
    /// </summary>
    /// <exception cref="FmlException">FML_DEVICE names a device that cannot be opened.</exception>
    public static Device Default => DeviceChoice.Default.Device;

    /// <summary>Opens a device by its name; whoever opens it disposes of it.</summary>
    /// <param name="name">"cpu", "cuda" for the first GPU or "cuda:1" for the second; with ":tf32" behind it matrices are
    /// multiplied in <see cref="MatrixPrecision.TensorFloat32"/>.</param>
    /// <exception cref="FmlException">There is no such device; the message says why.</exception>
    public static Device Open(string name) => DeviceChoice.Open(name);
}

/// <summary>Commands made ready for a device.</summary>
public interface IExecutable : IDisposable
{
    /// <summary>Runs the commands in order.</summary>
    void Run();

    /// <summary>Runs the commands in order, waiting for each, and tells how long each took, s. For finding out where time goes.</summary>
    double[] RunTimed();
}
