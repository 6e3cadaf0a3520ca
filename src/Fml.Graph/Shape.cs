using System.Collections;
using System.Runtime.CompilerServices;

namespace Fml.Graph;

/// <summary>The dimensions of a tensor, row-major: the last one is contiguous. A scalar has none. Compared by value.</summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly struct Shape : IEquatable<Shape>, IReadOnlyList<int>
{
    private readonly int[]? dimensions;

    /// <summary>A shape with these dimensions.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is negative.</exception>
    public Shape(params ReadOnlySpan<int> dimensions)
    {
        foreach (var dimension in dimensions) ArgumentOutOfRangeException.ThrowIfNegative(dimension);
        this.dimensions = dimensions.ToArray();
    }

    /// <summary>The shape of a single number.</summary>
    public static Shape Scalar => default;

    /// <summary>Builds a shape from a collection expression such as <c>[2, 3]</c>.</summary>
    public static Shape Create(ReadOnlySpan<int> dimensions) => new(dimensions);

    /// <summary>Number of dimensions.</summary>
    public int Rank => dimensions?.Length ?? 0;

    int IReadOnlyCollection<int>.Count => Rank;

    /// <summary>Size of one dimension.</summary>
    public int this[int axis] => Dimensions[axis];

    /// <summary>Size of one dimension; <c>^1</c> is the last.</summary>
    public int this[Index axis] => Dimensions[axis];

    /// <summary>All dimensions.</summary>
    public ReadOnlySpan<int> Dimensions => dimensions;

    /// <summary>Number of elements, 1 for a scalar.</summary>
    public long Count
    {
        get
        {
            var count = 1L;
            foreach (var dimension in Dimensions) count = checked(count * dimension);
            return count;
        }
    }

    /// <summary>Counts an axis from the end when it is negative.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public int Axis(int axis, string operation)
    {
        var positive = axis < 0 ? axis + Rank : axis;
        return positive >= 0 && positive < Rank
            ? positive
            : throw new ShapeException($"{operation}: there is no axis {axis} in a tensor of shape {this}");
    }

    /// <summary>The shape with one dimension replaced.</summary>
    public Shape With(int axis, int size)
    {
        var copy = Dimensions.ToArray();
        copy[axis] = size;
        return new Shape(copy);
    }

    /// <summary>The shape two tensors of these shapes have in common when dimensions of 1 are repeated, aligned at the end.</summary>
    /// <returns>Null when they do not fit.</returns>
    public static Shape? Broadcast(Shape a, Shape b)
    {
        var result = new int[Math.Max(a.Rank, b.Rank)];
        for (var i = 1; i <= result.Length; i++)
        {
            var (da, db) = (i <= a.Rank ? a[a.Rank - i] : 1, i <= b.Rank ? b[b.Rank - i] : 1);
            if (da != db && da != 1 && db != 1) return null;
            result[^i] = da == 1 ? db : da;
        }
        return new Shape(result);
    }

    /// <inheritdoc/>
    public bool Equals(Shape other) => Dimensions.SequenceEqual(other.Dimensions);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var dimension in Dimensions) hash.Add(dimension);
        return hash.ToHashCode();
    }

    /// <summary>Equal dimensions.</summary>
    public static bool operator ==(Shape a, Shape b) => a.Equals(b);

    /// <summary>Different dimensions.</summary>
    public static bool operator !=(Shape a, Shape b) => !a.Equals(b);

    /// <summary>Such as <c>[4,3,224]</c>; <c>[]</c> for a scalar.</summary>
    public override string ToString() => $"[{string.Join(',', dimensions ?? [])}]";

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)(dimensions ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>An operation was given tensors that do not fit. Thrown where the node is made, so it points at the user's own line.</summary>
public sealed class ShapeException(string message) : ArgumentException(message);
