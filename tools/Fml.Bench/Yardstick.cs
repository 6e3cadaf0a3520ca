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
    private static readonly int Lanes = Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;
    private readonly Workers workers;
    private readonly byte* source = (byte*)NativeMemory.AlignedAlloc(2 * (nuint)CopiedBytes, 4096);

    public Yardstick(Workers workers)
    {
        this.workers = workers;
        NativeMemory.Fill(source, 2 * (nuint)CopiedBytes, 1);
    }

    /// <summary>Multiplications and additions of one <see cref="Arithmetic"/>.</summary>
    public double Operations => 2.0 * Rounds * Chains * Lanes * workers.Count;

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
        public readonly void Run(int index) => _ = Lanes switch
        {
            16 => Chain<Simd512<float>, Vector512<float>>(),
            8 => Chain<Simd256<float>, Vector256<float>>(),
            _ => Chain<Simd128<float>, Vector128<float>>(),
        };

        // Enough independent chains to hide the latency of a multiply-add.
        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        private static float Chain<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector, float>
            where TVector : unmanaged
        {
            TVector m = TSimd.Splat(0.999f), a = TSimd.Splat(0.001f);
            TVector c0 = a, c1 = a, c2 = a, c3 = a, c4 = a, c5 = a, c6 = a, c7 = a, c8 = a, c9 = a, c10 = a, c11 = a;
            for (var i = 0; i < Rounds; i++)
            {
                c0 = TSimd.MultiplyAdd(m, c0, a);
                c1 = TSimd.MultiplyAdd(m, c1, a);
                c2 = TSimd.MultiplyAdd(m, c2, a);
                c3 = TSimd.MultiplyAdd(m, c3, a);
                c4 = TSimd.MultiplyAdd(m, c4, a);
                c5 = TSimd.MultiplyAdd(m, c5, a);
                c6 = TSimd.MultiplyAdd(m, c6, a);
                c7 = TSimd.MultiplyAdd(m, c7, a);
                c8 = TSimd.MultiplyAdd(m, c8, a);
                c9 = TSimd.MultiplyAdd(m, c9, a);
                c10 = TSimd.MultiplyAdd(m, c10, a);
                c11 = TSimd.MultiplyAdd(m, c11, a);
            }
            return Sum(c0, c1, c2, c3) + Sum(c4, c5, c6, c7) + Sum(c8, c9, c10, c11);

            static float Sum(TVector x, TVector y, TVector z, TVector w) => TSimd.Sum(TSimd.Add(TSimd.Add(x, y), TSimd.Add(z, w)));
        }
    }
}
