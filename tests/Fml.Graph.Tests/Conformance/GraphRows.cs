using System.Collections.Immutable;
using System.Reflection;
using Fml.Conformance;
using Fml.Native;
using GraphExample;

namespace Fml.Graph.Tests;

/// <summary>The table: every primitive of the graph library at sizes that are and are not multiples of a vector.</summary>
public abstract class GraphRows : IConformanceTable
{
    private static readonly Scalar X = new Scalar.Argument(0), Y = new Scalar.Argument(1);

    private static ConformanceRow Row<TPrimitive>(string name, Func<Node[], Node> build, params InputRange[] inputs) =>
        new(typeof(TPrimitive), name, build, inputs);

    private static InputRange In(params int[] shape) => new(new Shape(shape));

    private static Node Indices(Shape shape, params int[] values) => Ops.Constant<int>(values, shape);

    public static Assembly Library => typeof(Primitive).Assembly;

    public static ImmutableArray<ConformanceRow> All { get; } =
    [
        Row<Map>("product of equal shapes", x => x[0] * x[1], In(3, 37), In(3, 37)),
        Row<Map>("broadcast of a row and a column", x => Ops.Tanh(x[0] * x[1] + x[2]), In(5, 17), In(17), In(5, 1)),
        Row<Map>("broadcast of a number", x => Ops.Exp(x[0]) * x[1], In(70), In()),
        Row<Map>("chain that fuses", x => Ops.Sin(Ops.Square(x[0]) + x[1]) * Ops.Sigmoid(x[1]), In(129), In(129)),
        Row<Map>("reads a transposed tensor", x => Ops.Transpose(x[0], 1, 0) * x[1], In(9, 21), In(21, 9)),
        Row<Map>("reads part of a tensor", x => Ops.Slice(x[0], 1, 3, 11) * x[1], In(4, 20), In(4, 11)),
        Row<Fill>("constant", x => Ops.Full(x[0].Type, 2.5) * x[0], In(33)),
        Row<Fill>("more than a block", x => Ops.Concat(0, x[0], Ops.Full(x[0].Type with { Shape = [1027] }, 2.5)), In(5)),
        Row<Reduce>("sum of everything", x => Ops.Sum(Ops.Square(x[0])), In(7, 5, 19)),
        Row<Reduce>("sum of long rows", x => Ops.Sum(x[0] * x[1], [1]), In(3, 2500), In(3, 2500)),
        Row<Reduce>("sum of columns", x => Ops.Sum(x[0] * x[0], [0]), In(301, 33)),
        Row<Reduce>("sum of the middle", x => Ops.Sum(Ops.Exp(x[0]), [1], keepDimensions: true), In(4, 9, 18)),
        Row<Reduce>("sum of the outer axes", x => Ops.Sum(x[0] * x[1], [0, 2]), In(4, 9, 18), In(9, 1)),
        Row<Reduce>("mean", x => Ops.Mean(Ops.Square(x[0]), [0]), In(6, 7)),
        Row<Reduce>("greatest", x => Ops.Max(x[0], [1]), In(11, 23)),
        Row<Reduce>("greatest of columns", x => Ops.Max(x[0], [0]), In(23, 11)),
        Row<Reshape>("merge axes", x => Ops.Reshape(x[0], [6, 10]) * x[1], In(2, 3, 10), In(6, 10)),
        Row<Reshape>("of a transposed tensor", x => Ops.Reshape(Ops.Transpose(x[0], 1, 0), [30]), In(5, 6)),
        Row<Transpose>("cycle of axes", x => Ops.Transpose(x[0], 2, 0, 1), In(3, 4, 5)),
        Row<Transpose>("squares of many elements", x => Ops.Transpose(x[0], 0, 2, 1), In(2, 37, 70)),
        Row<Transpose>("a short axis", x => Ops.Transpose(x[0], 1, 0), In(70, 3)),
        Row<BroadcastTo>("new axis and repeated axis", x => Ops.BroadcastTo(x[0], [4, 3, 7]), In(3, 1)),
        Row<Slice>("block", x => Ops.Slice(x[0], [1, 2], [3, 4]), In(5, 8)),
        Row<Pad>("both axes", x => Ops.Pad(x[0], [1, 0], [2, 3]), In(4, 5)),
        Row<Pad>("rows of 16 bytes", x => Ops.Pad(x[0], [1, 4], [2, 8]), In(40, 12)),
        Row<Concat>("transposed", x => Ops.Concat(1, Ops.Transpose(x[0], 1, 0), x[1]), In(40, 33), In(33, 5)),
        Row<Concat>("inner axis", x => Ops.Concat(1, x[0], x[1], x[0]), In(3, 4), In(3, 6)),
        Row<Concat>("outer axis", x => Ops.Concat(0, x[0], x[1]), In(2, 5), In(3, 5)),
        Row<StopGradient>("half of a product is constant", x => Ops.StopGradient(x[0]) * x[0], In(8)) with { Differentiable = false },
        Row<Gather>("rows", x => Ops.Gather(x[0], Indices([4], 2, 0, 2, 1), 0), In(3, 6)),
        Row<Gather>("last axis, by batch", x => Ops.Gather(x[0], Indices([2, 3], 4, 4, 0, 1, 2, 3), 2, 1), In(2, 3, 5)),
        Row<ScatterAdd>("rows that collide", x => Ops.ScatterAdd(x[0], Indices([4], 2, 0, 2, 1), 0, 5), In(4, 6)),
        Row<ScatterAdd>("last axis, by batch", x => Ops.ScatterAdd(x[0], Indices([2, 3], 4, 4, 0, 1, 2, 3), 2, 5, 1), In(2, 3, 3)),
        Row<Gather>("16 bytes at a time, some outside", x => Ops.Gather(x[0], Indices([5], 5, -1, 0, 6, 5), 0), In(6, 2, 8)),
        Row<ScatterAdd>("more than a tile, more indices than a block",
            x => Ops.ScatterAdd(x[0], Indices([300], [.. Enumerable.Range(0, 300).Select(j => j * 37 % 410 - 5)]), 0, 400), In(300, 9)),
        Row<ScatterAdd>("rows longer than a tile", x => Ops.ScatterAdd(x[0], Indices([3], 1, 0, 1), 0, 2), In(3, 2500)),
        Row<ArgReduce>("greatest", x => Ops.ArgMax(x[0]), In(7, 13)) with { Differentiable = false },
        Row<ArgReduce>("least", x => Ops.ArgMin(x[0]), In(7, 13)) with { Differentiable = false },
        Row<ArgReduce>("long rows", x => Ops.ArgMax(x[0]), In(3, 1100)) with { Differentiable = false },
        Row<SparseProduct>("with an empty row", x => Ops.SparseMultiply(Sparse, x[0]), In(2, 3, 4)),
        Row<SparseProduct>("tall, and its wide transpose", x => Ops.SparseMultiply(Tall, x[0]), In(11, 7)),
        Row<MatMul>("plain", x => Ops.MatMul(x[0], x[1]), In(5, 7), In(7, 9)),
        Row<MatMul>("first transposed", x => Ops.MatMul(x[0], x[1], transposeA: true), In(7, 5), In(7, 9)),
        Row<MatMul>("second transposed", x => Ops.MatMul(x[0], x[1], transposeB: true), In(5, 7), In(9, 7)),
        Row<MatMul>("both transposed", x => Ops.MatMul(x[0], x[1], true, true), In(7, 5), In(9, 7)),
        Row<MatMul>("batch", x => Ops.MatMul(x[0], x[1]), In(4, 3, 3), In(4, 3, 21)),
        Row<MatMul>("batch times one matrix", x => Ops.MatMul(x[0], x[1]), In(4, 5, 6), In(6, 3)),
        Row<MatMul>("one matrix times batch", x => Ops.MatMul(x[0], x[1], transposeB: true), In(5, 6), In(4, 3, 6)),
        Row<MatMul>("larger than a block", x => Ops.MatMul(x[0], x[1]), In(67, 130), In(130, 71)),
        Row<Softmax>("a program's own primitive", x => Softmax.Of(x[0]), In(13, 70)),
        .. ImageRows.All,
    ];

    private static SparseMatrix Tall => new(
        300, 7, [.. Enumerable.Range(0, 301).Select(row => row * 3 / 2)], [.. Enumerable.Range(0, 450).Select(k => k * 5 % 7)],
        [.. Enumerable.Range(0, 450).Select(k => Math.Cos(k))]);

    private static SparseMatrix Sparse => new(5, 4, [0, 2, 2, 3, 5, 6], [0, 3, 1, 0, 2, 3], [0.5, 0.25, -1, 2, 0.125, 1]);
}
