using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>Turns maps into launches.</summary>
internal static class MapLowering
{
    /// <summary>A map node on its own.</summary>
    public static void Lower(Lowering lowering)
    {
        var map = (Map)lowering.Node.Primitive;
        Emit(lowering, [map.Expression], lowering.Sources(), [lowering.Output], [lowering.OutputType.Element], lowering.OutputType.Shape);
    }

    /// <summary>Several expressions of the same inputs over the same iteration space, in one pass.</summary>
    public static void Emit(
        Lowering lowering, ImmutableArray<Scalar> expressions, ImmutableArray<MapSource> sources,
        ImmutableArray<Operand> outputs, ImmutableArray<ElementType> outputTypes, Shape shape)
    {
        var thin = sources.FirstOrDefault(source => source.Product is not null);
        if (thin is not null)
        {
            EmitThin(lowering, expressions, sources, thin, outputs, outputTypes, shape);
            return;
        }
        var (sizes, space) = Sizes(sources, shape);
        var row = Compile(expressions, sources, space, outputTypes);
        var kernel = new MapKernel(row, Elements(expressions, sources, space, outputTypes), $"map {string.Join("; ", expressions)}");
        lowering.Run(kernel.Kernel, sizes, [.. sources.Select(s => s.Operand), .. outputs]);
    }

    // The product comes last among the arguments, behind the strided ones.
    private static void EmitThin(
        Lowering lowering, ImmutableArray<Scalar> expressions, ImmutableArray<MapSource> sources, MapSource thin,
        ImmutableArray<Operand> outputs, ImmutableArray<ElementType> outputTypes, Shape shape)
    {
        var others = sources.Remove(thin);
        var renumbering = sources.Select(s => (Scalar)new Scalar.Argument(s == thin ? others.Length : others.IndexOf(s))).ToArray();
        var matrix = new Shape(checked((int)(shape.Count / shape[^1])), shape[^1]);
        var (sizes, space) = Sizes(others, matrix, keepMatrix: true);
        var arguments = others.Select((source, i) => new ArgumentAccess(source.Element, space.Strides[i][^1]))
            .Append(ArgumentAccess.Contiguous(thin.Element));
        ImmutableArray<Scalar> renumbered = [.. expressions.Select(e => e.Substitute(renumbering))];
        var row = ScalarCompiler.Compile(new RowSignature(renumbered, outputTypes, [.. arguments], thin.Element));
        int[] ins = [.. others.Select(s => s.Element.Size())], outs = [.. outputTypes.Select(t => t.Size())];
        var name = $"thin map {string.Join("; ", expressions)}";
        var cuda = ThinMapCuda.Body(new CudaElements(renumbered, thin.Element, [.. others.Select(s => s.Element)], outputTypes, space));
        var kernel = thin.Element == ElementType.F32
            ? new Kernel<ThinMapSizes>(name, new ThinMapKernel<float>(row, ins, outs).Run, cuda)
            : new Kernel<ThinMapSizes>(name, new ThinMapKernel<double>(row, ins, outs).Run, cuda);
        var product = thin.Product!;
        lowering.Run(
            kernel,
            new ThinMapSizes
            {
                Map = sizes,
                Rows = matrix[0],
                Columns = matrix[1],
                Inner = product.Inner,
                StrideAInner = product.StrideAInner,
                StrideARow = product.StrideARow,
            },
            [.. others.Select(s => s.Operand), product.A, product.B, .. outputs]);
    }

    /// <summary>The iteration space of some sources for an output of <paramref name="shape"/>, as few dimensions as possible.</summary>
    public static (MapSizes Sizes, Collapse Space) Sizes(ImmutableArray<MapSource> sources, Shape shape, bool keepMatrix = false)
    {
        var layouts = sources.Select(source => Fit(source.Layout, shape)).ToList();
        var space = keepMatrix
            ? new Collapse { Dimensions = [.. shape], Strides = [.. layouts.Select(layout => layout.Strides.ToArray())] }
            : Collapse.Of(shape, [.. layouts, Layout.Contiguous(shape)]);
        return (Sizes(space, layouts), space);
    }

    /// <summary>The sizes of an iteration space.</summary>
    public static unsafe MapSizes Sizes(Collapse space, IReadOnlyList<Layout> layouts)
    {
        if (space.Dimensions.Length > MapSizes.MaximumRank || layouts.Count > MapSizes.MaximumInputs)
            throw new ShapeException(
                $"map: {space.Dimensions.Length} dimensions that cannot be merged or {layouts.Count} inputs are too many "
                + $"(at most {MapSizes.MaximumRank} and {MapSizes.MaximumInputs})");
        var sizes = new MapSizes { Rank = space.Dimensions.Length };
        for (var axis = 0; axis < sizes.Rank; axis++) sizes.Dimensions[axis] = space.Dimensions[axis];
        for (var i = 0; i < layouts.Count; i++)
        {
            sizes.Offsets[i] = layouts[i].Offset;
            for (var axis = 0; axis < sizes.Rank; axis++) sizes.Strides[i * MapSizes.MaximumRank + axis] = space.Strides[i][axis];
        }
        return sizes;
    }

    /// <summary>Compiles expressions for rows of an iteration space.</summary>
    public static RowKernel Compile(
        ImmutableArray<Scalar> expressions, ImmutableArray<MapSource> sources, Collapse space, ImmutableArray<ElementType> outputTypes) =>
        ScalarCompiler.Compile(new RowSignature(
            expressions, outputTypes, [.. sources.Select((source, i) => new ArgumentAccess(source.Element, space.Strides[i][^1]))],
            Arithmetic(sources, outputTypes)));

    /// <summary>The same for CUDA devices.</summary>
    public static CudaElements Elements(
        ImmutableArray<Scalar> expressions, ImmutableArray<MapSource> sources, Collapse space, ImmutableArray<ElementType> outputTypes) =>
        new(expressions, Arithmetic(sources, outputTypes), [.. sources.Select(source => source.Element)], outputTypes, space);

    private static ElementType Arithmetic(ImmutableArray<MapSource> sources, ImmutableArray<ElementType> outputTypes) =>
        sources.Any(source => source.Element == ElementType.F64) || outputTypes.Contains(ElementType.F64) ? ElementType.F64 : ElementType.F32;

    // A dense tensor may be seen as the matrix [all but last, last] whatever its rank.
    private static Layout Fit(Layout layout, Shape shape) =>
        layout.Shape.Rank > shape.Rank && layout.IsContiguous ? Layout.Contiguous(shape) : layout.BroadcastTo(shape);
}
