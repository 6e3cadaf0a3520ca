using System.Text;

namespace Fml.Graph;

/// <summary>Prints graphs, one node a line, inputs before users.</summary>
public static class GraphPrinter
{
    /// <summary>The graph that ends in <paramref name="roots"/>.</summary>
    public static string Print(params IReadOnlyList<Node> roots)
    {
        var order = GraphOrder.Of(roots);
        var names = new Dictionary<Node, string>(ReferenceEqualityComparer.Instance);
        var text = new StringBuilder();
        foreach (var node in order)
        {
            names[node] = $"%{names.Count}";
            text.Append(names[node]).Append(" = ").Append(node switch
            {
                Node.Input input => $"input {input.Name}",
                Node.Parameter parameter => $"parameter {parameter.Name}",
                Node.Constant => "constant",
                Node.Apply apply => $"{apply.Primitive}({string.Join(", ", apply.Inputs.Select(input => names[input]))})",
                _ => throw new InvalidOperationException(),
            }).Append(" : ").Append(node.Type).AppendLine();
        }
        return text.ToString();
    }
}

/// <summary>The nodes of a graph in an order in which each follows what it is computed from.</summary>
internal static class GraphOrder
{
    /// <summary>Every node that <paramref name="roots"/> need, once. The order depends on the graph alone.</summary>
    public static List<Node> Of(IEnumerable<Node> roots)
    {
        var order = new List<Node>();
        var seen = new HashSet<Node>(ReferenceEqualityComparer.Instance);
        // An explicit stack: graphs are deeper than a thread's stack allows.
        var stack = new Stack<(Node Node, int NextInput)>();
        foreach (var root in roots)
        {
            if (seen.Add(root)) stack.Push((root, 0));
            while (stack.TryPop(out var top))
            {
                if (top.Node is Node.Apply apply && top.NextInput < apply.Inputs.Length)
                {
                    stack.Push((top.Node, top.NextInput + 1));
                    var input = apply.Inputs[top.NextInput];
                    if (seen.Add(input)) stack.Push((input, 0));
                }
                else order.Add(top.Node);
            }
        }
        return order;
    }
}
