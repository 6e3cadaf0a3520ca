using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Scalar expressions as CUDA C over the type <c>Real</c>: one named value an operation, each common part once, functions as CUDA has them.
/// Equal expressions give equal text. Helpers that CUDA lacks are in <c>elementwise.cuh</c>.
/// </summary>
internal sealed class ScalarCuda
{
    private readonly bool single;
    private readonly Dictionary<Scalar, string> names = [];
    private readonly StringBuilder text = new();

    private ScalarCuda(ElementType arithmetic) => single = arithmetic == ElementType.F32;

    /// <summary>A function <c>evaluate(a.., y..)</c> of the arguments that occur, by value, and the results, by reference.</summary>
    public static string Function(ImmutableArray<Scalar> expressions, ElementType arithmetic)
    {
        var writer = new ScalarCuda(arithmetic);
        var order = ScalarOrder.Of(expressions.AsSpan());
        var named = Named(order, expressions);
        foreach (var node in order)
        {
            if (node is Scalar.Argument or Scalar.Constant || !named.Contains(node)) continue;
            var value = writer.Value(node);
            var name = $"t{writer.names.Count}";
            writer.text.AppendLine(CultureInfo.InvariantCulture, $"    const Real {name} = {value};");
            writer.names[node] = name;
        }
        for (var i = 0; i < expressions.Length; i++)
            writer.text.AppendLine(CultureInfo.InvariantCulture, $"    y{i} = {writer.Name(expressions[i])};");
        var parameters = Arguments(expressions).Select(a => $"Real a{a}").Concat(expressions.Select((_, i) => $"Real& y{i}"));
        return $"static __device__ __forceinline__ void evaluate({string.Join(", ", parameters)})\n{{\n{writer.text}}}\n";
    }

    /// <summary>The arguments that occur, ascending.</summary>
    public static ImmutableArray<int> Arguments(ImmutableArray<Scalar> expressions) =>
        [.. ScalarOrder.Of(expressions.AsSpan()).OfType<Scalar.Argument>().Select(argument => argument.Index).Distinct().Order()];

    /// <summary>A number, exactly.</summary>
    public static string Number(double value, ElementType arithmetic)
    {
        var single = arithmetic == ElementType.F32;
        if (single) value = (float)value;
        if (double.IsNaN(value)) return "not_a_number()";
        if (double.IsInfinity(value)) return value > 0 ? "infinity()" : "(-infinity())";
        var digits = single ? ((float)value).ToString("R", CultureInfo.InvariantCulture) : value.ToString("R", CultureInfo.InvariantCulture);
        if (!digits.Contains('.', StringComparison.Ordinal) && !digits.Contains('E', StringComparison.Ordinal)) digits += ".0";
        if (single) digits += "f";
        return digits[0] == '-' ? $"({digits})" : digits;
    }

    // A comparison that only decides choices needs no value of its own.
    private static HashSet<Scalar> Named(List<Scalar> order, ImmutableArray<Scalar> roots)
    {
        var named = new HashSet<Scalar>(roots);
        foreach (var node in order)
        {
            if (node is Scalar.Select { Condition: var condition, Then: var then, Else: var otherwise })
                named.UnionWith(Comparison(condition) is null ? [condition, then, otherwise] : [then, otherwise]);
            else
                foreach (var child in node.Children) named.Add(child);
        }
        return named;
    }

    private static (string Sign, Scalar X, Scalar Y)? Comparison(Scalar node) => node switch
    {
        Scalar.Binary { Function: BinaryFunction.Less } n => ("<", n.X, n.Y),
        Scalar.Binary { Function: BinaryFunction.LessOrEqual } n => ("<=", n.X, n.Y),
        Scalar.Binary { Function: BinaryFunction.Equal } n => ("==", n.X, n.Y),
        _ => null,
    };

    private string Name(Scalar node) => node switch
    {
        Scalar.Argument n => $"a{n.Index}",
        Scalar.Constant n => Number(n.Value, single ? ElementType.F32 : ElementType.F64),
        _ => names[node],
    };

    private string Value(Scalar node) => node switch
    {
        Scalar.Unary n => Value(n.Function, Name(n.X)),
        Scalar.Select n when Comparison(n.Condition) is var (sign, x, y) => $"{Name(x)} {sign} {Name(y)} ? {Name(n.Then)} : {Name(n.Else)}",
        Scalar.Select n => $"{Name(n.Condition)} != (Real)0 ? {Name(n.Then)} : {Name(n.Else)}",
        Scalar.Binary n when Comparison(n) is var (sign, x, y) => $"{Name(x)} {sign} {Name(y)} ? (Real)1 : (Real)0",
        Scalar.Binary n => Value(n.Function, Name(n.X), Name(n.Y)),
        _ => throw new NotSupportedException($"{node.GetType().Name} has no CUDA C"),
    };

    private string Value(UnaryFunction function, string x) => function switch
    {
        UnaryFunction.Negate => $"-{x}",
        UnaryFunction.Abs => $"{Library("fabs")}({x})",
        UnaryFunction.Sqrt => $"{Library("sqrt")}({x})",
        UnaryFunction.Exp => $"{Library("exp")}({x})",
        UnaryFunction.Log => $"{Library("log")}({x})",
        UnaryFunction.Sin => $"{Library("sin")}({x})",
        UnaryFunction.Cos => $"{Library("cos")}({x})",
        UnaryFunction.Tanh => $"{Library("tanh")}({x})",
        UnaryFunction.Sigmoid => $"(Real)1 / ((Real)1 + {Library("exp")}(-{x}))",
        UnaryFunction.Floor => $"{Library("floor")}({x})",
        UnaryFunction.Sign => $"{x} > (Real)0 ? (Real)1 : {x} < (Real)0 ? (Real)-1 : {x}",
        UnaryFunction.IsFinite => $"{Library("fabs")}({x}) < infinity() ? (Real)1 : (Real)0",
        _ => throw new NotSupportedException($"{function} has no CUDA C"),
    };

    private string Value(BinaryFunction function, string x, string y) => function switch
    {
        BinaryFunction.Add => $"{x} + {y}",
        BinaryFunction.Subtract => $"{x} - {y}",
        BinaryFunction.Multiply => $"multiply({x}, {y})",
        BinaryFunction.Divide => $"{x} / {y}",
        BinaryFunction.Power => $"{Library("pow")}({x}, {y})",
        BinaryFunction.Min => $"minimum({x}, {y})",
        BinaryFunction.Max => $"maximum({x}, {y})",
        _ => throw new NotSupportedException($"{function} has no CUDA C"),
    };

    private string Library(string name) => single ? name + "f" : name;
}
