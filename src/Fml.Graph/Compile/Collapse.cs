namespace Fml.Graph;

/// <summary>A common iteration space of several strided tensors with as few dimensions as their strides allow.</summary>
internal sealed class Collapse
{
    /// <summary>Sizes.</summary>
    public required int[] Dimensions { get; init; }

    /// <summary>For each tensor, the stride of each dimension.</summary>
    public required long[][] Strides { get; init; }

    /// <summary>Number of dimensions.</summary>
    public int Length => Dimensions.Length;

    /// <summary>Some neighbouring dimensions.</summary>
    public Collapse Slice(int start, int length) => new()
    {
        Dimensions = Dimensions[start..(start + length)],
        Strides = [.. Strides.Select(strides => strides[start..(start + length)])],
    };

    /// <summary>These dimensions, and behind them those of another space of the same tensors.</summary>
    public Collapse Then(Collapse inner) => new()
    {
        Dimensions = [.. Dimensions, .. inner.Dimensions],
        Strides = [.. Strides.Zip(inner.Strides, (outside, inside) => (long[])[.. outside, .. inside])],
    };

    /// <summary>
    /// Drops dimensions of size 1 and merges neighbours that every tensor walks through without a jump, as long as the size stays a 32-bit
    /// number.
    /// </summary>
    public static Collapse Of(Shape shape, IReadOnlyList<Layout> layouts)
    {
        var sizes = new List<int>();
        var strides = layouts.Select(_ => new List<long>()).ToArray();
        for (var axis = 0; axis < shape.Rank; axis++)
        {
            if (shape[axis] == 1) continue;
            var merges = sizes.Count > 0 && (long)sizes[^1] * shape[axis] <= int.MaxValue;
            for (var t = 0; t < layouts.Count && merges; t++)
                merges = strides[t][^1] == layouts[t].Strides[axis] * shape[axis];
            if (merges) sizes[^1] *= shape[axis];
            else sizes.Add(shape[axis]);
            for (var t = 0; t < layouts.Count; t++)
            {
                if (merges) strides[t][^1] = layouts[t].Strides[axis];
                else strides[t].Add(layouts[t].Strides[axis]);
            }
        }
        if (sizes.Count == 0)
        {
            sizes.Add(1);
            foreach (var list in strides) list.Add(1);
        }
        return new Collapse { Dimensions = [.. sizes], Strides = [.. strides.Select(list => list.ToArray())] };
    }
}
