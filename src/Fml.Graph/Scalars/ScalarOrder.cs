namespace Fml.Graph;

/// <summary>Walks over expressions that visit each shared part once.</summary>
internal static class ScalarOrder
{
    /// <summary>The distinct nodes of the expressions, each after those it is made of.</summary>
    public static List<Scalar> Of(params ReadOnlySpan<Scalar> roots)
    {
        var order = new List<Scalar>();
        var seen = new HashSet<Scalar>();
        foreach (var root in roots) Visit(root);
        return order;

        void Visit(Scalar node)
        {
            if (!seen.Add(node)) return;
            foreach (var child in node.Children) Visit(child);
            order.Add(node);
        }
    }

    /// <summary>
    /// Rebuilds an expression from its leaves: <paramref name="rule"/> gets each node and a lookup of what its children have become, and
    /// returns what the node becomes, or null to keep the node's function on its new children.
    /// </summary>
    public static Scalar Rewrite(Scalar root, Func<Scalar, Func<Scalar, Scalar>, Scalar?> rule)
    {
        var rewritten = new Dictionary<Scalar, Scalar>();
        Scalar Of(Scalar child) => rewritten[child];
        foreach (var node in ScalarOrder.Of(root)) rewritten[node] = rule(node, Of) ?? Rebuild(node, Of);
        return rewritten[root];
    }

    private static Scalar Rebuild(Scalar node, Func<Scalar, Scalar> of) => node switch
    {
        Scalar.Unary n => Scalar.Apply(n.Function, of(n.X)),
        Scalar.Binary n => Scalar.Apply(n.Function, of(n.X), of(n.Y)),
        Scalar.Select n => Scalar.If(of(n.Condition), of(n.Then), of(n.Else)),
        Scalar.Machine n => new Scalar.Machine(n.Function, of(n.X)),
        _ => node,
    };
}
