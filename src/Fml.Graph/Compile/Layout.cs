namespace Fml.Graph;

/// <summary>How a tensor of some shape lies in memory: element <c>i</c> is at <c>Offset + sum_a i_a Strides_a</c>, counted in
/// elements.</summary>
internal sealed record Layout(Shape Shape, EquatableArray<long> Strides, long Offset)
{
    /// <summary>Row-major without gaps.</summary>
    public static Layout Contiguous(Shape shape) => new(shape, [.. DenseStrides(shape)], 0);

    public bool IsContiguous
    {
        get
        {
            if (Offset != 0) return false;
            var expected = 1L;
            for (var axis = Shape.Rank - 1; axis >= 0; axis--)
            {
                if (Shape[axis] != 1 && Strides[axis] != expected) return false;
                expected *= Shape[axis];
            }
            return true;
        }
    }

    /// <summary>The same elements repeated to a larger shape, aligned at the end.</summary>
    public Layout BroadcastTo(Shape shape)
    {
        var strides = new long[shape.Rank];
        for (var i = 1; i <= Shape.Rank; i++)
            strides[^i] = Shape[Shape.Rank - i] == shape[shape.Rank - i] ? Strides[Shape.Rank - i] : 0;
        return this with { Shape = shape, Strides = [.. strides] };
    }

    private static long[] DenseStrides(Shape shape)
    {
        var strides = new long[shape.Rank];
        var stride = 1L;
        for (var axis = shape.Rank - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= shape[axis];
        }
        return strides;
    }
}
