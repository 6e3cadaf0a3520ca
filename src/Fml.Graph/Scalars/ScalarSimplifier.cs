using static Fml.Graph.BinaryFunction;
using static Fml.Graph.UnaryFunction;

namespace Fml.Graph;

/// <summary>
/// Builds expressions in simplest form by rules that keep the value, NaN and infinities included. Not kept are the sign of a zero and, for
/// powers with a small constant exponent (which become products or roots), the last bit and what happens at minus infinity.
/// </summary>
/// <remarks>
/// <c>x * 0</c> is kept, since 0 times infinity or NaN is NaN; so are <c>x - x</c> and <c>x / x</c>. Constants stand on the right of
/// commutative functions, <c>x - c</c> is <c>x + (-c)</c>, and negations move outwards until they merge with a sum or a constant.
/// </remarks>
internal static class ScalarSimplifier
{
    public static Scalar Of(UnaryFunction function, Scalar x) => (function, x) switch
    {
        (_, Scalar.Constant c) => ScalarInterpreter.Apply(function, c.Value),
        (Negate, Scalar.Unary { Function: Negate } n) => n.X,
        (Negate, Scalar.Binary { Function: Subtract } n) => n.Y - n.X,
        (Negate, Scalar.Binary { Function: Multiply or Divide, Y: Scalar.Constant c } n) => Of(n.Function, n.X, -c.Value),
        (Abs, Scalar.Unary { Function: Negate } n) => Scalar.Abs(n.X),
        (Abs, Scalar.Unary { Function: Abs or Sqrt or Exp or Sigmoid }) => x,
        (Floor, Scalar.Unary { Function: Floor }) => x,
        _ => new Scalar.Unary(function, x),
    };

    public static Scalar Of(BinaryFunction function, Scalar x, Scalar y)
    {
        if (x is Scalar.Constant a && y is Scalar.Constant b) return ScalarInterpreter.Apply(function, a.Value, b.Value);
        if (function is Add or Multiply or Min or Max or Equal && x is Scalar.Constant) (x, y) = (y, x);
        return function switch
        {
            Add => Sum(x, y),
            Subtract => Difference(x, y),
            Multiply => Product(x, y),
            Divide => Quotient(x, y),
            Power => PowerOf(x, y),
            Min or Max => Extreme(function, x, y),
            Less when x == y => 0,
            _ => new Scalar.Binary(function, x, y),
        };
    }

    public static Scalar Choose(Scalar condition, Scalar then, Scalar otherwise) => condition switch
    {
        Scalar.Constant c => c.Value != 0 ? then : otherwise,
        _ when then == otherwise => then,
        _ => new Scalar.Select(condition, then, otherwise),
    };

    private static Scalar Sum(Scalar x, Scalar y) => (x, y) switch
    {
        (_, Scalar.Constant { Value: 0 }) => x,
        (_, Scalar.Unary { Function: Negate } n) => x - n.X,
        (Scalar.Unary { Function: Negate } n, _) => y - n.X,
        _ when x == y => x * 2,
        _ => new Scalar.Binary(Add, x, y),
    };

    private static Scalar Difference(Scalar x, Scalar y) => (x, y) switch
    {
        (_, Scalar.Constant c) => x + -c.Value,
        (Scalar.Constant { Value: 0 }, _) => -y,
        (_, Scalar.Unary { Function: Negate } n) => x + n.X,
        _ => new Scalar.Binary(Subtract, x, y),
    };

    private static Scalar Product(Scalar x, Scalar y) => (x, y) switch
    {
        (_, Scalar.Constant { Value: 1 }) => x,
        (_, Scalar.Constant { Value: -1 }) => -x,
        (Scalar.Unary { Function: Negate } n, Scalar.Constant c) => n.X * -c.Value,
        (Scalar.Binary { Function: Multiply, Y: Scalar.Constant c } n, Scalar.Constant d) when IsPowerOfTwo(c) || IsPowerOfTwo(d) =>
            n.X * (c.Value * d.Value),
        (Scalar.Unary { Function: Negate } n, Scalar.Unary { Function: Negate } m) => n.X * m.X,
        (Scalar.Unary { Function: Negate } n, _) => -(n.X * y),
        (_, Scalar.Unary { Function: Negate } n) => -(x * n.X),
        _ => new Scalar.Binary(Multiply, x, y),
    };

    private static Scalar Quotient(Scalar x, Scalar y) => (x, y) switch
    {
        (_, Scalar.Constant { Value: 1 }) => x,
        (_, Scalar.Constant { Value: -1 }) => -x,
        (_, Scalar.Constant c) when IsPowerOfTwo(c) => x * (1 / c.Value),
        (Scalar.Unary { Function: Negate } n, Scalar.Constant c) => n.X / -c.Value,
        (Scalar.Unary { Function: Negate } n, Scalar.Unary { Function: Negate } m) => n.X / m.X,
        (Scalar.Unary { Function: Negate } n, _) => -(n.X / y),
        (Scalar.Constant c, Scalar.Unary { Function: Negate } n) => -c.Value / n.X,
        (_, Scalar.Unary { Function: Negate } n) => -(x / n.X),
        _ => new Scalar.Binary(Divide, x, y),
    };

    private static Scalar PowerOf(Scalar x, Scalar y) => y switch
    {
        Scalar.Constant { Value: 0 } => 1,
        Scalar.Constant { Value: 1 } => x,
        Scalar.Constant { Value: 2 } => x * x,
        Scalar.Constant { Value: 3 } => x * x * x,
        Scalar.Constant { Value: 4 } => x * x * (x * x),
        Scalar.Constant { Value: 0.5 } => Scalar.Sqrt(x),
        Scalar.Constant { Value: -0.5 } => 1 / Scalar.Sqrt(x),
        Scalar.Constant { Value: -1 } => 1 / x,
        Scalar.Constant { Value: -2 } => 1 / (x * x),
        _ => new Scalar.Binary(Power, x, y),
    };

    private static Scalar Extreme(BinaryFunction function, Scalar x, Scalar y) => (x, y) switch
    {
        _ when x == y => x,
        (Scalar.Binary { Y: Scalar.Constant c } n, Scalar.Constant d) when n.Function == function =>
            Of(function, n.X, ScalarInterpreter.Apply(function, c.Value, d.Value)),
        _ => new Scalar.Binary(function, x, y),
    };

    // Products with these are exact. The range keeps the inverse a normal number of either precision.
    private static bool IsPowerOfTwo(Scalar.Constant c) =>
        double.IsPow2(Math.Abs(c.Value)) && Math.Abs(c.Value) is >= 1.0 / (1L << 60) and <= 1L << 60;
}
