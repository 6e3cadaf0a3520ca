using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>Turns reductions into launches.</summary>
internal static class ReduceLowering
{
    public static void Lower(Reduce reduce, Lowering lowering)
    {
        var sources = lowering.Sources();
        var shape = new Map(reduce.Expression).Infer([.. lowering.Node.Inputs.Select(input => input.Type)]).Shape;
        var layouts = sources.Select(source => source.Layout.BroadcastTo(shape)).ToList();
        var alongReduced = Enumerable.Range(0, shape.Rank).LastOrDefault(axis => shape[axis] != 1, -1) is var last && reduce.Axes.Contains(last);
        var (outer, inside, row) = alongReduced ? RowsAlongReduced(reduce, shape, layouts) : RowsAlongKept(reduce, shape, layouts);
        var space = outer.Then(inside).Then(row);
        var (outerCount, reducedCount, inner) = (Product(outer.Dimensions), Product(inside.Dimensions), row.Dimensions[0]);
        var outputs = (long)outerCount * (alongReduced ? 1 : inner);
        var spread = ReduceCuda.Spread(outerCount, reducedCount, inner, alongReduced);
        var sizes = new ReduceSizes
        {
            Map = MapLowering.Sizes(space, layouts),
            Outer = outerCount,
            Reduced = reducedCount,
            Inner = inner,
            AlongReduced = alongReduced ? 1 : 0,
            Segments = Segments(
                outputs, alongReduced ? reducedCount * ((inner + 1023L) / 1024) : reducedCount, (long)reducedCount * inner),
            CudaSegments = spread.Segments,
            Lanes = spread.Lanes,
            CombineLanes = spread.CombineLanes,
        };
        var element = lowering.OutputType.Element;
        var compiled = MapLowering.Compile([reduce.Expression], sources, space, [element]);
        var cuda = ReduceCuda.Body(
            MapLowering.Elements([reduce.Expression], sources, space, [element]), reduce.Kind, alongReduced, outer.Length);
        // The memory of partial results is large enough for any device.
        lowering.Run(
            Kernel(reduce, element, compiled, [.. sources.Select(s => s.Element.Size())], cuda), sizes,
            [
                .. sources.Select(s => s.Operand), lowering.Scratch(outputs * Math.Max(sizes.Segments, sizes.CudaSegments) * element.Size()),
                lowering.Output,
            ]);
    }

    // All reduced axes, merged as far as they go: the last of them is the row.
    private static (Collapse Outer, Collapse Inside, Collapse Row) RowsAlongReduced(Reduce reduce, Shape shape, List<Layout> layouts)
    {
        var axes = Enumerable.Range(0, shape.Rank);
        var reduced = Group(axes.Where(reduce.Axes.Contains), shape, layouts);
        return (Group(axes.Where(axis => !reduce.Axes.Contains(axis)), shape, layouts), reduced[..^1], reduced[^1..]);
    }

    // The kept axes behind all reduced ones, merged as far as they go: the last of them is the row.
    private static (Collapse Outer, Collapse Inside, Collapse Row) RowsAlongKept(Reduce reduce, Shape shape, List<Layout> layouts)
    {
        var kept = Enumerable.Range(0, shape.Rank).Where(axis => !reduce.Axes.Contains(axis)).ToList();
        var lastReduced = reduce.Axes.Where(axis => shape[axis] != 1).LastOrDefault(-1);
        var (before, behind) = (
            Group(kept.Where(axis => axis < lastReduced), shape, layouts), Group(kept.Where(axis => axis > lastReduced), shape, layouts));
        return (before.Then(behind[..^1]), Group(reduce.Axes, shape, layouts), behind[^1..]);
    }

    // Few outputs of many elements: the elements are split, as the sizes alone decide, so that all threads have work.
    private static int Segments(long outputs, long steps, long elements) =>
        outputs >= 4096 ? 1 : (int)Math.Clamp(elements / (1 << 14), 1, Math.Min(Math.Max(1, steps), 16));

    private static Kernel<ReduceSizes> Kernel(
        Reduce reduce, ElementType element, RowKernel row, int[] inputSizes, CudaBody<ReduceSizes> cuda)
    {
        var name = $"{reduce.Kind} {reduce.Expression}";
        return (reduce.Kind, element) switch
        {
            (ReduceKind.Sum, ElementType.F32) => new(name, new ReduceKernel<float, SumReduction<float>>(row, inputSizes).Run, cuda),
            (ReduceKind.Sum, _) => new(name, new ReduceKernel<double, SumReduction<double>>(row, inputSizes).Run, cuda),
            (_, ElementType.F32) => new(name, new ReduceKernel<float, MaxReduction<float>>(row, inputSizes).Run, cuda),
            _ => new(name, new ReduceKernel<double, MaxReduction<double>>(row, inputSizes).Run, cuda),
        };
    }

    // Some axes of the space, merged among themselves.
    private static Collapse Group(IEnumerable<int> axes, Shape shape, List<Layout> layouts)
    {
        int[] chosen = [.. axes];
        var part = new Shape([.. chosen.Select(axis => shape[axis])]);
        return Collapse.Of(part, [.. layouts.Select(layout => layout with { Shape = part, Strides = [.. chosen.Select(axis => layout.Strides[axis])] })]);
    }

    private static int Product(int[] sizes) => sizes.Aggregate(1, (a, b) => checked(a * b));
}
