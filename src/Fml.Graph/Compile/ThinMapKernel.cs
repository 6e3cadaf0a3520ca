using System.Numerics;
using Fml.Native;

namespace Fml.Graph;

/// <summary>Sizes of a map over a matrix one of whose arguments is a product of thin matrices.</summary>
internal unsafe struct ThinMapSizes
{
    /// <summary>The map; its last argument is the product.</summary>
    public MapSizes Map;

    /// <summary>Rows and columns of the matrix.</summary>
    public int Rows, Columns;

    /// <summary>Number of summed terms.</summary>
    public int Inner;

    /// <summary>Strides of A[k, i] in elements.</summary>
    public long StrideAInner, StrideARow;
}

/// <summary>
/// A map over a matrix where one argument is <c>g[i, j] = sum_k A[k, i] B[k, j]</c>. The product is formed a piece of a row at a time, in
/// the cache, so that a parameter's gradient is never written to memory: the optimiser update of a large matrix costs one pass over the
/// parameter and its state.
/// </summary>
internal sealed unsafe class ThinMapKernel<T>(RowKernel compiled, int[] inputSizes, int[] outputSizes)
    where T : unmanaged, INumber<T>
{
    private const int Piece = 2048;
    private readonly int row = RowTable.Add(compiled);

    /// <summary>Operands: the inputs but the product, then A, B, then the outputs.</summary>
    public void Run(in ThinMapSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
    {
        fixed (ThinMapSizes* pinned = &sizes)
        fixed (nint* addresses = operands)
        fixed (int* ins = inputSizes)
        fixed (int* outs = outputSizes)
        {
            var piecesPerRow = (sizes.Columns + Piece - 1) / Piece;
            var rowsPerPiece = Math.Max(1, Piece / Math.Max(1, sizes.Columns));
            var work = new Work(pinned, addresses, ins, outs, inputSizes.Length, outputSizes.Length, row, piecesPerRow, rowsPerPiece);
            workers.For(checked((int)((sizes.Rows + rowsPerPiece - 1L) / rowsPerPiece * piecesPerRow)), work);
        }
    }

    private readonly struct Work(
        ThinMapSizes* sizes, nint* operands, int* inputSizes, int* outputSizes, int inputs, int outputs, int row, int piecesPerRow, int rowsPerPiece)
        : IWork
    {
        public void Run(int piece)
        {
            var kernel = RowTable.At(row);
            var product = stackalloc T[Piece];
            var from = stackalloc void*[MapSizes.MaximumInputs];
            var to = stackalloc void*[8];
            var (block, part) = (piece / piecesPerRow, piece % piecesPerRow);
            var first = part * Piece;
            var count = Math.Min(Piece, sizes->Columns - first);
            var end = Math.Min(sizes->Rows, (block + 1) * rowsPerPiece);
            for (var r = block * rowsPerPiece; r < end; r++)
            {
                Multiply(r, first, count, product);
                MapRows.Locate(&sizes->Map, operands, inputSizes, inputs, r, first, from);
                from[inputs] = product;
                for (var o = 0; o < outputs; o++)
                    to[o] = (byte*)operands[inputs + 2 + o] + ((long)r * sizes->Columns + first) * outputSizes[o];
                kernel(from, to, count);
            }
        }

        private void Multiply(int r, int first, int count, T* product)
        {
            var a = (T*)operands[inputs] + r * sizes->StrideARow;
            var b = (T*)operands[inputs + 1] + first;
            var j = 0;
            for (; j + 4 * Vector<T>.Count <= count; j += 4 * Vector<T>.Count)
            {
                Vector<T> s0 = default, s1 = default, s2 = default, s3 = default;
                for (var k = 0; k < sizes->Inner; k++)
                {
                    var factor = new Vector<T>(a[k * sizes->StrideAInner]);
                    var terms = (Vector<T>*)(b + (long)k * sizes->Columns + j);
                    s0 += factor * terms[0];
                    s1 += factor * terms[1];
                    s2 += factor * terms[2];
                    s3 += factor * terms[3];
                }
                var target = (Vector<T>*)(product + j);
                (target[0], target[1], target[2], target[3]) = (s0, s1, s2, s3);
            }
            for (; j < count; j++)
            {
                var sum = T.Zero;
                for (var k = 0; k < sizes->Inner; k++) sum += a[k * sizes->StrideAInner] * b[(long)k * sizes->Columns + j];
                product[j] = sum;
            }
        }
    }
}
