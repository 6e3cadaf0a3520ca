namespace Fml.Native;

/// <summary>
/// A GPU through NVIDIA's libraries. It may be used from several threads: every call makes the device's primary context current first, which
/// costs nothing when it is. What gives something back never fails: after a device was lost there is nothing to mend.
/// </summary>
internal sealed unsafe class NvidiaDriver : CudaDriver
{
    private const uint Portable = 1; // pinned for every context
    private const uint NonBlocking = 1; // a stream that does not wait for the default stream

    private readonly NvidiaGpu gpu;
    private readonly NvrtcCompiler compiler;
    private readonly CompileTarget target;
    private readonly CublasProducts products;
    private readonly nint context;
    private readonly Lock gate = new();
    private readonly Dictionary<CudaSource, nint> modules = [];

    /// <summary>Opens a GPU.</summary>
    /// <param name="ordinal">Its number in the driver's order.</param>
    /// <param name="precision">How single precision is multiplied.</param>
    /// <exception cref="FmlException">Something is missing; the message says what and what to do.</exception>
    public NvidiaDriver(int ordinal, MatrixPrecision precision)
    {
        var gpus = NvidiaGpu.All();
        if (ordinal < 0 || ordinal >= gpus.Length)
            throw new FmlException($"There is no GPU cuda:{ordinal}; there are: {string.Join(", ", gpus)}");
        gpu = gpus[ordinal];
        Precision = precision;
        compiler = NvrtcCompiler.Default;
        target = compiler.TargetFor(gpu.Architecture);
        CudaApi.cuDevicePrimaryCtxRetain(out context, gpu.Handle).Check($"cuDevicePrimaryCtxRetain of {gpu}");
        try
        {
            Enter();
            products = new CublasProducts(precision);
        }
        catch
        {
            CudaApi.cuDevicePrimaryCtxRelease_v2(gpu.Handle);
            throw;
        }
    }

    public override string Name => Precision == MatrixPrecision.TensorFloat32 ? $"{gpu}, matrices in TF32" : gpu.ToString();

    public override MatrixPrecision Precision { get; }

    public override long FreeBytes
    {
        get
        {
            Enter();
            CudaApi.cuMemGetInfo_v2(out var free, out _).Check("cuMemGetInfo");
            return (long)free;
        }
    }

    public override nint Allocate(long byteCount)
    {
        Enter();
        var result = CudaApi.cuMemAlloc_v2(out var address, (nuint)byteCount);
        if (result == CudaResult.OutOfMemory) return 0;
        result.Check($"cuMemAlloc of {byteCount} bytes");
        return address;
    }

    public override void Free(nint address)
    {
        Enter();
        CudaApi.cuMemFree_v2(address);
    }

    public override nint AllocatePinned(long byteCount)
    {
        Enter();
        CudaApi.cuMemHostAlloc(out var address, (nuint)byteCount, Portable).Check($"cuMemHostAlloc of {byteCount} bytes");
        return address;
    }

    public override void FreePinned(nint address)
    {
        Enter();
        CudaApi.cuMemFreeHost(address);
    }

    public override nint CreateStream()
    {
        Enter();
        CudaApi.cuStreamCreate(out var stream, NonBlocking).Check("cuStreamCreate");
        return stream;
    }

    public override void DestroyStream(nint stream)
    {
        Enter();
        CudaApi.cuStreamDestroy_v2(stream);
    }

    public override void Synchronize(nint stream)
    {
        Enter();
        CudaApi.cuStreamSynchronize(stream).Check("cuStreamSynchronize");
    }

    public override void Drain(nint stream)
    {
        Enter();
        CudaApi.cuStreamSynchronize(stream);
    }

    public override nint CreateEvent()
    {
        Enter();
        CudaApi.cuEventCreate(out var mark, 0).Check("cuEventCreate");
        return mark;
    }

    public override void DestroyEvent(nint mark)
    {
        Enter();
        CudaApi.cuEventDestroy_v2(mark);
    }

    public override void Record(nint mark, nint stream)
    {
        Enter();
        CudaApi.cuEventRecord(mark, stream).Check("cuEventRecord");
    }

    public override void Wait(nint stream, nint mark)
    {
        Enter();
        CudaApi.cuStreamWaitEvent(stream, mark, 0).Check("cuStreamWaitEvent");
    }

    public override void WaitOnHost(nint mark)
    {
        Enter();
        CudaApi.cuEventSynchronize(mark).Check("cuEventSynchronize");
    }

    public override double Seconds(nint from, nint to)
    {
        Enter();
        CudaApi.cuEventElapsedTime(out var milliseconds, from, to).Check("cuEventElapsedTime");
        return milliseconds / 1000.0;
    }

    public override void Copy(nint from, nint to, long byteCount, CopyKind kind, nint stream)
    {
        if (byteCount == 0) return;
        Enter();
        var bytes = (nuint)byteCount;
        var result = kind switch
        {
            CopyKind.HostToDevice => CudaApi.cuMemcpyHtoDAsync_v2(to, from, bytes, stream),
            CopyKind.DeviceToHost => CudaApi.cuMemcpyDtoHAsync_v2(to, from, bytes, stream),
            CopyKind.DeviceToDevice => CudaApi.cuMemcpyDtoDAsync_v2(to, from, bytes, stream),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown kind of copy"),
        };
        result.Check($"a copy of {byteCount} bytes, {kind}");
    }

    public override void Clear(nint address, long byteCount, nint stream)
    {
        if (byteCount == 0) return;
        Enter();
        CudaApi.cuMemsetD8Async(address, 0, (nuint)byteCount, stream).Check($"cuMemsetD8Async of {byteCount} bytes");
    }

    public override IReadOnlyList<nint> Load(IReadOnlyList<CudaSource> sources)
    {
        Enter();
        lock (gate)
        {
            CudaSource[] missing = [.. sources.Where(source => !modules.ContainsKey(source)).Distinct()];
            foreach (var (source, image) in missing.Zip(compiler.Compile(missing, target)))
            {
                fixed (byte* bytes = image)
                {
                    CudaApi.cuModuleLoadData(out var module, bytes).Check($"cuModuleLoadData of {source.Name} compiled for {target}");
                    modules.Add(source, module);
                }
            }
            return [.. sources.Select(source => modules[source])];
        }
    }

    public override nint Function(nint module, string entry)
    {
        Enter();
        CudaApi.cuModuleGetFunction(out var function, module, entry).Check($"cuModuleGetFunction of {entry}");
        // A function is loaded when something is asked of it; better now than in the middle of a capture.
        CudaApi.cuFuncGetAttribute(out _, FunctionAttribute.LocalBytes, function).Check($"cuFuncGetAttribute of {entry}");
        return function;
    }

    public override void Launch(nint function, in CudaStage stage, void** arguments, nint stream)
    {
        Enter();
        var result = CudaApi.cuLaunchKernel(
            function, (uint)stage.GridX, (uint)stage.GridY, (uint)stage.GridZ, (uint)stage.Threads, 1, 1, (uint)stage.SharedBytes, stream, arguments, null);
        if (result != CudaResult.Success) result.Check($"cuLaunchKernel of {stage}");
    }

    public override void Multiply(ElementType type, in MatrixShape shape, nint a, nint b, nint c, nint stream)
    {
        Enter();
        lock (gate) products.Multiply(type, shape, a, b, c, stream);
    }

    // Relaxed, because libraries load their kernels when these are first launched, which the stricter modes forbid during a capture.
    public override void BeginCapture(nint stream)
    {
        Enter();
        CudaApi.cuStreamBeginCapture_v2(stream, CaptureMode.Relaxed).Check("cuStreamBeginCapture");
    }

    public override nint EndCapture(nint stream)
    {
        Enter();
        CudaApi.cuStreamEndCapture(stream, out var graph).Check("cuStreamEndCapture");
        try
        {
            CudaApi.cuGraphInstantiateWithFlags(out var executable, graph, 0).Check("cuGraphInstantiateWithFlags");
            return executable;
        }
        finally
        {
            CudaApi.cuGraphDestroy(graph);
        }
    }

    public override void AbandonCapture(nint stream)
    {
        Enter();
        if (CudaApi.cuStreamEndCapture(stream, out var graph) == CudaResult.Success) CudaApi.cuGraphDestroy(graph);
    }

    public override void Replay(nint recording, nint stream)
    {
        Enter();
        CudaApi.cuGraphLaunch(recording, stream).Check("cuGraphLaunch");
    }

    public override void DestroyRecording(nint recording)
    {
        Enter();
        CudaApi.cuGraphExecDestroy(recording);
    }

    public override void Dispose()
    {
        Enter();
        products.Dispose();
        foreach (var module in modules.Values) CudaApi.cuModuleUnload(module);
        CudaApi.cuDevicePrimaryCtxRelease_v2(gpu.Handle);
    }

    private void Enter() => CudaApi.cuCtxSetCurrent(context);
}
