using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Reverse-mode differentiation. The graph is laid out as a tape and walked backwards; each primitive's own rule turns the adjoint of its
/// output into adjoints of its inputs, and adjoints of a node used more than once add up. Gradients are nodes like any others.
/// </summary>
public static class Gradients
{
    /// <summary>The gradient of a scalar with respect to each of <paramref name="variables"/>, of the variable's type; zeros where it
    /// does not depend on it.</summary>
    /// <exception cref="ShapeException"><paramref name="loss"/> is not a scalar.</exception>
    public static ImmutableArray<Node> Of(Node loss, params IReadOnlyList<Node> variables) =>
        loss.Shape.Rank == 0
            ? Of(loss, Ops.Full(loss.Type, 1), variables)
            : throw new ShapeException($"Gradients.Of: the loss must be a scalar, but has shape {loss.Shape}; use Ops.Sum or Ops.Mean");

    /// <summary>The product of a cotangent with the Jacobian of <paramref name="output"/>, for each of
    /// <paramref name="variables"/>.</summary>
    /// <param name="output">The tensor that is differentiated.</param>
    /// <param name="cotangent">Weights of the output's elements, of the output's type.</param>
    /// <param name="variables">What is differentiated for.</param>
    public static ImmutableArray<Node> Of(Node output, Node cotangent, IReadOnlyList<Node> variables)
    {
        if (cotangent.Type != output.Type)
            throw new ShapeException($"Gradients.Of: the cotangent must be {output.Type}, but is {cotangent.Type}");
        var tape = GraphOrder.Of([output]);
        var needed = Needed(tape, variables);
        var adjoints = new Dictionary<Node, Node>(ReferenceEqualityComparer.Instance) { [output] = cotangent };
        for (var i = tape.Count - 1; i >= 0; i--)
        {
            if (tape[i] is not Node.Apply apply || !needed.Contains(apply) || !adjoints.TryGetValue(apply, out var adjoint)) continue;
            var contributions = apply.Primitive.Gradient(apply, adjoint);
            if (contributions.Length != apply.Inputs.Length)
                throw new InvalidOperationException(
                    $"{apply.Primitive.Name} has {apply.Inputs.Length} inputs, but its gradient rule gave {contributions.Length} adjoints");
            for (var k = 0; k < contributions.Length; k++)
            {
                var input = apply.Inputs[k];
                if (contributions[k] is not { } raw || !needed.Contains(input)) continue;
                var contribution = Unbroadcast(raw, input, apply);
                adjoints[input] = adjoints.TryGetValue(input, out var sum) ? sum + contribution : contribution;
            }
        }
        return [.. variables.Select(variable => adjoints.GetValueOrDefault(variable) ?? Ops.Full(variable.Type, 0))];
    }

    // The nodes through which a variable can reach the output.
    private static HashSet<Node> Needed(List<Node> tape, IReadOnlyList<Node> variables)
    {
        var needed = new HashSet<Node>(variables, ReferenceEqualityComparer.Instance);
        foreach (var node in tape)
            if (node is Node.Apply apply && apply.Inputs.Any(needed.Contains)) needed.Add(node);
        return needed;
    }

    // What broadcasting repeated, the adjoint sums.
    private static Node Unbroadcast(Node adjoint, Node input, Node.Apply user)
    {
        if (adjoint.Type == input.Type) return adjoint;
        var leading = adjoint.Shape.Rank - input.Shape.Rank;
        var fits = leading >= 0 && adjoint.Type.Element == input.Type.Element
            && Enumerable.Range(0, input.Shape.Rank).All(a => input.Shape[a] == 1 || input.Shape[a] == adjoint.Shape[a + leading]);
        if (!fits)
            throw new InvalidOperationException(
                $"{user.Primitive.Name}: its gradient rule gave an adjoint of type {adjoint.Type} for an input of type {input.Type}");
        var axes = Enumerable.Range(0, adjoint.Shape.Rank)
            .Where(a => a < leading || (input.Shape[a - leading] == 1 && adjoint.Shape[a] != 1)).ToArray();
        return Ops.Reshape(Ops.Sum(adjoint, axes, keepDimensions: true), input.Shape);
    }
}
