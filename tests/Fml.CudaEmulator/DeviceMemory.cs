using System.Runtime.InteropServices;

namespace Fml.CudaEmulator;

/// <summary>The memory of an emulated device: blocks with a band before and behind, whose bytes nobody may change.</summary>
internal sealed unsafe class DeviceMemory(EmulatorOptions options) : IDisposable
{
    private const int Alignment = 256, Band = 1024;
    private const byte BandByte = 0xff; // read as a number, it is none

    private readonly SortedList<nint, Block> blocks = [];
    private int count;

    private sealed record Block(nint Start, long ByteCount, int Number)
    {
        public bool Fresh { get; set; } = true;

        public nint Base => Start - Band;

        public long Padded => (ByteCount + Alignment - 1) / Alignment * Alignment;

        public Span<byte> Before => new((void*)Base, Band);

        public Span<byte> Behind => new((void*)(Start + (nint)ByteCount), (int)(Padded - ByteCount) + Band);
    }

    public long UsedBytes { get; private set; }

    public nint Allocate(long byteCount)
    {
        if (byteCount > options.Memory - UsedBytes) return 0;
        var padded = (byteCount + Alignment - 1) / Alignment * Alignment;
        var start = (nint)NativeMemory.AlignedAlloc((nuint)(padded + 2 * Band), Alignment) + Band;
        var block = new Block(start, byteCount, ++count);
        blocks.Add(start, block);
        NativeMemory.Fill((void*)start, (nuint)byteCount, options.Poison ? (byte)0xff : (byte)0xcd);
        Fence(block);
        UsedBytes += byteCount;
        return start;
    }

    public void Free(nint address)
    {
        if (!blocks.TryGetValue(address, out var block)) throw new EmulatorException($"memory at {address:x} is freed that was not allocated");
        var fault = FaultOf(block);
        blocks.Remove(address);
        UsedBytes -= block.ByteCount;
        NativeMemory.AlignedFree((void*)block.Base);
        if (fault is not null) throw new EmulatorException(fault);
    }

    /// <summary>Fills with zeros, unless it is the whole of a fresh block that is to stay poisoned.</summary>
    public void Clear(nint address, long byteCount)
    {
        var block = Find(address, byteCount);
        if (!(options.Poison && block.Fresh && block.Start == address)) NativeMemory.Clear((void*)address, (nuint)byteCount);
        block.Fresh = false;
    }

    /// <summary>Refuses a range that is not inside one block.</summary>
    public void Check(nint address, long byteCount) => Find(address, byteCount);

    /// <summary>The first band that was written into, in words. All are as new afterwards: a fault is told once.</summary>
    public string? Fault()
    {
        var fault = blocks.Values.Select(FaultOf).FirstOrDefault(fault => fault is not null);
        if (fault is null) return null;
        foreach (var block in blocks.Values) Fence(block);
        return fault;
    }

    public void Dispose()
    {
        foreach (var block in blocks.Values) NativeMemory.AlignedFree((void*)block.Base);
        blocks.Clear();
    }

    private Block Find(nint address, long byteCount)
    {
        var (low, high) = (0, blocks.Count); // the last block that starts at or before the address
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (blocks.GetKeyAtIndex(middle) <= address) low = middle + 1;
            else high = middle;
        }
        if (low > 0 && blocks.GetValueAtIndex(low - 1) is var block && address + byteCount <= block.Start + block.ByteCount) return block;
        throw new EmulatorException($"{byteCount} bytes at {address:x} are not inside one allocation");
    }

    private static void Fence(Block block)
    {
        block.Before.Fill(BandByte);
        block.Behind.Fill(BandByte);
    }

    private static string? FaultOf(Block block)
    {
        var what = $"allocation {block.Number} of {block.ByteCount} bytes";
        var behind = block.Behind.IndexOfAnyExcept(BandByte);
        if (behind >= 0)
            return $"{what} was written {behind + 1} to {block.Behind.LastIndexOfAnyExcept(BandByte) + 1} bytes beyond its end";
        var before = block.Before.IndexOfAnyExcept(BandByte);
        return before >= 0
            ? $"{what} was written {Band - block.Before.LastIndexOfAnyExcept(BandByte)} to {Band - before} bytes before its start" : null;
    }
}
