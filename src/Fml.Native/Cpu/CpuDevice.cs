using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fml.Native;

/// <summary>The device that is always there: plain C# with SIMD on all cores.</summary>
public sealed unsafe class CpuDevice : Device
{
    /// <summary>Starts a CPU device.</summary>
    /// <param name="threads">Threads to use; all cores when null.</param>
    public CpuDevice(int? threads = null) => Workers = new Workers(threads ?? Environment.ProcessorCount);

    /// <summary>The threads that kernels share.</summary>
    public Workers Workers { get; }

    /// <inheritdoc/>
    public override string Name => $"CPU ({Workers.Count} threads, {VectorBits}-bit vectors)";

    private static int VectorBits =>
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 64;

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long byteCount) => new CpuBuffer(this, byteCount);

    /// <inheritdoc/>
    public override IExecutable Prepare(IReadOnlyList<Command> commands) => new CpuExecutable(commands, Workers);

    /// <summary>Does nothing: a CPU command is done when it returns.</summary>
    public override void Synchronize() { }

    /// <inheritdoc/>
    public override void Dispose() => Workers.Dispose();

    /// <inheritdoc/>
    protected override void UploadBytes(ReadOnlySpan<byte> source, DeviceBuffer target, long byteOffset) =>
        source.CopyTo(Bytes(target, byteOffset, source.Length));

    /// <inheritdoc/>
    protected override void DownloadBytes(DeviceBuffer source, Span<byte> target, long byteOffset) =>
        Bytes(source, byteOffset, target.Length).CopyTo(target);

    private static Span<byte> Bytes(DeviceBuffer buffer, long byteOffset, int count)
    {
        if (byteOffset < 0 || byteOffset + count > buffer.ByteCount)
            throw new ArgumentOutOfRangeException(
                nameof(byteOffset), $"{count} bytes at {byteOffset} do not fit into a buffer of {buffer.ByteCount} bytes");
        return new Span<byte>((byte*)CpuBuffer.AddressOf(new Region(buffer, byteOffset)), count);
    }
}
