namespace Fml.Native;

/// <summary>
/// The few things a CUDA device is asked for: memory, streams, events, modules, launches, captured graphs and matrix products. NVIDIA's
/// libraries are one implementation; tests bring another that runs the same kernels on the host. Handles and addresses are opaque numbers;
/// what gives something back does not throw.
/// </summary>
internal abstract unsafe class CudaDriver : IDisposable
{
    /// <summary>The device's name for people.</summary>
    public abstract string Name { get; }

    /// <summary>How single precision is multiplied, by <see cref="Multiply"/> and by the kernels that follow it.</summary>
    public virtual MatrixPrecision Precision => MatrixPrecision.Single;

    /// <summary>Free memory, bytes.</summary>
    public abstract long FreeBytes { get; }

    /// <summary>Allocates device memory; 0 when there is not enough.</summary>
    public abstract nint Allocate(long byteCount);

    /// <summary>Frees device memory.</summary>
    public abstract void Free(nint address);

    /// <summary>Allocates host memory that copies can run from beside the host's work.</summary>
    public abstract nint AllocatePinned(long byteCount);

    /// <summary>Frees pinned host memory.</summary>
    public abstract void FreePinned(nint address);

    /// <summary>Makes a stream: what is asked on it happens in order.</summary>
    public abstract nint CreateStream();

    /// <summary>Ends a stream.</summary>
    public abstract void DestroyStream(nint stream);

    /// <summary>Waits for everything asked on a stream.</summary>
    public abstract void Synchronize(nint stream);

    /// <summary>
    /// Waits as <see cref="Synchronize"/> does, before something is given back, and stays silent about what went wrong: whoever asked for it,
    /// or asks next, is told.
    /// </summary>
    public virtual void Drain(nint stream) => Synchronize(stream);

    /// <summary>Makes an event that is done.</summary>
    public abstract nint CreateEvent();

    /// <summary>Ends an event.</summary>
    public abstract void DestroyEvent(nint mark);

    /// <summary>The event is done when all asked on the stream so far is done.</summary>
    public abstract void Record(nint mark, nint stream);

    /// <summary>What is asked on the stream from now on waits for the event.</summary>
    public abstract void Wait(nint stream, nint mark);

    /// <summary>The host waits for the event.</summary>
    public abstract void WaitOnHost(nint mark);

    /// <summary>Seconds between two events that are done.</summary>
    public abstract double Seconds(nint from, nint to);

    /// <summary>Copies between any two places, host (pinned) or device, in the stream's order.</summary>
    public abstract void Copy(nint from, nint to, long byteCount, CopyKind kind, nint stream);

    /// <summary>Fills device memory with zero bytes.</summary>
    public abstract void Clear(nint address, long byteCount, nint stream);

    /// <summary>Compiles sources and loads them; one module each, in the same order. Sources that were loaded before are not compiled again.</summary>
    /// <exception cref="CudaCompileException">A source does not compile.</exception>
    public abstract IReadOnlyList<nint> Load(IReadOnlyList<CudaSource> sources);

    /// <summary>An entry of a module.</summary>
    public abstract nint Function(nint module, string entry);

    /// <summary>Launches an entry; <paramref name="arguments"/> holds the address of every argument's value.</summary>
    public abstract void Launch(nint function, in CudaStage stage, void** arguments, nint stream);

    /// <summary>Row-major products <c>C = op(A) op(B)</c>.</summary>
    public abstract void Multiply(ElementType type, in MatrixShape shape, nint a, nint b, nint c, nint stream);

    /// <summary>From now on what is asked on the stream is recorded instead of done.</summary>
    public abstract void BeginCapture(nint stream);

    /// <summary>Ends recording and makes what was recorded ready to be replayed.</summary>
    public abstract nint EndCapture(nint stream);

    /// <summary>Ends recording and forgets what was recorded.</summary>
    public virtual void AbandonCapture(nint stream) => DestroyRecording(EndCapture(stream));

    /// <summary>Replays a recording.</summary>
    public abstract void Replay(nint recording, nint stream);

    /// <summary>Ends a recording.</summary>
    public abstract void DestroyRecording(nint recording);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>Between what a copy runs.</summary>
internal enum CopyKind
{
    /// <summary>From pinned host memory to the device.</summary>
    HostToDevice,

    /// <summary>From the device to pinned host memory.</summary>
    DeviceToHost,

    /// <summary>Inside the device.</summary>
    DeviceToDevice,
}
