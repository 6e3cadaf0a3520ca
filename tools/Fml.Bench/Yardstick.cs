using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Fml.Native;

namespace Fml.Bench;

/// <summary>
/// What the machine can do at most: multiply-adds in registers on all threads, and a copy of memory too large for the caches.
/// </summary>
internal sealed unsafe class Yardstick : IDisposable
{
    private const long CopiedBytes = 128 << 20;
    private const int CopyPieces = 32, Rounds = 200_000, Chains = 12;
    private readonly Workers workers;
    private readonly byte* source = (byte*)NativeMemory.AlignedAlloc(2 * (nuint)CopiedBytes, 4096);

    public Yardstick(Workers workers)
    {
        this.workers = workers;
        NativeMemory.Fill(source, 2 * (nuint)CopiedBytes, 1);
    }

    /// <summary>Multiplications and additions of one <see cref="Arithmetic"/>.</summary>
    public double Operations => 2.0 * Rounds * Chains * Vector512<float>.Count * workers.Count;

    /// <summary>Bytes read and written by one <see cref="CopyMemory"/>.</summary>
    public static double Bytes => 2.0 * CopiedBytes;

    /// <summary>GFLOP/s of <see cref="Arithmetic"/>.</summary>
    public double Peak() => Operations / Timing.Of(Arithmetic, () => { }, 0.3).Best / 1e9;

    /// <summary>GB/s of <see cref="CopyMemory"/>.</summary>
    public double Copy() => Bytes / Timing.Of(CopyMemory, () => { }, 0.5).Best / 1e9;

    public void Arithmetic() => workers.For(workers.Count, default(MultiplyAdds));

    public void CopyMemory() => workers.For(CopyPieces, new Copying(source));

    public void Dispose() => NativeMemory.AlignedFree(source);

    private readonly struct Copying(byte* source) : IWork
    {
        public void Run(int index)
        {
            var size = CopiedBytes / CopyPieces;
            Buffer.MemoryCopy(source + index * size, source + CopiedBytes + index * size, size, size);
        }
    }

    private struct MultiplyAdds : IWork
    {
        public readonly void Run(int index) => Chain();

        // Enough independent chains to hide the latency of a multiply-add.
        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        private static float Chain()
        {
            Vector512<float> m = Vector512.Create(0.999f), a = Vector512.Create(0.001f);
            Vector512<float> c0 = a, c1 = a, c2 = a, c3 = a, c4 = a, c5 = a, c6 = a, c7 = a, c8 = a, c9 = a, c10 = a, c11 = a;
            for (var i = 0; i < Rounds; i++)
            {
                c0 = Vector512.FusedMultiplyAdd(m, c0, a);
                c1 = Vector512.FusedMultiplyAdd(m, c1, a);
                c2 = Vector512.FusedMultiplyAdd(m, c2, a);
                c3 = Vector512.FusedMultiplyAdd(m, c3, a);
                c4 = Vector512.FusedMultiplyAdd(m, c4, a);
                c5 = Vector512.FusedMultiplyAdd(m, c5, a);
                c6 = Vector512.FusedMultiplyAdd(m, c6, a);
                c7 = Vector512.FusedMultiplyAdd(m, c7, a);
                c8 = Vector512.FusedMultiplyAdd(m, c8, a);
                c9 = Vector512.FusedMultiplyAdd(m, c9, a);
                c10 = Vector512.FusedMultiplyAdd(m, c10, a);
                c11 = Vector512.FusedMultiplyAdd(m, c11, a);
            }
            return Vector512.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11);
        }
    }
}
