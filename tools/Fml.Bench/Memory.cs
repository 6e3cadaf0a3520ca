using System.Runtime.InteropServices;

namespace Fml.Bench;

/// <summary>Floats on a page boundary, filled with small numbers.</summary>
internal sealed unsafe class Memory : IDisposable
{
    public Memory(long count)
    {
        Data = (float*)NativeMemory.AlignedAlloc((nuint)count * sizeof(float), 4096);
        for (var i = 0L; i < count; i++) Data[i] = (i * 7919 % 8191) / 8191f - 0.5f;
    }

    public float* Data { get; }

    public nint Address => (nint)Data;

    public void Dispose() => NativeMemory.AlignedFree(Data);
}
