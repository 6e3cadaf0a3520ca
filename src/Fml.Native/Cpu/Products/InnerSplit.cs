using System.Numerics;

namespace Fml.Native;

/// <summary>Computes <c>C</c> over a part of the inner dimension, on its own thread.</summary>
internal unsafe interface ISliceWork<T> where T : unmanaged
{
    void Run(int start, int inner, T* c);
}

/// <summary>
/// Products with a small result and a long inner dimension: slices of it are summed apart, then together in a fixed order. The shape
/// alone decides how.
/// </summary>
internal static unsafe class InnerSplit
{
    private const int SmallestInner = 4096, SliceInner = 2048, MostSlices = 16, LargestResult = 1 << 15, Longer = 8;

    /// <summary>Slices to make; 1 where splitting does not pay.</summary>
    public static int Slices(int rows, int columns, int inner) =>
        inner >= SmallestInner && inner / Longer >= Math.Max(rows, columns) && (long)rows * columns <= LargestResult
            ? Math.Clamp(inner / SliceInner, 2, MostSlices)
            : 1;

    public static void Run<T, TSlice>(
        int rows, int columns, int inner, int slices, TSlice slice, T* c, bool accumulate, Workers workers)
        where T : unmanaged, INumberBase<T>
        where TSlice : unmanaged, ISliceWork<T>
    {
        var size = rows * columns;
        var partial = Scratch.Get<T>(ScratchUse.PartialSums, (long)slices * size);
        workers.For(slices, new Work<T, TSlice>(slice, inner, slices, partial, size));
        for (var i = 0; i < size; i++)
        {
            var sum = accumulate ? c[i] : T.Zero;
            for (var k = 0; k < slices; k++) sum += partial[(long)k * size + i];
            c[i] = sum;
        }
    }

    private readonly struct Work<T, TSlice>(TSlice slice, int inner, int slices, T* partial, int size) : IWork
        where T : unmanaged
        where TSlice : unmanaged, ISliceWork<T>
    {
        public void Run(int index)
        {
            int start = (int)((long)inner * index / slices), end = (int)((long)inner * (index + 1) / slices);
            slice.Run(start, end - start, partial + (long)index * size);
        }
    }
}

/// <summary>A product of operands that pack themselves, split along the inner dimension where that pays.</summary>
internal static unsafe class OperandProduct<TSimd, TVector, T, TLeft, TRight>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : unmanaged
    where T : unmanaged, INumberBase<T>
    where TLeft : unmanaged, ILeftOperand<T>
    where TRight : unmanaged, IRightOperand<T>
{
    public static void Run(int rows, int columns, int inner, in TLeft left, in TRight right, T* c, bool accumulate, Workers workers)
    {
        if (InnerSplit.Slices(rows, columns, inner) is > 1 and var slices)
            InnerSplit.Run<T, Slice>(rows, columns, inner, slices, new Slice(rows, columns, left, right), c, accumulate, workers);
        else
            PackedProduct<TSimd, TVector, T, TLeft, TRight>.Run(rows, columns, 0, inner, left, right, c, accumulate, workers);
    }

    private readonly struct Slice(int rows, int columns, TLeft left, TRight right) : ISliceWork<T>
    {
        public void Run(int start, int inner, T* c) => PackedProduct<TSimd, TVector, T, TLeft, TRight>.Run(
            rows, columns, start, inner, left, right, c, accumulate: false, Workers.Alone);
    }
}
