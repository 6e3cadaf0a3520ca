using System.Collections.Immutable;

namespace Fml.Graph;

/// <summary>Primitives that look at their input in another way and compute nothing.</summary>
public abstract record ViewPrimitive : Primitive
{
    /// <summary>Copies, where the consumer cannot read the view itself; the compiler does it.</summary>
    public sealed override void Lower(Lowering lowering) =>
        throw new InvalidOperationException($"{Name} is a view and is never lowered");
}

/// <summary><c>y</c> has the elements of <c>x</c> in the same row-major order and another shape.</summary>
/// <param name="Target">The new shape, with as many elements.</param>
public sealed record Reshape(Shape Target) : ViewPrimitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs) =>
        inputs[0].Shape.Count == Target.Count
            ? inputs[0] with { Shape = Target }
            : throw Mismatch("the new shape", $"one of {inputs[0].Shape.Count} elements like {inputs[0].Shape}", Target);

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
        [Ops.Reshape(adjoint, output.Inputs[0].Shape)];

    internal override Layout? View(Layout input, Shape output) =>
        input.IsContiguous ? Layout.Contiguous(output) : null;
}

/// <summary><c>y[i_p0, i_p1, ...] = x[...]</c> with the axes in another order: axis a of y is axis <c>Order[a]</c> of x.</summary>
/// <param name="Order">A permutation of the axes.</param>
public sealed record Transpose(EquatableArray<int> Order) : ViewPrimitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var shape = inputs[0].Shape;
        if (!Order.Order().SequenceEqual(Enumerable.Range(0, shape.Rank)))
            throw Mismatch("the order", $"a permutation of the {shape.Rank} axes of {shape}", Order);
        return inputs[0] with { Shape = new Shape([.. Order.Select(axis => shape[axis])]) };
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
        [Ops.Transpose(adjoint, [.. Enumerable.Range(0, Order.Count).Select(axis => Order.ToList().IndexOf(axis))])];

    internal override Layout? View(Layout input, Shape output) =>
        input with { Shape = output, Strides = [.. Order.Select(axis => input.Strides[axis])] };
}

/// <summary><c>y</c> repeats <c>x</c> along dimensions of size 1 and new leading dimensions.</summary>
/// <param name="Target">The new shape.</param>
public sealed record BroadcastTo(Shape Target) : ViewPrimitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs) =>
        Shape.Broadcast(inputs[0].Shape, Target) == Target
            ? inputs[0] with { Shape = Target }
            : throw Mismatch("the input", $"of a shape that repeats to {Target}", inputs[0]);

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) => [adjoint];

    internal override Layout? View(Layout input, Shape output) => input.BroadcastTo(output);
}

/// <summary><c>y[i_0, i_1, ...] = x[Start_0 + i_0, Start_1 + i_1, ...]</c>.</summary>
/// <param name="Start">First index of each axis.</param>
/// <param name="Size">Number of elements of each axis.</param>
public sealed record Slice(EquatableArray<int> Start, Shape Size) : ViewPrimitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var shape = inputs[0].Shape;
        var fits = Start.Count == shape.Rank && Size.Rank == shape.Rank
            && Enumerable.Range(0, shape.Rank).All(axis => Start[axis] >= 0 && Start[axis] + Size[axis] <= shape[axis]);
        return fits ? inputs[0] with { Shape = Size } : throw Mismatch($"the part of {Size} at {Start}", $"inside {shape}", "not");
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint)
    {
        var whole = output.Inputs[0].Shape;
        return [Ops.Pad(adjoint, [.. Start], [.. Enumerable.Range(0, whole.Rank).Select(axis => whole[axis] - Start[axis] - Size[axis])])];
    }

    internal override Layout? View(Layout input, Shape output)
    {
        var offset = input.Offset;
        for (var axis = 0; axis < Start.Count; axis++) offset += Start[axis] * input.Strides[axis];
        return input with { Shape = output, Offset = offset };
    }
}

/// <summary><c>y = x</c>, a constant for the gradient.</summary>
public sealed record StopGradient : ViewPrimitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs) => inputs[0];

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) => NoGradient(output);

    internal override Layout? View(Layout input, Shape output) => input;
}
