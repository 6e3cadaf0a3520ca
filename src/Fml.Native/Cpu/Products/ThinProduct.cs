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

    /// <summary>Few rows times the transpose of a row-major matrix: dot products, in blocks of 4 x 4.</summary>
    public static void Dot(int rows, int columns, int inner, T* a, nint strideA, T* b, nint strideB, T* c, bool accumulate, Workers workers)
    {
        var columnsOfPiece = Math.Max(4, PieceElements / inner / 4 * 4);
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
            for (var j = index * columnsOfPiece; j < end; j += 4)
                for (var i = 0; i < rows; i += 4) Block(i, j, Math.Min(4, rows - i), Math.Min(4, end - j));
        }

        // A block of 4 x 4 dot products, or less: lines beyond the last repeat it and are not stored.
        private void Block(int row, int column, int height, int width)
        {
            nint lastA = (height - 1) * strideA, lastB = (width - 1) * strideB;
            T* a0 = a + row * strideA, a1 = a0 + Math.Min(strideA, lastA), a2 = a0 + Math.Min(2 * strideA, lastA), a3 = a0 + lastA;
            T* b0 = b + column * strideB, b1 = b0 + Math.Min(strideB, lastB), b2 = b0 + Math.Min(2 * strideB, lastB), b3 = b0 + lastB;
            var sums = stackalloc T[16];
            var k = Sum(a0, a1, a2, a3, b0, b1, b2, b3, sums);
            for (; k < inner; k++)
            {
                Add(a0[k], b0[k], b1[k], b2[k], b3[k], sums);
                Add(a1[k], b0[k], b1[k], b2[k], b3[k], sums + 4);
                Add(a2[k], b0[k], b1[k], b2[k], b3[k], sums + 8);
                Add(a3[k], b0[k], b1[k], b2[k], b3[k], sums + 12);
            }
            for (var i = 0; i < height; i++)
            {
                var target = c + (long)(row + i) * columns + column;
                for (var j = 0; j < width; j++) target[j] = accumulate ? target[j] + sums[4 * i + j] : sums[4 * i + j];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Add(T x, T y0, T y1, T y2, T y3, T* sums)
        {
            sums[0] += x * y0;
            sums[1] += x * y1;
            sums[2] += x * y2;
            sums[3] += x * y3;
        }

        // Whole vectors of the inner dimension; returns how much of it is done.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private int Sum(T* a0, T* a1, T* a2, T* a3, T* b0, T* b1, T* b2, T* b3, T* sums)
        {
            TVector s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default, s12 = default, s13 = default;
            TVector s20 = default, s21 = default, s22 = default, s23 = default, s30 = default, s31 = default, s32 = default, s33 = default;
            var k = 0;
            for (; k + TSimd.Count <= inner; k += TSimd.Count)
            {
                TVector y0 = TSimd.Load(b0 + k), y1 = TSimd.Load(b1 + k), y2 = TSimd.Load(b2 + k), y3 = TSimd.Load(b3 + k), x;
                x = TSimd.Load(a0 + k);
                s00 = TSimd.MultiplyAdd(x, y0, s00);
                s01 = TSimd.MultiplyAdd(x, y1, s01);
                s02 = TSimd.MultiplyAdd(x, y2, s02);
                s03 = TSimd.MultiplyAdd(x, y3, s03);
                x = TSimd.Load(a1 + k);
                s10 = TSimd.MultiplyAdd(x, y0, s10);
                s11 = TSimd.MultiplyAdd(x, y1, s11);
                s12 = TSimd.MultiplyAdd(x, y2, s12);
                s13 = TSimd.MultiplyAdd(x, y3, s13);
                x = TSimd.Load(a2 + k);
                s20 = TSimd.MultiplyAdd(x, y0, s20);
                s21 = TSimd.MultiplyAdd(x, y1, s21);
                s22 = TSimd.MultiplyAdd(x, y2, s22);
                s23 = TSimd.MultiplyAdd(x, y3, s23);
                x = TSimd.Load(a3 + k);
                s30 = TSimd.MultiplyAdd(x, y0, s30);
                s31 = TSimd.MultiplyAdd(x, y1, s31);
                s32 = TSimd.MultiplyAdd(x, y2, s32);
                s33 = TSimd.MultiplyAdd(x, y3, s33);
            }
            (sums[0], sums[1], sums[2], sums[3]) = (TSimd.Sum(s00), TSimd.Sum(s01), TSimd.Sum(s02), TSimd.Sum(s03));
            (sums[4], sums[5], sums[6], sums[7]) = (TSimd.Sum(s10), TSimd.Sum(s11), TSimd.Sum(s12), TSimd.Sum(s13));
            (sums[8], sums[9], sums[10], sums[11]) = (TSimd.Sum(s20), TSimd.Sum(s21), TSimd.Sum(s22), TSimd.Sum(s23));
            (sums[12], sums[13], sums[14], sums[15]) = (TSimd.Sum(s30), TSimd.Sum(s31), TSimd.Sum(s32), TSimd.Sum(s33));
            return k;
        }
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
            // Rows beyond the last repeat it: computed alike, stored to the same place.
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
