using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>Sizes of a map over a strided iteration space; strides and offsets count elements.</summary>
internal unsafe struct MapSizes
{
    public const int MaximumRank = 6, MaximumInputs = 28;

    /// <summary>Number of dimensions, at least 1; the last is the row that vectors run along.</summary>
    public int Rank;

    /// <summary>Sizes of the dimensions.</summary>
    public fixed int Dimensions[MaximumRank];

    /// <summary>[input * MaximumRank + axis] stride of an input.</summary>
    public fixed long Strides[MaximumInputs * MaximumRank];

    /// <summary>First element of each input.</summary>
    public fixed long Offsets[MaximumInputs];
}

/// <summary>Runs compiled scalar expressions over strided tensors, row by row, on all threads.</summary>
internal sealed unsafe class MapKernel
{
    private const int ElementsPerPiece = 1 << 13;
    private const int MaximumInputs = MapSizes.MaximumInputs;

    private readonly int row;
    private readonly int inputCount, outputCount;
    private readonly int[] inputSizes, outputSizes;

    /// <summary>Operands: the inputs, then the outputs (dense, of the iteration space's shape).</summary>
    public Kernel<MapSizes> Kernel { get; }

    public MapKernel(RowKernel compiled, CudaElements elements, string name)
    {
        var (inputs, outputs) = (elements.Inputs, elements.Outputs);
        row = RowTable.Add(compiled);
        (inputCount, outputCount) = (inputs.Length, outputs.Length);
        (inputSizes, outputSizes) = ([.. inputs.Select(t => t.Size())], [.. outputs.Select(t => t.Size())]);
        Kernel = new Kernel<MapSizes>(name, Run, MapCuda.Body(elements));
    }

    private void Run(in MapSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
    {
        var inner = sizes.Dimensions[sizes.Rank - 1];
        var rows = 1L;
        for (var axis = 0; axis < sizes.Rank - 1; axis++) rows *= sizes.Dimensions[axis];
        if (rows * inner == 0) return;
        fixed (MapSizes* pinned = &sizes)
        fixed (nint* addresses = operands)
        fixed (int* ins = inputSizes)
        fixed (int* outs = outputSizes)
        {
            var work = new Work(pinned, addresses, ins, outs, inputCount, outputCount, row, inner, rows);
            workers.For(work.Pieces, work);
        }
    }

    private readonly struct Work : IWork
    {
        private readonly MapSizes* sizes;
        private readonly nint* operands;
        private readonly int* inputSizes, outputSizes;
        private readonly int inputs, outputs, inner, piecesPerRow, rowsPerPiece;
        private readonly int row;
        private readonly long rows;

        public Work(MapSizes* sizes, nint* operands, int* inputSizes, int* outputSizes, int inputs, int outputs, int row, int inner, long rows)
        {
            this.sizes = sizes;
            this.operands = operands;
            this.inputSizes = inputSizes;
            this.outputSizes = outputSizes;
            (this.inputs, this.outputs, this.row, this.inner, this.rows) = (inputs, outputs, row, inner, rows);
            piecesPerRow = Math.Max(1, inner / ElementsPerPiece);
            rowsPerPiece = (int)Math.Min(rows, Math.Max(1, ElementsPerPiece / Math.Max(1, inner)));
        }

        public int Pieces => checked((int)(piecesPerRow > 1 ? rows * piecesPerRow : (rows + rowsPerPiece - 1) / rowsPerPiece));

        public void Run(int piece)
        {
            var kernel = RowTable.At(row);
            if (piecesPerRow > 1)
            {
                var (r, part) = (piece / piecesPerRow, piece % piecesPerRow);
                var first = (int)((long)inner * part / piecesPerRow);
                RunRow(kernel, r, first, (int)((long)inner * (part + 1) / piecesPerRow) - first);
                return;
            }
            var end = Math.Min(rows, (piece + 1L) * rowsPerPiece);
            for (var r = (long)piece * rowsPerPiece; r < end; r++) RunRow(kernel, r, 0, inner);
        }

        private void RunRow(RowKernel kernel, long r, long first, long count)
        {
            var from = stackalloc void*[MaximumInputs];
            var to = stackalloc void*[8];
            MapRows.Locate(sizes, operands, inputSizes, inputs, r, first, from);
            for (var o = 0; o < outputs; o++) to[o] = (byte*)operands[inputs + o] + (r * inner + first) * outputSizes[o];
            kernel(from, to, count);
        }
    }
}

/// <summary>Compiled rows by number, so that unmanaged work items can name them. Rows are compiled once a process and never
/// freed.</summary>
internal static class RowTable
{
    private static readonly Lock Growing = new();
    private static volatile RowKernel[] rows = [];

    /// <summary>The number of a row.</summary>
    public static int Add(RowKernel row)
    {
        lock (Growing)
        {
            var known = Array.IndexOf(rows, row);
            if (known >= 0) return known;
            rows = [.. rows, row];
            return rows.Length - 1;
        }
    }

    /// <summary>The row with a number.</summary>
    public static RowKernel At(int number) => rows[number];
}

/// <summary>Addresses of the rows of a map.</summary>
internal static unsafe class MapRows
{
    /// <summary>Where each input's part of row <paramref name="row"/> begins, <paramref name="first"/> elements into the row.</summary>
    public static void Locate(MapSizes* sizes, nint* operands, int* elementSizes, int inputs, long row, long first, void** addresses)
    {
        var last = sizes->Rank - 1;
        for (var i = 0; i < inputs; i++)
        {
            var strides = sizes->Strides + i * MapSizes.MaximumRank;
            var element = sizes->Offsets[i] + first * strides[last];
            var rest = row;
            for (var axis = last - 1; axis >= 0; axis--)
            {
                element += rest % sizes->Dimensions[axis] * strides[axis];
                rest /= sizes->Dimensions[axis];
            }
            addresses[i] = (byte*)operands[i] + element * elementSizes[i];
        }
    }
}
