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
        var alongReduced = Enumerable.Range(0, shape.Rank).Last(axis => shape[axis] != 1) is var last && reduce.Axes.Contains(last);
        int[] kept = [.. Enumerable.Range(0, shape.Rank).Where(axis => !reduce.Axes.Contains(axis) && (alongReduced || axis != last))];
        int[] reduced = [.. reduce.Axes.Where(axis => !alongReduced || axis != last)];

        var (outer, inside, row) = (Group(kept, shape, layouts), Group(reduced, shape, layouts), Group([last], shape, layouts));
        var space = new Collapse
        {
            Dimensions = [.. outer.Dimensions, .. inside.Dimensions, .. row.Dimensions],
            Strides = [.. layouts.Select((_, i) => (long[])[.. outer.Strides[i], .. inside.Strides[i], .. row.Strides[i]])],
        };
        var outerCount = Product(outer.Dimensions);
        var reducedCount = Product(inside.Dimensions);
        var outputs = outerCount * (alongReduced ? 1 : shape[last]);
        var sizes = new ReduceSizes
        {
            Map = MapLowering.Sizes(space, layouts),
            Outer = outerCount,
            Reduced = reducedCount,
            Inner = shape[last],
            AlongReduced = alongReduced ? 1 : 0,
            Segments = Segments(
                outputs, alongReduced ? reducedCount * ((shape[last] + 1023L) / 1024) : reducedCount, (long)reducedCount * shape[last]),
        };
        var element = lowering.OutputType.Element;
        var compiled = MapLowering.Compile([reduce.Expression], sources, space, [element]);
        lowering.Run(
            Kernel(reduce, element, compiled, [.. sources.Select(s => s.Element.Size())]), sizes,
            [.. sources.Select(s => s.Operand), lowering.Scratch((long)outputs * sizes.Segments * element.Size()), lowering.Output]);
    }

    // Few outputs of many elements: the elements are split, as the sizes alone decide, so that all threads have work.
    private static int Segments(int outputs, long steps, long elements) =>
        outputs >= 4096 ? 1 : (int)Math.Clamp(elements / (1 << 14), 1, Math.Min(Math.Max(1, steps), 16));

    private static Kernel<ReduceSizes> Kernel(Reduce reduce, ElementType element, RowKernel row, int[] inputSizes)
    {
        var name = $"{reduce.Kind} {reduce.Expression}";
        return (reduce.Kind, element) switch
        {
            (ReduceKind.Sum, ElementType.F32) => new(name, new ReduceKernel<float, SumReduction<float>>(row, inputSizes).Run),
            (ReduceKind.Sum, _) => new(name, new ReduceKernel<double, SumReduction<double>>(row, inputSizes).Run),
            (_, ElementType.F32) => new(name, new ReduceKernel<float, MaxReduction<float>>(row, inputSizes).Run),
            _ => new(name, new ReduceKernel<double, MaxReduction<double>>(row, inputSizes).Run),
        };
    }

    // Some axes of the space, merged among themselves.
    private static Collapse Group(int[] axes, Shape shape, List<Layout> layouts)
    {
        var part = new Shape([.. axes.Select(axis => shape[axis])]);
        return Collapse.Of(part, [.. layouts.Select(layout => layout with { Shape = part, Strides = [.. axes.Select(axis => layout.Strides[axis])] })]);
    }

    private static int Product(int[] sizes) => sizes.Aggregate(1, (a, b) => checked(a * b));
}
