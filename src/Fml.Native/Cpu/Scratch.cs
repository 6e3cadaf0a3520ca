using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Fml.Native;

/// <summary>What a thread's scratch memory is used for; uses that are alive at the same time have names of their own.</summary>
internal enum ScratchUse
{
    /// <summary>The operand of a product that all its pieces share, packed.</summary>
    SharedPanels,

    /// <summary>The operand that one piece of a product packs for itself.</summary>
    OwnPanels,

    /// <summary>Partial sums of a product that is split along its inner dimension.</summary>
    PartialSums,

    /// <summary>The frame of zeros around a convolution's images.</summary>
    PaddedImages,

    /// <summary>A product whose rows are scattered afterwards.</summary>
    ProductRows,
}

/// <summary>
/// Memory that kernels reuse from call to call, one block for each thread and use, grown when needed and never given back while the
/// thread lives. Its contents are undefined. It belongs to the garbage collector (pinned), so that it goes with the thread.
/// </summary>
internal static unsafe class Scratch
{
    private const int Alignment = 2 << 20; // a huge page
    private const int Slack = 256; // bytes that a vector may read or write past the end

    [ThreadStatic] private static byte[][]? blocks;

    /// <summary>
    /// At least <paramref name="count"/> elements, aligned to a vector, for this thread until it asks for the same use again.
    /// </summary>
    public static T* Get<T>(ScratchUse use, long count) where T : unmanaged
    {
        var byteCount = count * sizeof(T) + Slack;
        var mine = blocks ??= [.. Enumerable.Repeat(Array.Empty<byte>(), Enum.GetValues<ScratchUse>().Length)];
        if (mine[(int)use].LongLength < byteCount + 63) mine[(int)use] = Allocate(byteCount);
        var start = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(mine[(int)use]));
        return (T*)Align(start, mine[(int)use].LongLength >= byteCount + Alignment ? Alignment : 64);
    }

    private static byte[] Allocate(long byteCount)
    {
        var size = byteCount < Alignment ? byteCount + 63 : byteCount + byteCount / 8 + Alignment;
        if (size > Array.MaxLength)
            throw new OutOfMemoryException($"a kernel asked for {byteCount >> 20} MiB of scratch memory; choose a smaller batch or image");
        var block = GC.AllocateUninitializedArray<byte>((int)size, pinned: true);
        HugePages.Advise(Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(block)), size);
        return block;
    }

    private static nint Align(nint address, int alignment) => (address + alignment - 1) & -(nint)alignment;
}

/// <summary>Asks Linux to back large blocks by 2 MiB pages, which spares address translations; nothing elsewhere.</summary>
internal static unsafe partial class HugePages
{
    private const int Size = 2 << 20;
    private const int AdviseHugePages = 14;

    public static void Advise(void* address, long byteCount)
    {
        if (!OperatingSystem.IsLinux()) return;
        var start = ((nint)address + Size - 1) & -(nint)Size;
        var end = (nint)((long)address + byteCount) & -(nint)Size;
        if (end > start) _ = MemoryAdvise((void*)start, (nuint)(end - start), AdviseHugePages); // a hint: refusal costs speed only
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MemoryAdvise(void* address, nuint length, int advice);
}
