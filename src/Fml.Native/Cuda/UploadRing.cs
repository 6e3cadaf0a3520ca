namespace Fml.Native;

/// <summary>
/// Uploads that do not wait for the computing that was asked before: host -> pinned slot -> device slot on a stream of its own; the copy
/// from the device slot to the target, which is short, keeps its place in the computing stream.
/// </summary>
internal sealed class UploadRing(CudaDriver driver, nint computing) : IDisposable
{
    /// <summary>Bytes of a slot; what is larger goes in parts.</summary>
    public const int SlotBytes = 8 << 20;

    private const int SlotCount = 4;

    private readonly nint copying = driver.CreateStream();
    private readonly Slot[] slots = [.. Enumerable.Range(0, SlotCount).Select(_ => new Slot(driver))];
    private int next;

    /// <summary>Copies host memory to the device; the host memory may be reused at once.</summary>
    public void Upload(ReadOnlySpan<byte> source, nint target)
    {
        for (var done = 0; done < source.Length;)
        {
            var part = Math.Min(source.Length - done, SlotBytes);
            var slot = slots[next];
            next = (next + 1) % SlotCount;
            driver.WaitOnHost(slot.Free);
            slot.Grow(part);
            source.Slice(done, part).CopyTo(PinnedMemory.Bytes(slot.Host, part));
            driver.Copy(slot.Host, slot.Device, part, CopyKind.HostToDevice, copying);
            driver.Record(slot.Arrived, copying);
            driver.Wait(computing, slot.Arrived);
            driver.Copy(slot.Device, target + done, part, CopyKind.DeviceToDevice, computing);
            driver.Record(slot.Free, computing);
            done += part;
        }
    }

    public void Dispose()
    {
        driver.Drain(copying);
        foreach (var slot in slots) slot.Dispose();
        driver.DestroyStream(copying);
    }

    private sealed class Slot(CudaDriver driver) : IDisposable
    {
        private readonly PinnedMemory host = new(driver);
        private long capacity;

        public nint Host { get; private set; }

        public nint Device { get; private set; }

        public nint Arrived { get; } = driver.CreateEvent();

        public nint Free { get; } = driver.CreateEvent();

        public void Grow(int byteCount)
        {
            if (byteCount <= capacity) return;
            Host = host.AtLeast(byteCount);
            if (Device != 0) driver.Free(Device);
            Device = driver.Allocate(byteCount);
            if (Device == 0) throw CudaMemory.Exhausted(driver, byteCount, "uploads");
            capacity = byteCount;
        }

        public void Dispose()
        {
            host.Dispose();
            if (Device != 0) driver.Free(Device);
            driver.DestroyEvent(Arrived);
            driver.DestroyEvent(Free);
        }
    }
}
