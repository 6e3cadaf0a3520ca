using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fml.Native;

/// <summary>Products in which one dimension is so small that packing would cost more than it saves: memory speed is the limit.</summary>
internal static unsafe class ThinProduct<TSimd, TVector, T>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : unmanaged
    where T : unmanaged, INumberBase<T>
{
    private const int PieceElements = 1 << 18; // of the streamed matrix
    private const int StreamColumns = 1024;
    private const int OuterRows = 32, OuterColumns = 4096;
    private const long StreamingStoreBytes = 16 << 20; // larger results would only push everything else out of the caches

    /// <summary>Few rows times the transpose of a row-major matrix: dot products; each row of Bᵀ is read once for four rows of A.</summary>
    public static void Dot(int rows, int columns, int inner, T* a, nint strideA, T* b, nint strideB, T* c, bool accumulate, Workers workers)
    {
        var columnsOfPiece = Math.Clamp(PieceElements / inner, 1, columns);
        var job = new DotWork(rows, columns, inner, a, strideA, b, strideB, c, accumulate, columnsOfPiece);
        workers.For((columns + columnsOfPiece - 1) / columnsOfPiece, job);
    }

    /// <summary>Few rows times a row-major matrix, whose rows are read once, in order.</summary>
    public static void Stream(int rows, int columns, int inner, Matrix<T> a, T* b, nint strideB, T* c, bool accumulate, Workers workers) =>
        workers.For((columns + StreamColumns - 1) / StreamColumns, new StreamWork(rows, columns, inner, a, b, strideB, c, accumulate));

    /// <summary>A small inner dimension: C is written once, in order, four rows at a time.</summary>
    public static void Outer(int rows, int columns, int inner, Matrix<T> a, T* b, nint strideB, T* c, bool accumulate, Workers workers)
    {
        var streaming = !accumulate && (long)rows * columns * sizeof(T) >= StreamingStoreBytes
            && (nint)c % sizeof(TVector) == 0 && columns % TSimd.Count == 0;
        var pieces = ((rows + OuterRows - 1) / OuterRows) * ((columns + OuterColumns - 1) / OuterColumns);
        workers.For(pieces, new OuterWork(rows, columns, inner, a, b, strideB, c, accumulate, streaming));
    }

    private readonly struct DotWork(
        int rows, int columns, int inner, T* a, nint strideA, T* b, nint strideB, T* c, bool accumulate, int columnsOfPiece) : IWork
    {
        public void Run(int index)
        {
            var end = Math.Min(columns, (index + 1) * columnsOfPiece);
            for (var j = index * columnsOfPiece; j < end; j++)
            {
                var i = 0;
                for (; i + 2 <= rows; i += 4)
                {
                    // Rows beyond the last repeat it: their results are computed alike and stored to the same place.
                    nint last = rows - 1 - i;
                    nint r1 = Math.Min(1, last), r2 = Math.Min(2, last), r3 = Math.Min(3, last);
                    var ai = a + i * strideA;
                    var ci = c + (long)i * columns + j;
                    Four(inner, ai, ai + r1 * strideA, ai + r2 * strideA, ai + r3 * strideA, b + j * strideB, ci, r1 * columns, r2 * columns, r3 * columns);
                }
                if (i < rows) Put(c + (long)i * columns + j, One(inner, a + i * strideA, b + j * strideB));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Four(int inner, T* a0, T* a1, T* a2, T* a3, T* b, T* c, nint c1, nint c2, nint c3)
        {
            TVector s0 = default, s1 = default, s2 = default, s3 = default;
            var k = 0;
            for (; k + TSimd.Count <= inner; k += TSimd.Count)
            {
                var x = TSimd.Load(b + k);
                Prefetch.Near(b + k + 16 * TSimd.Count);
                s0 = TSimd.MultiplyAdd(x, TSimd.Load(a0 + k), s0);
                s1 = TSimd.MultiplyAdd(x, TSimd.Load(a1 + k), s1);
                s2 = TSimd.MultiplyAdd(x, TSimd.Load(a2 + k), s2);
                s3 = TSimd.MultiplyAdd(x, TSimd.Load(a3 + k), s3);
            }
            T t0 = TSimd.Sum(s0), t1 = TSimd.Sum(s1), t2 = TSimd.Sum(s2), t3 = TSimd.Sum(s3);
            for (; k < inner; k++)
            {
                t0 += a0[k] * b[k];
                t1 += a1[k] * b[k];
                t2 += a2[k] * b[k];
                t3 += a3[k] * b[k];
            }
            if (accumulate) (t0, t1, t2, t3) = (t0 + c[0], t1 + c[c1], t2 + c[c2], t3 + c[c3]);
            (c[0], c[c1], c[c2], c[c3]) = (t0, t1, t2, t3);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static T One(int inner, T* a, T* b)
        {
            TVector s0 = default, s1 = default, s2 = default, s3 = default;
            var n = TSimd.Count;
            var k = 0;
            for (; k + 4 * n <= inner; k += 4 * n)
            {
                for (var i = 0; i < 4; i++) Prefetch.Near(b + k + (32 + i) * n);
                s0 = TSimd.MultiplyAdd(TSimd.Load(b + k), TSimd.Load(a + k), s0);
                s1 = TSimd.MultiplyAdd(TSimd.Load(b + k + n), TSimd.Load(a + k + n), s1);
                s2 = TSimd.MultiplyAdd(TSimd.Load(b + k + 2 * n), TSimd.Load(a + k + 2 * n), s2);
                s3 = TSimd.MultiplyAdd(TSimd.Load(b + k + 3 * n), TSimd.Load(a + k + 3 * n), s3);
            }
            var sum = TSimd.Sum(TSimd.Add(TSimd.Add(s0, s1), TSimd.Add(s2, s3)));
            for (; k < inner; k++) sum += a[k] * b[k];
            return sum;
        }

        private void Put(T* target, T value) => *target = accumulate ? *target + value : value;
    }

    private readonly struct StreamWork(int rows, int columns, int inner, Matrix<T> a, T* b, nint strideB, T* c, bool accumulate) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            var first = index * StreamColumns;
            var count = Math.Min(StreamColumns, columns - first);
            if (!accumulate)
                for (var i = 0; i < rows; i++) new Span<T>(c + (long)i * columns + first, count).Clear();
            var k = 0;
            for (; k + 4 <= inner; k += 4) Four(k, first, count);
            for (; k < inner; k++)
                for (var i = 0; i < rows; i++)
                {
                    var x = *a.At(i, k);
                    T* row = b + k * strideB + first, target = c + (long)i * columns + first;
                    for (var j = 0; j < count; j++) target[j] += x * row[j];
                }
        }

        // C[:, first..] += A[:, k..k+3] B[k..k+3, first..]: the four rows of B stay in registers while the rows of A go by.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Four(int k, int first, int count)
        {
            T* b0 = b + k * strideB + first, b1 = b0 + strideB, b2 = b1 + strideB, b3 = b2 + strideB;
            var step = a.ColumnStride;
            var j = 0;
            for (; j + TSimd.Count <= count; j += TSimd.Count)
            {
                TVector x0 = TSimd.Load(b0 + j), x1 = TSimd.Load(b1 + j), x2 = TSimd.Load(b2 + j), x3 = TSimd.Load(b3 + j);
                var weights = a.At(0, k);
                var target = c + first + j;
                for (var i = 0; i < rows; i++, weights += a.RowStride, target += columns)
                {
                    var sum = TSimd.MultiplyAdd(TSimd.Splat(weights[0]), x0, TSimd.Load(target));
                    sum = TSimd.MultiplyAdd(TSimd.Splat(weights[step]), x1, sum);
                    sum = TSimd.MultiplyAdd(TSimd.Splat(weights[2 * step]), x2, sum);
                    TSimd.Store(TSimd.MultiplyAdd(TSimd.Splat(weights[3 * step]), x3, sum), target);
                }
            }
            for (; j < count; j++)
                for (var i = 0; i < rows; i++)
                {
                    var weights = a.At(i, k);
                    c[(long)i * columns + first + j] +=
                        weights[0] * b0[j] + weights[step] * b1[j] + weights[2 * step] * b2[j] + weights[3 * step] * b3[j];
                }
        }
    }

    private readonly struct OuterWork(
        int rows, int columns, int inner, Matrix<T> a, T* b, nint strideB, T* c, bool accumulate, bool streaming) : IWork
    {
        public void Run(int index)
        {
            var blocks = (columns + OuterColumns - 1) / OuterColumns;
            var (firstRow, firstColumn) = (index / blocks * OuterRows, index % blocks * OuterColumns);
            var count = Math.Min(OuterColumns, columns - firstColumn);
            for (var i = firstRow; i < Math.Min(rows, firstRow + OuterRows); i += 4) FourRows(i, firstColumn, count);
            if (streaming) Prefetch.Fence();
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void FourRows(int row, int first, int count)
        {
            // Rows beyond the last repeat it, as in Dot.
            nint last = rows - 1 - row;
            nint r1 = Math.Min(1, last), r2 = Math.Min(2, last), r3 = Math.Min(3, last);
            T* a0 = a.At(row, 0), a1 = a0 + r1 * a.RowStride, a2 = a0 + r2 * a.RowStride, a3 = a0 + r3 * a.RowStride;
            T* c0 = c + (long)row * columns + first, c1 = c0 + r1 * columns, c2 = c0 + r2 * columns, c3 = c0 + r3 * columns;
            var n = TSimd.Count;
            var j = 0;
            for (; j + 2 * n <= count; j += 2 * n)
            {
                TVector x0 = default, x1 = default, x2 = default, x3 = default, y0 = default, y1 = default, y2 = default, y3 = default;
                var source = b + first + j;
                nint at = 0;
                for (var k = 0; k < inner; k++, source += strideB, at += a.ColumnStride)
                {
                    TVector u = TSimd.Load(source), v = TSimd.Load(source + n), s;
                    s = TSimd.Splat(a0[at]); x0 = TSimd.MultiplyAdd(s, u, x0); y0 = TSimd.MultiplyAdd(s, v, y0);
                    s = TSimd.Splat(a1[at]); x1 = TSimd.MultiplyAdd(s, u, x1); y1 = TSimd.MultiplyAdd(s, v, y1);
                    s = TSimd.Splat(a2[at]); x2 = TSimd.MultiplyAdd(s, u, x2); y2 = TSimd.MultiplyAdd(s, v, y2);
                    s = TSimd.Splat(a3[at]); x3 = TSimd.MultiplyAdd(s, u, x3); y3 = TSimd.MultiplyAdd(s, v, y3);
                }
                if (accumulate)
                {
                    (x0, y0) = (TSimd.Add(x0, TSimd.Load(c0 + j)), TSimd.Add(y0, TSimd.Load(c0 + j + n)));
                    (x1, y1) = (TSimd.Add(x1, TSimd.Load(c1 + j)), TSimd.Add(y1, TSimd.Load(c1 + j + n)));
                    (x2, y2) = (TSimd.Add(x2, TSimd.Load(c2 + j)), TSimd.Add(y2, TSimd.Load(c2 + j + n)));
                    (x3, y3) = (TSimd.Add(x3, TSimd.Load(c3 + j)), TSimd.Add(y3, TSimd.Load(c3 + j + n)));
                }
                Put(x0, y0, c0 + j);
                Put(x1, y1, c1 + j);
                Put(x2, y2, c2 + j);
                Put(x3, y3, c3 + j);
            }
            for (; j < count; j++)
                for (var i = row; i < Math.Min(rows, row + 4); i++)
                {
                    var sum = T.Zero;
                    for (var k = 0; k < inner; k++) sum += *a.At(i, k) * b[k * strideB + first + j];
                    var target = c + (long)i * columns + first + j;
                    *target = accumulate ? *target + sum : sum;
                }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Put(TVector x, TVector y, T* target)
        {
            if (streaming)
            {
                TSimd.StoreStreaming(x, target);
                TSimd.StoreStreaming(y, target + TSimd.Count);
            }
            else
            {
                TSimd.Store(x, target);
                TSimd.Store(y, target + TSimd.Count);
            }
        }
    }
}
