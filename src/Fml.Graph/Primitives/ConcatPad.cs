using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>The inputs one after another along an axis.</summary>
/// <param name="Axis">The axis, 0 or more.</param>
public sealed record Concat(int Axis) : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var first = inputs[0];
        var axis = first.Shape.Axis(Axis, Name);
        for (var i = 1; i < inputs.Length; i++)
            if (inputs[i].Element != first.Element || inputs[i].Shape.Rank != first.Shape.Rank
                || inputs[i].Shape.With(axis, first.Shape[axis]) != first.Shape)
                throw Mismatch($"input {i}", $"like {first} but for axis {axis}", inputs[i]);
        return first with { Shape = first.Shape.With(axis, inputs.Sum(input => input.Shape[axis])) };
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint)
    {
        var start = 0;
        return [.. output.Inputs.Select(input =>
        {
            var part = Ops.Slice(adjoint, Axis, start, input.Shape[Axis]);
            start += input.Shape[Axis];
            return (Node?)part;
        })];
    }

    /// <inheritdoc/>
    public override void Lower(Lowering lowering)
    {
        var whole = Layout.Contiguous(lowering.OutputType.Shape);
        var start = 0;
        for (var i = 0; i < lowering.Node.Inputs.Length; i++)
        {
            var shape = lowering.InputType(i).Shape;
            var target = whole with { Shape = shape, Offset = start * whole.Strides[Axis] };
            lowering.Run(
                StridedCopy.Kernel, StridedCopy.Sizes(lowering.OutputType.Element.Size(), Layout.Contiguous(shape), target),
                lowering.Input(i), lowering.Output);
            start += shape[Axis];
        }
    }
}

/// <summary><c>x</c> with zeros around it.</summary>
/// <param name="Before">Zeros before the first element of each axis.</param>
/// <param name="After">Zeros after the last element of each axis.</param>
public sealed record Pad(EquatableArray<int> Before, EquatableArray<int> After) : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var shape = inputs[0].Shape;
        if (Before.Count != shape.Rank || After.Count != shape.Rank || Before.Any(n => n < 0) || After.Any(n => n < 0))
            throw Mismatch("the padding", $"{shape.Rank} counts of 0 or more on each side", $"{Before}, {After}");
        return inputs[0] with { Shape = new Shape([.. Enumerable.Range(0, shape.Rank).Select(a => Before[a] + shape[a] + After[a])]) };
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
        [Ops.Slice(adjoint, [.. Before], output.Inputs[0].Shape)];

    /// <inheritdoc/>
    public override void Lower(Lowering lowering)
    {
        var shape = lowering.InputType(0).Shape;
        var whole = Layout.Contiguous(lowering.OutputType.Shape);
        var offset = Enumerable.Range(0, shape.Rank).Sum(axis => Before[axis] * whole.Strides[axis]);
        lowering.Run(Zero.Kernel, new Zero.Sizes(lowering.OutputType.ByteCount), lowering.Output);
        lowering.Run(
            StridedCopy.Kernel,
            StridedCopy.Sizes(lowering.OutputType.Element.Size(), Layout.Contiguous(shape), whole with { Shape = shape, Offset = offset }),
            lowering.Input(0), lowering.Output);
    }
}
