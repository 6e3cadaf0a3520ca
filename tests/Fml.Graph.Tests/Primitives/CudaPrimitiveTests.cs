using Fml.Native;
using static Fml.Graph.Ops;

namespace Fml.Graph.Tests;

/// <summary>What CUDA kernels must share with the CPU to the bit: ties, NaN, indices outside, bytes; and that grids fit a device.</summary>
public sealed class CudaPrimitiveTests
{
    private const int LargestGrid = 1 << 20;

    // Few different values, so that there are ties, and some NaN.
    private static float[] Ties(int count, bool withNaN)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, count).Select(_ => withNaN && random.Next(7) == 0 ? float.NaN : random.Next(3))];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ties_and_NaN_are_decided_alike(bool withNaN)
    {
        var (images, rows, longRows) = (Input("images", [2, 6, 5, 3]), Input("rows", [9, 40]), Input("longRows", [2, 1500]));
        var pooled = MaxPool2d(images, 3, 2, 1);
        var adjoint = Input("adjoint", pooled.Shape);
        Node[] nodes = [pooled, .. Gradients.Of(pooled, adjoint, [images]), ArgMax(rows), ArgMin(rows), ArgMax(longRows), ArgMin(longRows)];
        var values = Ties(360, withNaN);
        if (withNaN) values.AsSpan(0, 40).Fill(float.NaN);
        var (cpu, cuda) = DevicePair.Run(
            nodes, (images, Ties(180, withNaN)), (adjoint, Enumerable.Range(1, (int)pooled.Shape.Count).Select(i => (float)i).ToArray()),
            (rows, values), (longRows, Ties(3000, withNaN)));
        for (var n = 0; n < nodes.Length; n++) Assert.Equal(cpu[n], cuda[n]);
    }

    [Fact]
    public void Indices_outside_pick_zero_and_add_nothing()
    {
        var (x, whole) = (Input("x", [2, 3, 5]), Input("whole", [2, 7, 5], ElementType.I32));
        var index = Constant<int>([0, 3, -1, 2, int.MaxValue, int.MinValue, 1, 1, 1, 0], [2, 5]);
        Node[] nodes = [Gather(x, index, 1, 1), ScatterAdd(x, Constant<int>([-1, 4, 4, 5, int.MinValue], [5]), 2, 5), Gather(whole, index, 1, 1)];
        var (cpu, cuda) = DevicePair.Run(nodes, (x, Ties(30, false)), (whole, Enumerable.Range(0, 70).ToArray()));
        for (var n = 0; n < nodes.Length; n++) Assert.Equal(cpu[n], cuda[n]);
    }

    [Fact]
    public void Numbers_that_do_not_fit_are_filled_in_as_on_the_CPU()
    {
        double[] numbers = [3e9, -3e9, double.NaN, -2.9, double.PositiveInfinity, 7];
        Node[] nodes =
        [
            .. numbers.Select((number, i) => Node.Apply.Of(new Fill(TensorType.I32([33 + i]), number))),
            .. numbers.Select((number, i) => Node.Apply.Of(new Fill(TensorType.F32([33 + i]), number))),
        ];
        var (cpu, cuda) = DevicePair.Run(nodes);
        for (var n = 0; n < nodes.Length; n++) Assert.Equal(cpu[n], cuda[n]);
    }

    [Fact]
    public void Bytes_and_whole_numbers_are_copied_from_anywhere()
    {
        var (bytes, whole) = (Input("bytes", [3, 40, 36], ElementType.U8), Input("whole", [3, 10, 12], ElementType.I32));
        Node[] nodes =
        [
            Transpose(bytes, 0, 2, 1), Transpose(bytes, 2, 1, 0), Slice(bytes, [0, 1, 16], [3, 39, 16]), Slice(bytes, [1, 0, 5], [2, 40, 16]),
            Concat(2, bytes, bytes), Concat(1, whole, whole), Slice(whole, [0, 0, 4], [3, 10, 8]), Slice(whole, [0, 0, 1], [3, 10, 8]),
            Transpose(whole, 1, 2, 0), BroadcastTo(Slice(whole, [0, 0, 0], [3, 1, 1]), [3, 10, 12]),
        ];
        var (cpu, cuda) = DevicePair.Run(
            nodes, (bytes, Enumerable.Range(0, 4320).Select(i => (byte)(i * 7)).ToArray()), (whole, Enumerable.Range(0, 360).ToArray()));
        for (var n = 0; n < nodes.Length; n++) Assert.Equal(cpu[n], cuda[n]);
    }

    [Fact]
    public void Grids_of_the_largest_tensors_fit_a_device()
    {
        var gather = new GatherSizes(1, 1 << 20, 60_000, 60_000, 3);
        Assert.All(
            [
                .. GatherKernels.Gather.For(ElementType.F32).Cuda!.Stages(gather),
                .. GatherKernels.ScatterAdd.For(ElementType.F32).Cuda!.Stages(gather),
                .. Copy(Transpose(Input("x", [60_000, 180_000]), 1, 0)),
                .. Copy(Slice(Input("y", [60_000, 3, 60_000]), [0, 0, 1], [60_000, 3, 50_001])),
            ],
            stage => Assert.InRange(stage.GridX, 1, LargestGrid));
        Assert.InRange(CudaStage.OverRows("rows", 1L << 40, 240 * 96).GridY, 1, 65535);

        static IEnumerable<CudaStage> Copy(Node view)
        {
            var node = (Node.Apply)view;
            var layout = ((ViewPrimitive)node.Primitive).View(Layout.Contiguous(node.Inputs[0].Shape), node.Shape)!;
            return StridedCopy.Kernel.Cuda!.Stages(StridedCopy.Sizes(4, layout, Layout.Contiguous(node.Shape)));
        }
    }

    [Theory]
    [InlineData(2, 1, 0, 2)] // source's axis 1 runs, the last axis of the target does
    [InlineData(0, 1, 2, -1)] // no gap on either side
    public void Copies_whose_axes_are_swapped_go_by_squares(int a, int b, int c, int expected)
    {
        var order = new[] { a, b, c };
        var shape = new Shape([10, 11, 12]);
        var dense = Layout.Contiguous(shape);
        var layout = new Layout(
            new Shape([.. order.Select(axis => shape[axis])]), [.. order.Select(axis => dense.Strides[axis])], 0);
        var swapped = StridedCopy.Sizes(4, layout, Layout.Contiguous(layout.Shape)).SwappedAxis;
        Assert.Equal(expected < 0 ? -1 : Array.IndexOf(order, expected), swapped);
    }
}
