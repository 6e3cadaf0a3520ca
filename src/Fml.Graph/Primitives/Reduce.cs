using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>What a reduction does with the elements.</summary>
public enum ReduceKind
{
    /// <summary>Adds them, in a fixed order.</summary>
    Sum,

    /// <summary>Takes the greatest; NaN wins.</summary>
    Max,
}

/// <summary>
/// <c>y = sum (or max) over the axes of e(x_0, x_1, ...)</c>; reduced axes stay with size 1. The expression is <c>x_0</c> when made by a
/// user; the compiler puts a map that feeds a reduction into it, so that its result is never written to memory.
/// </summary>
/// <param name="Kind">Sum or greatest.</param>
/// <param name="Axes">The axes, ascending.</param>
/// <param name="Expression">What is reduced.</param>
public sealed record Reduce(ReduceKind Kind, EquatableArray<int> Axes, Scalar Expression) : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var type = new Map(Expression).Infer(inputs);
        if (!type.Element.IsFloat()) throw Mismatch("the input", "floating point", type);
        return type with { Shape = Axes.Aggregate(type.Shape, (shape, axis) => shape.With(shape.Axis(axis, Name), 1)) };
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint)
    {
        var value = Ops.Map(Expression, output.Inputs);
        var repeated = Ops.BroadcastTo(adjoint, value.Shape);
        if (Kind == ReduceKind.Max)
        {
            // The adjoint is shared among ties.
            var chosen = Ops.Map(Scalar.IsEqual(new Scalar.Argument(0), new Scalar.Argument(1)), value, output);
            repeated *= chosen / Ops.Sum(chosen, Axes.AsSpan(), keepDimensions: true);
        }
        if (ReferenceEquals(value, output.Inputs[0])) return [repeated];
        return ((Node.Apply)value).Primitive.Gradient((Node.Apply)value, repeated);
    }

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) => ReduceLowering.Lower(this, lowering);

    /// <inheritdoc/>
    public override string ToString() => $"{Kind}{Axes}[{Expression}]";
}
