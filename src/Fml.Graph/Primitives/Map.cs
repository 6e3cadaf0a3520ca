using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Elementwise work: <c>y = e(x_0, x_1, ...)</c> for a scalar expression <c>e</c>. Inputs are broadcast to a common shape, aligned at the
/// end. Inputs of integer type are read as floating-point numbers. The derivative is <c>e</c>'s symbolic one.
/// </summary>
/// <param name="Expression">The expression; argument i is input i.</param>
/// <param name="Element">Element type of the output; null takes the floating-point inputs' type, or f32 when there is none.</param>
public sealed record Map(Scalar Expression, ElementType? Element = null) : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        if (inputs.Length < Expression.ArgumentCount)
            throw new ShapeException($"Map: {Expression} needs {Expression.ArgumentCount} inputs, but has {inputs.Length}");
        ElementType? common = null;
        var shape = Shape.Scalar;
        for (var i = 0; i < inputs.Length; i++)
        {
            shape = Shape.Broadcast(shape, inputs[i].Shape)
                ?? throw Mismatch($"input {i}", $"of a shape that broadcasts with {shape}", inputs[i]);
            if (!inputs[i].Element.IsFloat()) continue;
            if (common is { } other && other != inputs[i].Element) throw Mismatch($"input {i}", other.ToString().ToLowerInvariant(), inputs[i]);
            common = inputs[i].Element;
        }
        return new TensorType(Element ?? common ?? ElementType.F32, shape);
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
    [
        .. output.Inputs.Select((input, i) =>
            !input.Type.Element.IsFloat() || ScalarDerivative.Of(Expression, i) is var derivative && derivative is Scalar.Constant { Value: 0 }
                ? null
                : Ops.Map(derivative * new Scalar.Argument(output.Inputs.Length), [.. output.Inputs, adjoint])),
    ];

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) => MapLowering.Lower(lowering);

    /// <inheritdoc/>
    public override string ToString() => $"Map[{Expression}]";
}
