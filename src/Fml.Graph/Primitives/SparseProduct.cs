using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// A constant sparse matrix applied along the last axis: <c>y[.., r] = sum_j S[r, j] x[.., j]</c>. Inputs: x, then the matrix' row starts,
/// columns and weights and the same of its transpose (<see cref="SparseMatrix.Nodes"/>), so that the gradient gathers in a fixed order too.
/// </summary>
/// <param name="Rows">Rows of S, the size of the output's last axis.</param>
/// <param name="Columns">Columns of S, the size of the input's last axis.</param>
public sealed record SparseProduct(int Rows, int Columns) : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var shape = inputs[0].Shape;
        if (shape.Rank == 0 || shape[^1] != Columns) throw Mismatch("the input", $"of {Columns} elements along its last axis", inputs[0]);
        if (inputs[3].Element != inputs[0].Element) throw Mismatch("the matrix", inputs[0].Element.ToString().ToLowerInvariant(), inputs[3]);
        return inputs[0] with { Shape = shape.With(shape.Rank - 1, Rows) };
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint)
    {
        var m = output.Inputs;
        return [Node.Apply.Of(new SparseProduct(Columns, Rows), adjoint, m[4], m[5], m[6], m[1], m[2], m[3]), null, null, null, null, null, null];
    }

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) =>
        lowering.Run(
            Kernels.For(lowering.OutputType.Element),
            new Sizes(
                checked((int)(lowering.InputType(0).Shape.Count / Columns)), Rows, Columns, checked((int)lowering.InputType(2).Shape.Count)),
            lowering.Input(0), lowering.Input(1), lowering.Input(2), lowering.Input(3), lowering.Output);

    /// <summary>Vectors to multiply, the matrix' size and its number of entries.</summary>
    private readonly record struct Sizes(int Batch, int Rows, int Columns, int Entries);

    // Operands: x [Batch,Columns], row starts [Rows+1], columns, weights, y [Batch,Rows].
    private static readonly KernelFamily<Sizes> Kernels =
        new("sparse_product", Run<float>, Run<double>, cuda: GraphCuda.Body<Sizes>("sparse.cu", Stages));

    private const int Vectors = 8; // as in sparse.cu

    // From this mean number of entries on a row is worth a warp rather than a thread.
    private const int LongRow = 16;

    private static ImmutableArray<CudaStage> Stages(in Sizes sizes)
    {
        if (sizes.Batch == 0 || sizes.Rows == 0) return [];
        var threads = sizes.Entries / sizes.Rows >= LongRow ? 32L : 1;
        var blocks = checked((int)((sizes.Rows * threads + 255) / 256));
        var groups = Math.Min(65535, (sizes.Batch + Vectors - 1) / Vectors);
        return [new CudaStage(threads == 1 ? "sparse_product" : "sparse_product_long", blocks, 256, groups)];
    }

    private const int RowsPerPiece = 2048;

    private static unsafe void Run<T>(in Sizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, INumber<T> =>
        workers.For(
            (sizes.Rows + RowsPerPiece - 1) / RowsPerPiece * sizes.Batch,
            new Work<T>(sizes, (T*)operands[0], (int*)operands[1], (int*)operands[2], (T*)operands[3], (T*)operands[4]));

    private readonly unsafe struct Work<T>(Sizes sizes, T* x, int* start, int* column, T* weight, T* y) : IWork
        where T : unmanaged, INumber<T>
    {
        public void Run(int piece)
        {
            var pieces = (sizes.Rows + RowsPerPiece - 1) / RowsPerPiece;
            var (batch, first) = (piece / pieces, piece % pieces * RowsPerPiece);
            var source = x + (long)batch * sizes.Columns;
            var target = y + (long)batch * sizes.Rows;
            for (var row = first; row < Math.Min(sizes.Rows, first + RowsPerPiece); row++)
            {
                var sum = T.Zero;
                for (var k = start[row]; k < start[row + 1]; k++) sum += weight[k] * source[column[k]];
                target[row] = sum;
            }
        }
    }
}

/// <summary>A constant sparse matrix in compressed rows.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Number of columns.</param>
/// <param name="RowStart">[Rows+1] where each row's entries begin.</param>
/// <param name="Column">Column of each entry.</param>
/// <param name="Weight">Value of each entry.</param>
public sealed record SparseMatrix(
    int Rows, int Columns, ImmutableArray<int> RowStart, ImmutableArray<int> Column, ImmutableArray<double> Weight)
{
    /// <summary>The matrix whose rows have some entries.</summary>
    /// <param name="columns">Number of columns.</param>
    /// <param name="rows">Column and value of each row's entries.</param>
    public static SparseMatrix OfRows(int columns, IReadOnlyList<IReadOnlyList<(int Column, double Weight)>> rows)
    {
        var start = new int[rows.Count + 1];
        for (var i = 0; i < rows.Count; i++) start[i + 1] = start[i] + rows[i].Count;
        var entries = rows.SelectMany(row => row).ToArray();
        return new SparseMatrix(
            rows.Count, columns, [.. start], [.. entries.Select(entry => entry.Column)], [.. entries.Select(entry => entry.Weight)]);
    }

    /// <summary>The transposed matrix.</summary>
    public SparseMatrix Transposed()
    {
        var start = new int[Columns + 1];
        foreach (var column in Column) start[column + 1]++;
        for (var i = 0; i < Columns; i++) start[i + 1] += start[i];
        var next = start.ToArray();
        var (rows, weights) = (new int[Column.Length], new double[Column.Length]);
        for (var row = 0; row < Rows; row++)
        {
            for (var k = RowStart[row]; k < RowStart[row + 1]; k++)
            {
                var to = next[Column[k]]++;
                (rows[to], weights[to]) = (row, Weight[k]);
            }
        }
        return new SparseMatrix(Columns, Rows, [.. start], [.. rows], [.. weights]);
    }

    /// <summary>The matrix and its transpose as constants, in the order <see cref="SparseProduct"/> takes.</summary>
    public ImmutableArray<Node> Nodes(ElementType type)
    {
        IEnumerable<Node> Arrays(SparseMatrix m) =>
        [
            Ops.Constant(m.RowStart.AsSpan(), [m.RowStart.Length]),
            Ops.Constant(m.Column.AsSpan(), [m.Column.Length]),
            type == ElementType.F64
                ? Ops.Constant(m.Weight.AsSpan(), [m.Weight.Length])
                : Ops.Constant<float>(m.Weight.Select(w => (float)w).ToArray(), [m.Weight.Length]),
        ];
        return [.. Arrays(this), .. Arrays(Transposed())];
    }
}
