using System.Diagnostics;
using System.Runtime.InteropServices;
using Fml.Native;

namespace Fml.CudaEmulator;

/// <summary>
/// A CUDA device that runs kernels on the host, compiled from the same sources. What is asked is done at once, except while a stream is
/// captured: then it is recorded, and what a driver would refuse is refused. After every launch the bands around all memory are looked at.
/// </summary>
internal sealed unsafe class EmulatedDriver : CudaDriver
{
    private readonly EmulatorOptions options;
    private readonly DeviceMemory memory;
    private readonly Dictionary<nint, List<Action>?> streams = []; // what a stream records, or null
    private readonly Dictionary<nint, long> events = [];
    private readonly Dictionary<nint, Recording> recordings = [];
    private readonly List<HostSource> modules = [];
    private readonly Dictionary<nint, (HostSource Source, string Entry)> functions = [];
    private readonly HashSet<nint> pinned = [];
    private nint nextHandle = 1;

    public EmulatedDriver(EmulatorOptions? options = null)
    {
        this.options = options ?? new EmulatorOptions();
        memory = new DeviceMemory(this.options);
    }

    /// <summary>Why nothing can be emulated here, or null.</summary>
    public static string? Unavailable => HostCompiler.Unavailable;

    /// <summary>An emulated device.</summary>
    public static CudaDevice Device(EmulatorOptions? options = null) => new(new EmulatedDriver(options));

    /// <summary>Compiles sources that will be needed, many at a time. Those that do not compile say so when they are loaded.</summary>
    public static void Prepare(IEnumerable<CudaSource> sources) =>
        HostCompiler.Load([.. sources.Distinct().Select(source => new HostSource(source))], strict: false);

    public override string Name => "emulated CUDA device";

    public override MatrixPrecision Precision => options.Precision;

    public override long FreeBytes => options.Memory - memory.UsedBytes;

    /// <summary>What was loaded so far, each once.</summary>
    public IReadOnlyCollection<CudaSource> Sources => [.. modules.Select(module => module.Source).Distinct()];

    /// <summary>Throws when something was written outside all memory.</summary>
    public void CheckGuards(string after)
    {
        if (memory.Fault() is { } fault) throw new EmulatorException($"{after}: {fault}");
    }

    public override nint Allocate(long byteCount)
    {
        Refuse("allocates memory");
        return memory.Allocate(byteCount);
    }

    public override void Free(nint address)
    {
        Refuse("frees memory");
        memory.Free(address);
    }

    public override nint AllocatePinned(long byteCount)
    {
        Refuse("allocates pinned memory");
        var address = (nint)NativeMemory.AlignedAlloc((nuint)Math.Max(byteCount, 1), 4096);
        pinned.Add(address);
        return address;
    }

    public override void FreePinned(nint address)
    {
        Refuse("frees pinned memory");
        if (!pinned.Remove(address)) throw new EmulatorException("pinned memory is freed that was not allocated");
        NativeMemory.AlignedFree((void*)address);
    }

    public override nint CreateStream()
    {
        streams.Add(nextHandle, null);
        return nextHandle++;
    }

    public override void DestroyStream(nint stream) => Remove(streams, stream, "stream");

    public override void Synchronize(nint stream)
    {
        Refuse("waits for a stream");
        _ = streams[stream];
    }

    public override nint CreateEvent()
    {
        events.Add(nextHandle, Stopwatch.GetTimestamp());
        return nextHandle++;
    }

    public override void DestroyEvent(nint mark) => Remove(events, mark, "event");

    public override void Record(nint mark, nint stream) => Do(stream, () => events[mark] = Stopwatch.GetTimestamp());

    public override void Wait(nint stream, nint mark) => Do(stream, () => _ = events[mark]);

    public override void WaitOnHost(nint mark)
    {
        Refuse("waits for an event");
        _ = events[mark];
    }

    public override double Seconds(nint from, nint to) => Stopwatch.GetElapsedTime(events[from], events[to]).TotalSeconds;

    public override void Copy(nint from, nint to, long byteCount, CopyKind kind, nint stream)
    {
        if (kind != CopyKind.DeviceToDevice && streams[stream] is not null) Refuse("copies between host and device");
        Do(stream, () =>
        {
            if (kind != CopyKind.HostToDevice) memory.Check(from, byteCount);
            if (kind != CopyKind.DeviceToHost) memory.Check(to, byteCount);
            Buffer.MemoryCopy((void*)from, (void*)to, byteCount, byteCount);
        });
    }

    public override void Clear(nint address, long byteCount, nint stream) => Do(stream, () => memory.Clear(address, byteCount));

    public override IReadOnlyList<nint> Load(IReadOnlyList<CudaSource> sources)
    {
        Refuse("loads a module");
        HostSource[] hosts = [.. sources.Select(source => new HostSource(source))];
        HostCompiler.Load(hosts, strict: true);
        return [.. hosts.Select(host =>
        {
            modules.Add(host);
            return (nint)modules.Count;
        })];
    }

    public override nint Function(nint module, string entry)
    {
        var host = modules[(int)module - 1];
        var function = HostCompiler.Entry(host, entry);
        functions[function] = (host, entry);
        return function;
    }

    public override void Launch(nint function, in CudaStage stage, void** arguments, nint stream)
    {
        var (source, entry) = functions[function];
        var name = $"kernel {entry} of {source.Name}";
        if (stage.Threads is < 1 or > 1024) throw new EmulatorException($"{name}: {stage.Threads} threads a block; 1 to 1024 are possible");
        if (stage.GridX < 1 || stage.GridY is < 1 or > 65535 || stage.GridZ is < 1 or > 65535)
            throw new EmulatorException(
                $"{name}: a grid of {stage.GridX} x {stage.GridY} x {stage.GridZ} blocks; 1 to 2^31 - 1, 65535 and 65535 are possible");
        if (stage.SharedBytes is < 0 or > 48 << 10)
            throw new EmulatorException($"{name}: {stage.SharedBytes} bytes of shared memory; at most 48 KiB are possible");
        var launch = new HostLaunch((LoadedEntry*)function, stage, arguments, options.Reverse);
        Do(stream, () =>
        {
            if (launch.Run() is { } fault) throw new EmulatorException($"{name}: {fault}");
            CheckGuards(name);
        });
    }

    public override void Multiply(ElementType type, in MatrixShape shape, nint a, nint b, nint c, nint stream)
    {
        var product = shape;
        Do(stream, () =>
        {
            if (type == ElementType.F32) Gemm.Multiply(product, (float*)a, (float*)b, (float*)c, Workers.Alone);
            else Gemm.Multiply(product, (double*)a, (double*)b, (double*)c, Workers.Alone);
            CheckGuards($"product {product}");
        });
    }

    public override void BeginCapture(nint stream)
    {
        if (streams[stream] is not null) throw new EmulatorException("the stream is captured already");
        streams[stream] = [];
    }

    public override nint EndCapture(nint stream)
    {
        var actions = streams[stream] ?? throw new EmulatorException("the stream is not captured");
        streams[stream] = null;
        recordings.Add(nextHandle, new Recording(actions));
        return nextHandle++;
    }

    public override void Replay(nint recording, nint stream)
    {
        if (streams[stream] is not null) throw new EmulatorException("a recording is replayed on a stream that is captured");
        foreach (var action in recordings[recording].Actions) action();
    }

    public override void DestroyRecording(nint recording) => Remove(recordings, recording, "recording");

    public override void Dispose()
    {
        memory.Dispose();
        foreach (var address in pinned) NativeMemory.AlignedFree((void*)address);
        pinned.Clear();
    }

    private sealed record Recording(List<Action> Actions);

    private void Do(nint stream, Action action)
    {
        if (streams[stream] is { } recorded) recorded.Add(action);
        else action();
    }

    private void Refuse(string what)
    {
        if (streams.Values.Any(recorded => recorded is not null))
            throw new EmulatorException($"a call that {what} is not permitted while a stream is captured");
    }

    private static void Remove<TValue>(Dictionary<nint, TValue> table, nint handle, string what)
    {
        if (!table.Remove(handle)) throw new EmulatorException($"there is no {what} {handle}");
    }
}

/// <summary>A launch with its own copy of the arguments, as a driver takes one.</summary>
internal sealed unsafe class HostLaunch
{
    private readonly LoadedEntry* entry;
    private readonly CudaStage stage;
    private readonly bool reverse;
    private readonly byte[] values;
    private readonly int[] offsets;

    public HostLaunch(LoadedEntry* entry, in CudaStage stage, void** arguments, bool reverse)
    {
        this.entry = entry;
        (this.stage, this.reverse) = (stage, reverse);
        var sizes = new ReadOnlySpan<int>(entry->Entry->ArgumentSizes, entry->Entry->ArgumentCount);
        offsets = new int[sizes.Length];
        var length = 0;
        for (var i = 0; i < sizes.Length; i++)
        {
            offsets[i] = length;
            length += (sizes[i] + 15) / 16 * 16;
        }
        values = GC.AllocateArray<byte>(length + 16, pinned: true);
        var start = (int)(16 - Address % 16);
        for (var i = 0; i < sizes.Length; i++) new ReadOnlySpan<byte>(arguments[i], sizes[i]).CopyTo(values.AsSpan(offsets[i] += start));
    }

    /// <summary>Runs it; null, or what went wrong.</summary>
    public string? Run()
    {
        var grid = stackalloc uint[] { (uint)stage.GridX, (uint)stage.GridY, (uint)stage.GridZ };
        var arguments = stackalloc void*[offsets.Length + 1];
        var text = stackalloc byte[512];
        for (var i = 0; i < offsets.Length; i++) arguments[i] = (byte*)Address + offsets[i];
        var code = entry->Launch(entry->Entry, grid, (uint)stage.Threads, (uint)stage.SharedBytes, arguments, reverse ? 1 : 0, text, 512);
        return code == 0 ? null : Marshal.PtrToStringUTF8((nint)text);
    }

    private nint Address => Marshal.UnsafeAddrOfPinnedArrayElement(values, 0); // the array never moves
}
