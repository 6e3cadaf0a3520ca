using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>Brings an expression over nodes into one form, so that equal computations become equal nodes.</summary>
internal static class MapCanonical
{
    /// <summary>
    /// Equal inputs become one argument, and inputs that the expression does not read are dropped, unless the output owes its shape or type
    /// to them.
    /// </summary>
    public static (Scalar Expression, ImmutableArray<Node> Inputs) Of(Scalar expression, ImmutableArray<Node> inputs)
    {
        var used = ScalarOrder.Of(expression).OfType<Scalar.Argument>().Select(argument => argument.Index).ToHashSet();
        var kept = new List<Node>();
        var renumbering = new Scalar[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            if (!used.Contains(i)) continue;
            var known = kept.FindIndex(node => ReferenceEquals(node, inputs[i]));
            if (known < 0)
            {
                known = kept.Count;
                kept.Add(inputs[i]);
            }
            renumbering[i] = new Scalar.Argument(known);
        }
        // Unread inputs are appended only as far as they make the shape larger or give the type.
        for (var i = 0; i < inputs.Length; i++)
        {
            if (used.Contains(i)) continue;
            renumbering[i] = 0;
            var givesShape = Combined([.. kept, inputs[i]]) != Combined(kept);
            // F32 is the type of a map without any floating-point input, so nothing needs to be kept for its sake.
            var givesType = inputs[i].Type.Element == ElementType.F64 && !kept.Any(node => node.Type.Element.IsFloat());
            if (givesShape || givesType) kept.Add(inputs[i]);
        }
        return (expression.Substitute(renumbering), [.. kept]);
    }

    private static Shape? Combined(IReadOnlyList<Node> nodes) =>
        nodes.Aggregate((Shape?)Shape.Scalar, (shape, node) => shape is { } known ? Shape.Broadcast(known, node.Shape) : null);
}
