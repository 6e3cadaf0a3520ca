using System.Runtime.InteropServices;
using Fml.Native;

namespace Fml.CudaEmulator;

/// <summary>A driver that does nothing but remember the sources that reach it: what a table of programs needs is then compiled at once.</summary>
internal sealed unsafe class SourceCollector : CudaDriver
{
    private readonly HashSet<CudaSource> sources = [];
    private nint nextHandle = 1, nextAddress = 1 << 20;

    /// <summary>The sources so far, each once.</summary>
    public IReadOnlyCollection<CudaSource> Sources => sources;

    public override string Name => "collector of sources";

    public override long FreeBytes => long.MaxValue;

    public override nint Allocate(long byteCount) => nextAddress += (nint)((byteCount + 511) / 256 * 256);

    public override void Free(nint address) { }

    public override nint AllocatePinned(long byteCount) => (nint)NativeMemory.Alloc((nuint)byteCount);

    public override void FreePinned(nint address) => NativeMemory.Free((void*)address);

    public override nint CreateStream() => nextHandle++;

    public override void DestroyStream(nint stream) { }

    public override void Synchronize(nint stream) { }

    public override nint CreateEvent() => nextHandle++;

    public override void DestroyEvent(nint mark) { }

    public override void Record(nint mark, nint stream) { }

    public override void Wait(nint stream, nint mark) { }

    public override void WaitOnHost(nint mark) { }

    public override double Seconds(nint from, nint to) => 0;

    public override void Copy(nint from, nint to, long byteCount, CopyKind kind, nint stream) { }

    public override void Clear(nint address, long byteCount, nint stream) { }

    public override IReadOnlyList<nint> Load(IReadOnlyList<CudaSource> sources)
    {
        this.sources.UnionWith(sources);
        return [.. sources.Select(_ => nextHandle++)];
    }

    public override nint Function(nint module, string entry) => nextHandle++;

    public override void Launch(nint function, in CudaStage stage, void** arguments, nint stream) { }

    public override void Multiply(ElementType type, in MatrixShape shape, nint a, nint b, nint c, nint stream) { }

    public override void BeginCapture(nint stream) { }

    public override nint EndCapture(nint stream) => nextHandle++;

    public override void Replay(nint recording, nint stream) { }

    public override void DestroyRecording(nint recording) { }

    public override void Dispose() { }
}
