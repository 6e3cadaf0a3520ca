using System.Collections.Immutable;
using Fml.Conformance;

namespace Fml.Graph.Tests;

/// <summary>Rows of the table for the operations that slide windows over images.</summary>
internal static class ImageRows
{
    private static readonly WindowPlacement Uneven = new(2, 1, 0, 1, 2, 1);

    private static ConformanceRow Row<TPrimitive>(string name, Func<Node[], Node> build, params InputRange[] inputs) =>
        new(typeof(TPrimitive), name, build, inputs);

    private static InputRange In(params int[] shape) => new(new Shape(shape));

    public static ImmutableArray<ConformanceRow> All { get; } =
    [
        Row<Conv2d>("3 x 3, padded", x => Ops.Conv2d(x[0], x[1], padding: 1), In(2, 7, 6, 5), In(3, 3, 5, 7)),
        Row<Conv2d>("11 x 11 by 4", x => Ops.Conv2d(x[0], x[1], 4, 4), In(1, 17, 17, 3), In(11, 11, 3, 6)),
        Row<Conv2d>("uneven stride and padding", x => Ops.Conv2d(x[0], x[1], Uneven), In(2, 8, 7, 17), In(3, 4, 17, 33)),
        Row<Conv2d>("same", x => Ops.Conv2d(x[0], x[1], WindowPlacement.Same(8, 7, 3, 3, 2)), In(1, 8, 7, 4), In(3, 3, 4, 5)),
        Row<Conv2d>("one pixel", x => Ops.Conv2d(x[0], x[1]), In(2, 5, 4, 6), In(1, 1, 6, 9)),
        Row<Conv2d>("many channels", x => Ops.Conv2d(x[0], x[1], WindowPlacement.Uniform(1, 1)), In(1, 13, 12, 36), In(3, 2, 36, 68)),
        Row<Conv2dInputGradient>("stride 2",
            x => InputGradient(x, WindowPlacement.Uniform(2, 1), [2, 7, 8, 3]), In(2, 4, 4, 5), In(3, 3, 3, 5)),
        Row<Conv2dInputGradient>("one pixel by 2",
            x => InputGradient(x, WindowPlacement.Uniform(2), [1, 5, 6, 3]), In(1, 3, 3, 4), In(1, 1, 3, 4)),
        Row<Conv2dInputGradient>("one pixel",
            x => InputGradient(x, WindowPlacement.Uniform(), [1, 5, 6, 3]), In(1, 5, 6, 4), In(1, 1, 3, 4)),
        Row<Conv2dWeightGradient>("stride 2",
            x => WeightGradient(x, WindowPlacement.Uniform(2, 1), [3, 3, 3, 5]), In(2, 7, 8, 3), In(2, 4, 4, 5)),
        Row<Conv2dWeightGradient>("one pixel",
            x => WeightGradient(x, WindowPlacement.Uniform(), [1, 1, 3, 4]), In(1, 5, 6, 3), In(1, 5, 6, 4)),
        Row<DepthwiseConv2d>("3 x 3, padded", x => Ops.DepthwiseConv2d(x[0], x[1], padding: 1), In(2, 7, 6, 19), In(3, 3, 19)),
        Row<DepthwiseConv2d>("uneven stride and padding", x => Ops.DepthwiseConv2d(x[0], x[1], Uneven), In(2, 8, 7, 16), In(3, 4, 16)),
        Row<DepthwiseConv2dInputGradient>("stride 2",
            x => Node.Apply.Of(new DepthwiseConv2dInputGradient(WindowPlacement.Uniform(2, 1), [2, 7, 8, 3]), x[0], x[1]),
            In(2, 4, 4, 3), In(3, 3, 3)),
        Row<DepthwiseConv2dWeightGradient>("stride 2",
            x => Node.Apply.Of(new DepthwiseConv2dWeightGradient(WindowPlacement.Uniform(2, 1), [3, 3, 3]), x[0], x[1]),
            In(2, 7, 8, 3), In(2, 4, 4, 3)),
        Row<DepthwiseConv2dWeightGradient>("several chunks of windows",
            x => Node.Apply.Of(new DepthwiseConv2dWeightGradient(WindowPlacement.Uniform(1, 1), [3, 3, 3]), x[0], x[1]),
            In(2, 18, 17, 3), In(2, 18, 17, 3)),
        Row<DepthwiseConv2d>("many channels", x => Ops.DepthwiseConv2d(x[0], x[1], Uneven), In(1, 6, 8, 70), In(3, 4, 70)),
        Row<MaxPool2d>("many channels", x => Ops.MaxPool2d(x[0], 3, 2, 1), new InputRange([1, 5, 7, 130], -100, 100)),
        Row<MaxPool2d>("2 by 2", x => Ops.MaxPool2d(x[0], 2, 2), In(2, 6, 7, 19)),
        Row<MaxPool2d>("3 by 2, overlapping", x => Ops.MaxPool2d(x[0], 3, 2), In(2, 9, 8, 5)),
        Row<MaxPool2d>("3 by 2, padded", x => Ops.MaxPool2d(x[0], 3, 2, 1), In(1, 4, 5, 19)),
        Row<MaxPool2dInputGradient>("3 by 2", x => Node.Apply.Of(
            new MaxPool2dInputGradient(3, 3, WindowPlacement.Uniform(2)), x[0], Ops.MaxPool2d(x[0], 3, 2), x[1]),
            In(2, 9, 8, 5), In(2, 4, 3, 5))
            with { Differentiable = false }, // a first derivative only
    ];

    private static Node InputGradient(Node[] x, WindowPlacement placement, Shape images) =>
        Node.Apply.Of(new Conv2dInputGradient(placement, images), x[0], x[1]);

    private static Node WeightGradient(Node[] x, WindowPlacement placement, Shape weights) =>
        Node.Apply.Of(new Conv2dWeightGradient(placement, weights), x[0], x[1]);
}
