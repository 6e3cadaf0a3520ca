using System.Numerics;
using System.Runtime.Intrinsics;

namespace Fml.Native;

/// <summary>Products of row-major matrices on the CPU: chooses the kernel by the shape and nothing else.</summary>
internal static unsafe class Gemm
{
    /// <summary>Batch of <c>C = op(A) op(B)</c> (or <c>C += ...</c>); C of the batch are dense and follow one another.</summary>
    public static void Multiply<T>(in MatrixShape shape, T* a, T* b, T* c, Workers workers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated) Gemm<Simd512<T>, Vector512<T>, T>.Multiply(shape, a, b, c, workers);
        else if (Vector256.IsHardwareAccelerated) Gemm<Simd256<T>, Vector256<T>, T>.Multiply(shape, a, b, c, workers);
        else Gemm<Simd128<T>, Vector128<T>, T>.Multiply(shape, a, b, c, workers);
    }

    /// <summary><c>C = left right</c> (or added) of operands that are packed as they come, such as the windows of a convolution.</summary>
    public static void Multiply<T, TLeft, TRight>(
        int rows, int columns, int inner, in TLeft left, in TRight right, T* c, bool accumulate, Workers workers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLeft : unmanaged, ILeftOperand<T>
        where TRight : unmanaged, IRightOperand<T>
    {
        if (Vector512.IsHardwareAccelerated)
            OperandProduct<Simd512<T>, Vector512<T>, T, TLeft, TRight>.Run(rows, columns, inner, left, right, c, accumulate, workers);
        else if (Vector256.IsHardwareAccelerated)
            OperandProduct<Simd256<T>, Vector256<T>, T, TLeft, TRight>.Run(rows, columns, inner, left, right, c, accumulate, workers);
        else
            OperandProduct<Simd128<T>, Vector128<T>, T, TLeft, TRight>.Run(rows, columns, inner, left, right, c, accumulate, workers);
    }
}

/// <summary>The same for one vector width, which tests choose to try them all.</summary>
internal static unsafe class Gemm<TSimd, TVector, T>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ThinRows = 8, ThinInner = 32;
    private const long LargeProduct = 1 << 24; // multiplications that keep all threads busy by themselves
    private const long PieceWork = 1 << 18; // multiplications worth a piece of work

    public static void Multiply(in MatrixShape shape, T* a, T* b, T* c, Workers workers)
    {
        if (shape.Rows == 0 || shape.Columns == 0 || shape.Batch == 0) return;
        if (shape.Inner == 0)
        {
            if (!shape.Accumulate)
                for (var i = 0L; i < (long)shape.Batch * shape.Rows * shape.Columns; i++) c[i] = T.Zero;
            return;
        }
        var rowsFollow = shape.StrideB == 0 && !shape.TransposeA && shape.StrideA == (long)shape.Rows * shape.Inner;
        if (shape.Batch > 1 && rowsFollow)
        {
            Multiply(shape with { Rows = checked(shape.Rows * shape.Batch), Batch = 1 }, a, b, c, workers);
            return;
        }
        var work = (long)shape.Rows * shape.Columns * shape.Inner;
        var productsOfPiece = (int)Math.Clamp(PieceWork / work, 1, shape.Batch);
        if (shape.Batch > 1 && work < LargeProduct)
            workers.For((shape.Batch + productsOfPiece - 1) / productsOfPiece, new BatchWork(shape, a, b, c, productsOfPiece));
        else
            for (var i = 0; i < shape.Batch; i++) One(shape, i, a, b, c, workers);
    }

    private static void One(in MatrixShape shape, int index, T* a, T* b, T* c, Workers workers)
    {
        var left = shape.TransposeA ? new Matrix<T>(a, 1, shape.Rows) : new Matrix<T>(a, shape.Inner, 1);
        var right = shape.TransposeB ? new Matrix<T>(b, 1, shape.Inner) : new Matrix<T>(b, shape.Columns, 1);
        One(shape.Rows, shape.Columns, shape.Inner, left.Moved(index * shape.StrideA), right.Moved(index * shape.StrideB),
            c + (long)index * shape.Rows * shape.Columns, shape.Accumulate, workers);
    }

    /// <summary>One product, C dense.</summary>
    private static void One(int rows, int columns, int inner, Matrix<T> a, Matrix<T> b, T* c, bool accumulate, Workers workers)
    {
        if (InnerSplit.Slices(rows, columns, inner) is > 1 and var slices)
            InnerSplit.Run<T, SliceWork>(rows, columns, inner, slices, new SliceWork(rows, columns, a, b), c, accumulate, workers);
        else
            Unsplit(rows, columns, inner, a, b, c, accumulate, workers);
    }

    private static void Unsplit(int rows, int columns, int inner, Matrix<T> a, Matrix<T> b, T* c, bool accumulate, Workers workers)
    {
        if (columns == 1 && rows > 1) (rows, columns, a, b) = (1, rows, b.Transposed, a.Transposed); // Cᵀ lies in memory as C does
        if (inner <= ThinInner && b.IsRowMajor)
            ThinProduct<TSimd, TVector, T>.Outer(rows, columns, inner, a, b.Data, b.RowStride, c, accumulate, workers);
        else if (rows <= ThinRows && b.IsRowMajor)
            ThinProduct<TSimd, TVector, T>.Stream(rows, columns, inner, a, b.Data, b.RowStride, c, accumulate, workers);
        else if (rows <= ThinRows && a.IsRowMajor)
            ThinProduct<TSimd, TVector, T>.Dot(rows, columns, inner, a.Data, a.RowStride, b.Data, b.ColumnStride, c, accumulate, workers);
        else
            PackedProduct<TSimd, TVector, T, Matrix<T>, Matrix<T>>.Run(rows, columns, 0, inner, a, b, c, accumulate, workers);
    }

    /// <summary>Some products of a batch.</summary>
    private readonly struct BatchWork(MatrixShape shape, T* a, T* b, T* c, int productsOfPiece) : IWork
    {
        public void Run(int index)
        {
            var end = Math.Min(shape.Batch, (index + 1) * productsOfPiece);
            for (var i = index * productsOfPiece; i < end; i++) One(shape, i, a, b, c, Workers.Alone);
        }
    }

    private readonly struct SliceWork(int rows, int columns, Matrix<T> a, Matrix<T> b) : ISliceWork<T>
    {
        public void Run(int start, int inner, T* c) =>
            Unsplit(rows, columns, inner, a.From(0, start), b.From(start, 0), c, accumulate: false, Workers.Alone);
    }
}
