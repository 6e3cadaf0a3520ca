using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Matrix product <c>C = op(A) op(B)</c> over the last two axes. With more axes, the leading ones are a batch that both share; a matrix of
/// rank 2 is shared by the whole batch of the other.
/// </summary>
/// <param name="TransposeA">A is stored transposed, [.., inner, rows].</param>
/// <param name="TransposeB">B is stored transposed, [.., columns, inner].</param>
public sealed record MatMul(bool TransposeA = false, bool TransposeB = false) : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var (a, b) = (inputs[0], inputs[1]);
        if (a.Shape.Rank < 2) throw Mismatch("the first matrix", "of rank 2 or more", a);
        if (b.Shape.Rank < 2) throw Mismatch("the second matrix", "of rank 2 or more", b);
        if (!a.Element.IsFloat() || a.Element != b.Element) throw Mismatch("the second matrix", $"of the first's element type {a.Element}", b);
        var (rows, inner) = TransposeA ? (a.Shape[^1], a.Shape[^2]) : (a.Shape[^2], a.Shape[^1]);
        var (innerB, columns) = TransposeB ? (b.Shape[^1], b.Shape[^2]) : (b.Shape[^2], b.Shape[^1]);
        if (inner != innerB) throw Mismatch("the second matrix", $"of {inner} {(TransposeB ? "columns" : "rows")} to follow {a}", b);
        ReadOnlySpan<int> batchA = a.Shape.Dimensions[..^2], batchB = b.Shape.Dimensions[..^2];
        if (batchA.Length > 0 && batchB.Length > 0 && !batchA.SequenceEqual(batchB))
            throw Mismatch("the second matrix", $"of the batch {new Shape(batchA)} like {a}", b);
        return a with { Shape = [.. batchA.Length > 0 ? batchA : batchB, rows, columns] };
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint)
    {
        var (a, b) = (output.Inputs[0], output.Inputs[1]);
        var forA = TransposeA ? Product(b, adjoint, TransposeB, true) : Product(adjoint, b, false, !TransposeB);
        var forB = TransposeB ? Product(adjoint, a, true, TransposeA) : Product(a, adjoint, !TransposeA, false);
        return [SumBatch(forA, a), SumBatch(forB, b)];

        static Node Product(Node left, Node right, bool transposeLeft, bool transposeRight) =>
            Ops.MatMul(left, right, transposeLeft, transposeRight);

        // A matrix shared by a batch gets the sum of the batch's adjoints.
        static Node SumBatch(Node gradient, Node input) =>
            gradient.Shape.Rank == input.Shape.Rank
                ? gradient
                : Ops.Sum(gradient, Enumerable.Range(0, gradient.Shape.Rank - 2).ToArray());
    }

    /// <inheritdoc/>
    public override void Lower(Lowering lowering)
    {
        var (a, b, c) = (lowering.InputType(0).Shape, lowering.InputType(1).Shape, lowering.OutputType.Shape);
        var (rows, columns) = (c[^2], c[^1]);
        var inner = TransposeA ? a[^2] : a[^1];
        var batch = checked((int)(c.Count / Math.Max(1, (long)rows * columns)));
        var shape = new MatrixShape(
            rows, columns, inner, TransposeA, TransposeB, Batch: batch,
            StrideA: a.Rank == 2 ? 0 : (long)rows * inner, StrideB: b.Rank == 2 ? 0 : (long)inner * columns);
        // A batch of rows times one matrix is one taller product.
        if (batch > 1 && b.Rank == 2 && !TransposeA) shape = shape with { Rows = rows * batch, Batch = 1, StrideA = 0 };
        lowering.Multiply(shape, lowering.Input(0), lowering.Input(1), lowering.Output);
    }

    internal override ThinProduct? AsThinProduct(Node.Apply node)
    {
        var (a, b) = (node.Inputs[0], node.Inputs[1]);
        if (TransposeB || a.Shape.Rank != 2 || b.Shape.Rank != 2) return null;
        var (rows, inner) = TransposeA ? (a.Shape[1], a.Shape[0]) : (a.Shape[0], a.Shape[1]);
        return new ThinProduct(a, b, inner, TransposeA ? rows : 1, TransposeA ? 1 : inner);
    }
}

/// <summary>A matrix product seen as <c>g[i, j] = sum_k A[k, i] B[k, j]</c>, both factors dense and B stored [inner, columns].</summary>
internal sealed record ThinProduct(Node A, Node B, int Inner, long StrideAInner, long StrideARow);
