using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Puts maps into the maps and reductions that read them, so that what lies between is never written to memory. A rewrite of the graph: the
/// result computes the same values.
/// </summary>
internal static class Fusion
{
    private const int MaximumInputs = 20, MaximumOperations = 160;

    /// <summary>A map that several consumers read is computed again in each only when it is this cheap.</summary>
    private const int CheapOperations = 12, CheapConsumers = 4;

    /// <summary>The fused form of every root.</summary>
    public static ImmutableArray<Node> Of(ImmutableArray<Node> roots)
    {
        var order = GraphOrder.Of(roots);
        var absorbed = Absorbed(order, roots);
        var fused = new Dictionary<Node, Node>(ReferenceEqualityComparer.Instance);
        foreach (var node in order) fused[node] = Rewrite(node, fused, absorbed);
        return [.. roots.Select(root => fused[root])];
    }

    // The maps that every consumer can take in.
    private static HashSet<Node> Absorbed(List<Node> order, ImmutableArray<Node> roots)
    {
        var consumers = new Dictionary<Node, List<Node.Apply>>(ReferenceEqualityComparer.Instance);
        foreach (var apply in order.OfType<Node.Apply>())
            foreach (var input in apply.Inputs.Distinct())
                (consumers.TryGetValue(input, out var list) ? list : consumers[input] = []).Add(apply);
        return order.OfType<Node.Apply>()
            .Where(node => node.Primitive is Map map && consumers.TryGetValue(node, out var users)
                && (users.Count == 1 || (users.Count <= CheapConsumers && map.Expression.OperationCount <= CheapOperations))
                && users.All(user => IterationSpace(user) is { } space && space == node.Type))
            .ToHashSet<Node>(ReferenceEqualityComparer.Instance);
    }

    // Shape and type in which a map or reduction evaluates its expression; null for any other node.
    private static TensorType? IterationSpace(Node.Apply node) => node.Primitive switch
    {
        Map => node.Type,
        Reduce reduce => new Map(reduce.Expression).Infer([.. node.Inputs.Select(input => input.Type)]),
        _ => null,
    };

    private static Node Rewrite(Node node, Dictionary<Node, Node> fused, HashSet<Node> absorbed)
    {
        if (node is not Node.Apply apply) return node;
        ImmutableArray<Node> inputs = [.. apply.Inputs.Select(input => fused[input])];
        if (apply.Primitive is not (Map or Reduce)) return Node.Apply.Of(apply.Primitive, inputs);

        var expression = apply.Primitive is Map map ? map.Expression : ((Reduce)apply.Primitive).Expression;
        for (var i = 0; i < apply.Inputs.Length; i++)
        {
            if (!absorbed.Contains(apply.Inputs[i]) || inputs[i] is not Node.Apply { Primitive: Map inner } producer) continue;
            var (position, offset) = (i, inputs.Length);
            var joined = expression.Substitute(index => index == position
                ? inner.Expression.Substitute(argument => new Scalar.Argument(argument + offset))
                : new Scalar.Argument(index));
            var candidate = MapCanonical.Of(joined, [.. inputs, .. producer.Inputs]);
            if (candidate.Inputs.Length - (candidate.Inputs.Contains(producer) ? 1 : 0) > MaximumInputs
                || candidate.Expression.OperationCount > MaximumOperations) continue;
            (expression, inputs) = (joined, [.. inputs, .. producer.Inputs]);
        }
        var (canonical, kept) = MapCanonical.Of(expression, inputs);
        return apply.Primitive switch
        {
            Map m => Node.Apply.Of(m with { Expression = canonical }, kept),
            Reduce r => Node.Apply.Of(r with { Expression = canonical }, kept),
            _ => throw new InvalidOperationException(),
        };
    }
}
