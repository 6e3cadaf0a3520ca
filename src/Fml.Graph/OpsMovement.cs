using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

public static partial class Ops
{
    /// <summary>The same elements in another shape.</summary>
    public static Node Reshape(Node x, Shape shape) =>
        x.Shape == shape ? x
        : x is Node.Apply { Primitive: Fml.Graph.Reshape } inner ? Reshape(inner.Inputs[0], shape)
        : Node.Apply.Of(new Reshape(shape), x);

    /// <summary>The axes in another order: axis a of the result is axis <c>order[a]</c> of x.</summary>
    public static Node Transpose(Node x, params ReadOnlySpan<int> order)
    {
        var identity = order.Length == x.Shape.Rank;
        for (var axis = 0; axis < order.Length; axis++) identity &= order[axis] == axis;
        return identity ? x : Node.Apply.Of(new Transpose([.. order]), x);
    }

    /// <summary>The elements repeated to a larger shape.</summary>
    public static Node BroadcastTo(Node x, Shape shape) => x.Shape == shape ? x : Node.Apply.Of(new BroadcastTo(shape), x);

    /// <summary>The block of <paramref name="size"/> elements that begins at <paramref name="start"/>.</summary>
    public static Node Slice(Node x, ReadOnlySpan<int> start, Shape size) =>
        size == x.Shape ? x : Node.Apply.Of(new Slice([.. start], size), x);

    /// <summary><paramref name="count"/> elements along one axis, from <paramref name="start"/> on.</summary>
    public static Node Slice(Node x, int axis, int start, int count)
    {
        axis = x.Shape.Axis(axis, nameof(Slice));
        var starts = new int[x.Shape.Rank];
        starts[axis] = start;
        return Slice(x, starts, x.Shape.With(axis, count));
    }

    /// <summary>Zeros around x: counts before and after each axis.</summary>
    public static Node Pad(Node x, ReadOnlySpan<int> before, ReadOnlySpan<int> after) =>
        before.ContainsAnyExcept(0) || after.ContainsAnyExcept(0) ? Node.Apply.Of(new Pad([.. before], [.. after]), x) : x;

    /// <summary>Tensors one after another along an axis.</summary>
    public static Node Concat(int axis, params ImmutableArray<Node> parts) =>
        parts.Length == 1 ? parts[0] : Node.Apply.Of(new Concat(parts[0].Shape.Axis(axis, nameof(Concat))), parts);

    /// <summary>Picks along an axis by index; see <see cref="Fml.Graph.Gather"/>.</summary>
    public static Node Gather(Node x, Node index, int axis, int batchAxes = 0) =>
        Node.Apply.Of(new Gather(x.Shape.Axis(axis, nameof(Gather)), batchAxes), x, index);

    /// <summary>Adds along an axis by index; see <see cref="Fml.Graph.ScatterAdd"/>.</summary>
    public static Node ScatterAdd(Node x, Node index, int axis, int size, int batchAxes = 0) =>
        Node.Apply.Of(new ScatterAdd(x.Shape.Axis(axis, nameof(ScatterAdd)), size, batchAxes), x, index);

    /// <summary>Matrix product over the last two axes; see <see cref="Fml.Graph.MatMul"/>.</summary>
    public static Node MatMul(Node a, Node b, bool transposeA = false, bool transposeB = false) =>
        Node.Apply.Of(new MatMul(transposeA, transposeB), a, b);

    /// <summary>A constant sparse matrix applied along the last axis; see <see cref="SparseProduct"/>.</summary>
    public static Node SparseMultiply(SparseMatrix matrix, Node x) => SparseMultiply(matrix, matrix.Nodes(x.Type.Element), x);

    /// <summary>The same with the matrix' constants made before, so that several products share them.</summary>
    public static Node SparseMultiply(SparseMatrix matrix, ImmutableArray<Node> nodes, Node x) =>
        Node.Apply.Of(new SparseProduct(matrix.Rows, matrix.Columns), [x, .. nodes]);
}
