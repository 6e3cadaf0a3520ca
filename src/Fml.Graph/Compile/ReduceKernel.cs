using System.Numerics;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Sizes of a reduction. The iteration space is <c>[kept..., reduced...]</c> when rows run along reduced elements, and <c>[kept...,
/// reduced..., last kept]</c> when they run along kept ones.
/// </summary>
internal unsafe struct ReduceSizes
{
    /// <summary>The iteration space of the expression that is reduced.</summary>
    public MapSizes Map;

    /// <summary>Number of outputs that are not the row itself.</summary>
    public int Outer;

    /// <summary>Rows that are reduced into one output (or one row of outputs).</summary>
    public int Reduced;

    /// <summary>Length of a row.</summary>
    public int Inner;

    /// <summary>1 when rows run along reduced elements, 0 when along kept ones.</summary>
    public int AlongReduced;

    /// <summary>Parts into which the reduced rows are split; each leaves a partial result, and these are combined in order.</summary>
    public int Segments;

    /// <summary>The number of parts on CUDA devices, which have more threads.</summary>
    public int CudaSegments;

    /// <summary>Threads of a CUDA block that share an output.</summary>
    public int Lanes;

    /// <summary>Threads of a CUDA block that share an output when partial results are combined.</summary>
    public int CombineLanes;
}

/// <summary>How elements are combined.</summary>
internal interface IReduction<T> where T : unmanaged
{
    /// <summary>What changes nothing.</summary>
    static abstract T Identity { get; }

    /// <summary>Combines two numbers.</summary>
    static abstract T Combine(T a, T b);

    /// <summary>Combines two vectors.</summary>
    static abstract Vector<T> Combine(Vector<T> a, Vector<T> b);
}

internal readonly struct SumReduction<T> : IReduction<T> where T : unmanaged, INumber<T>
{
    public static T Identity => T.Zero;

    public static T Combine(T a, T b) => a + b;

    public static Vector<T> Combine(Vector<T> a, Vector<T> b) => a + b;
}

internal readonly struct MaxReduction<T> : IReduction<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Identity => T.NegativeInfinity;

    public static T Combine(T a, T b) => T.Max(a, b);

    public static Vector<T> Combine(Vector<T> a, Vector<T> b) => Vector.Max(a, b);
}

/// <summary>
/// Reduces an expression without writing its values to memory. Pieces and their order depend on the sizes alone, so results do not depend
/// on the number of threads.
/// </summary>
internal sealed unsafe class ReduceKernel<T, TReduction>(RowKernel compiled, int[] inputSizes)
    where T : unmanaged, IFloatingPointIeee754<T>
    where TReduction : IReduction<T>
{
    /// <summary>Elements of a row that are evaluated at a time.</summary>
    public const int Piece = 1024;

    private readonly int row = RowTable.Add(compiled);

    /// <summary>Operands: the inputs, partial results [Segments, outputs], the outputs.</summary>
    public void Run(in ReduceSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
    {
        fixed (ReduceSizes* pinned = &sizes)
        fixed (nint* addresses = operands)
        fixed (int* ins = inputSizes)
        {
            var blocks = sizes.AlongReduced != 0 ? 1 : (sizes.Inner + Piece - 1) / Piece;
            workers.For(
                checked(sizes.Outer * sizes.Segments * blocks), new Work(pinned, addresses, ins, inputSizes.Length, row, blocks));
            var outputs = (long)sizes.Outer * (sizes.AlongReduced != 0 ? 1 : sizes.Inner);
            T* partial = (T*)operands[inputSizes.Length], result = (T*)operands[inputSizes.Length + 1];
            for (var o = 0L; o < outputs; o++)
            {
                var sum = partial[o];
                for (var s = 1; s < sizes.Segments; s++) sum = TReduction.Combine(sum, partial[s * outputs + o]);
                result[o] = sum;
            }
        }
    }

    private readonly struct Work(ReduceSizes* sizes, nint* operands, int* inputSizes, int inputs, int row, int blocks) : IWork
    {
        public void Run(int piece)
        {
            var block = piece % blocks;
            var segment = piece / blocks % sizes->Segments;
            var outer = piece / blocks / sizes->Segments;
            var steps = sizes->AlongReduced != 0 ? (long)sizes->Reduced * PiecesPerRow : sizes->Reduced;
            var (first, end) = (steps * segment / sizes->Segments, steps * (segment + 1) / sizes->Segments);
            var partial = (T*)operands[inputs];
            if (sizes->AlongReduced != 0)
                partial[(long)segment * sizes->Outer + outer] = Scalar(outer, first, end);
            else
                Vector(outer, (int)first, (int)end, block * Piece, partial + ((long)segment * sizes->Outer + outer) * sizes->Inner);
        }

        private int PiecesPerRow => (sizes->Inner + Piece - 1) / Piece;

        // One output: every element of some pieces of rows is combined; a sum's pieces are added in double precision.
        private T Scalar(int outer, long first, long end)
        {
            var kernel = RowTable.At(row);
            var values = stackalloc T[Piece];
            var from = stackalloc void*[MapSizes.MaximumInputs];
            var to = stackalloc void*[1];
            to[0] = values;
            var (total, best) = (0.0, TReduction.Identity);
            for (var step = first; step < end; step++)
            {
                var (r, start) = (step / PiecesPerRow, (int)(step % PiecesPerRow) * Piece);
                var count = Math.Min(Piece, sizes->Inner - start);
                MapRows.Locate(&sizes->Map, operands, inputSizes, inputs, (long)outer * sizes->Reduced + r, start, from);
                kernel(from, to, count);
                var value = CombineAll(values, count);
                if (typeof(TReduction) == typeof(SumReduction<T>)) total += double.CreateTruncating(value);
                else best = TReduction.Combine(best, value);
            }
            return typeof(TReduction) == typeof(SumReduction<T>) ? T.CreateTruncating(total) : best;
        }

        private static T CombineAll(T* values, int count)
        {
            var (lanes, i) = (System.Numerics.Vector<T>.Count, 0);
            var (a, b) = (new Vector<T>(TReduction.Identity), new Vector<T>(TReduction.Identity));
            for (; i + 2 * lanes <= count; i += 2 * lanes)
            {
                a = TReduction.Combine(a, *(Vector<T>*)(values + i));
                b = TReduction.Combine(b, *(Vector<T>*)(values + i + lanes));
            }
            a = TReduction.Combine(a, b);
            var result = TReduction.Identity;
            for (var lane = 0; lane < lanes; lane++) result = TReduction.Combine(result, a[lane]);
            for (; i < count; i++) result = TReduction.Combine(result, values[i]);
            return result;
        }

        // A row of outputs: rows are combined element by element. Blocks of rows are combined first, so that long sums lose little.
        private void Vector(int outer, int first, int end, int start, T* result)
        {
            const int rowsPerBlock = 64;
            var kernel = RowTable.At(row);
            var count = Math.Min(Piece, sizes->Inner - start);
            T* values = stackalloc T[Piece], block = stackalloc T[Piece];
            var from = stackalloc void*[MapSizes.MaximumInputs];
            var to = stackalloc void*[1];
            new Span<T>(result + start, count).Fill(TReduction.Identity);
            for (var r = first; r < end; r += rowsPerBlock)
            {
                for (var k = r; k < Math.Min(end, r + rowsPerBlock); k++)
                {
                    to[0] = k == r ? block : values;
                    MapRows.Locate(&sizes->Map, operands, inputSizes, inputs, (long)outer * sizes->Reduced + k, start, from);
                    kernel(from, to, count);
                    if (k > r) CombineInto(block, values, count);
                }
                CombineInto(result + start, block, count);
            }
        }

        private static void CombineInto(T* target, T* values, int count)
        {
            var i = 0;
            for (; i + System.Numerics.Vector<T>.Count <= count; i += System.Numerics.Vector<T>.Count)
                *(Vector<T>*)(target + i) = TReduction.Combine(*(Vector<T>*)(target + i), *(Vector<T>*)(values + i));
            for (; i < count; i++) target[i] = TReduction.Combine(target[i], values[i]);
        }
    }
}
