using System.Runtime.CompilerServices;

namespace Fml.Native;

/// <summary>
/// The innermost product: a block of C, as many rows as fit into registers and two vectors wide, from packed panels of A
/// (<c>[depth][rows]</c>) and B (<c>[depth][2 vectors]</c>). The blocks themselves are generated, one for each number of rows.
/// </summary>
internal static unsafe partial class MicroKernel<TSimd, TVector, T>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : unmanaged
    where T : unmanaged
{
    private const int PrefetchDistance = 8; // steps of the inner dimension

    /// <summary>Rows of the tallest block: what the registers of the vector width can hold (32 of 512 bits, else 16).</summary>
    public static int MaximumRows => sizeof(TVector) == 64 ? 14 : 6;

    /// <summary>Columns of a block.</summary>
    public static int Columns => 2 * TSimd.Count;

    /// <summary><c>C[rows, Columns] = A B</c>, or added to C, whose rows are <paramref name="stride"/> elements apart.</summary>
    public static void Run(int rows, int depth, T* a, T* b, T* c, nint stride, bool accumulate)
    {
        switch (rows)
        {
            case 1: Block1(depth, a, b, c, stride, accumulate); break;
            case 2: Block2(depth, a, b, c, stride, accumulate); break;
            case 3: Block3(depth, a, b, c, stride, accumulate); break;
            case 4: Block4(depth, a, b, c, stride, accumulate); break;
            case 5: Block5(depth, a, b, c, stride, accumulate); break;
            case 6: Block6(depth, a, b, c, stride, accumulate); break;
            case 7: Block7(depth, a, b, c, stride, accumulate); break;
            case 8: Block8(depth, a, b, c, stride, accumulate); break;
            case 9: Block9(depth, a, b, c, stride, accumulate); break;
            case 10: Block10(depth, a, b, c, stride, accumulate); break;
            case 11: Block11(depth, a, b, c, stride, accumulate); break;
            case 12: Block12(depth, a, b, c, stride, accumulate); break;
            case 13: Block13(depth, a, b, c, stride, accumulate); break;
            case 14: Block14(depth, a, b, c, stride, accumulate); break;
            default: throw new ArgumentOutOfRangeException(nameof(rows), rows, "no block has so many rows");
        }
    }

    // C is wanted at the end only: fetched while the product runs.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Touch(T* c, nint stride, int rows)
    {
        for (var i = 0; i < rows; i++, c += stride)
        {
            Prefetch.Near(c);
            Prefetch.Near(c + Columns - 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ahead(T* b)
    {
        Prefetch.Near(b + PrefetchDistance * Columns);
        if (sizeof(TVector) == 64) Prefetch.Near(b + PrefetchDistance * Columns + TSimd.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(TVector x, TVector y, T* c, bool accumulate)
    {
        if (accumulate)
        {
            x = TSimd.Add(x, TSimd.Load(c));
            y = TSimd.Add(y, TSimd.Load(c + TSimd.Count));
        }
        TSimd.Store(x, c);
        TSimd.Store(y, c + TSimd.Count);
    }
}
