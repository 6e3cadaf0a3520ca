using System.Globalization;
using System.Text;

namespace Fml.Graph;

/// <summary>Expressions as people write them.</summary>
internal static class ScalarText
{
    private const int InlineLimit = 200;

    private enum Binding
    {
        Choice,
        Comparison,
        Sum,
        Product,
        Atom,
    }

    /// <summary>Infix text; when it would grow long, shared parts are named first: <c>t0 = a0 * a1; t0 + exp(t0)</c>.</summary>
    public static string Of(Scalar expression)
    {
        var names = new Dictionary<Scalar, string>();
        if (expression.TreeSize <= InlineLimit) return Write(expression, names).Text;
        var order = ScalarOrder.Of(expression);
        var uses = new Dictionary<Scalar, int>();
        foreach (var node in order)
            foreach (var child in node.Children) uses[child] = uses.GetValueOrDefault(child) + 1;
        var text = new StringBuilder();
        foreach (var node in order)
        {
            if (node is Scalar.Argument or Scalar.Constant || uses.GetValueOrDefault(node) < 2) continue;
            var definition = Write(node, names).Text;
            names[node] = $"t{names.Count}";
            text.Append(CultureInfo.InvariantCulture, $"{names[node]} = {definition}; ");
        }
        return text.Append(Write(expression, names).Text).ToString();
    }

    private static (string Text, Binding Binding) Write(Scalar node, Dictionary<Scalar, string> names)
    {
        if (names.TryGetValue(node, out var name)) return (name, Binding.Atom);
        string At(Scalar child, Binding least)
        {
            var (text, binding) = Write(child, names);
            return binding >= least ? text : $"({text})";
        }
        return node switch
        {
            Scalar.Argument n => ($"a{n.Index}", Binding.Atom),
            Scalar.Constant n => (Number(n.Value), Binding.Atom),
            Scalar.Unary { Function: UnaryFunction.Negate } n => ($"-{At(n.X, Binding.Product)}", Binding.Sum),
            Scalar.Unary n => ($"{Name(n.Function)}({At(n.X, Binding.Choice)})", Binding.Atom),
            Scalar.Machine n => ($"{Name(n.Function)}({At(n.X, Binding.Choice)})", Binding.Atom),
            Scalar.Binary { Function: BinaryFunction.Add, Y: Scalar.Constant { Value: < 0 } c } n =>
                ($"{At(n.X, Binding.Sum)} - {Number(-c.Value)}", Binding.Sum),
            Scalar.Binary n when Infix(n.Function) is var (sign, binding, left, right) =>
                ($"{At(n.X, left)} {sign} {At(n.Y, right)}", binding),
            Scalar.Binary n => ($"{Name(n.Function)}({At(n.X, Binding.Choice)}, {At(n.Y, Binding.Choice)})", Binding.Atom),
            Scalar.Select n => (
                $"{At(n.Condition, Binding.Comparison)} ? {At(n.Then, Binding.Comparison)} : {At(n.Else, Binding.Comparison)}",
                Binding.Choice),
            _ => throw new NotSupportedException($"no text for {node.GetType().Name}"),
        };
    }

    // The sign, how tightly it binds, and what its operands must bind at least to stand without parentheses.
    private static (string Sign, Binding Binding, Binding Left, Binding Right)? Infix(BinaryFunction function) => function switch
    {
        BinaryFunction.Add => ("+", Binding.Sum, Binding.Sum, Binding.Product),
        BinaryFunction.Subtract => ("-", Binding.Sum, Binding.Sum, Binding.Product),
        BinaryFunction.Multiply => ("*", Binding.Product, Binding.Product, Binding.Atom),
        BinaryFunction.Divide => ("/", Binding.Product, Binding.Product, Binding.Atom),
        BinaryFunction.Less => ("<", Binding.Comparison, Binding.Sum, Binding.Sum),
        BinaryFunction.LessOrEqual => ("<=", Binding.Comparison, Binding.Sum, Binding.Sum),
        BinaryFunction.Equal => ("==", Binding.Comparison, Binding.Sum, Binding.Sum),
        _ => null,
    };

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Name<TFunction>(TFunction function) where TFunction : struct, Enum
    {
        var name = function.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}
