namespace Fml.Graph;

/// <summary>The meaning of scalar expressions: slow and plain, in double. Compiled code is tested against it.</summary>
public static class ScalarInterpreter
{
    /// <summary>The value of an expression.</summary>
    /// <param name="expression">What to evaluate.</param>
    /// <param name="arguments">The values of its arguments, at least <see cref="Scalar.ArgumentCount"/>.</param>
    /// <exception cref="ArgumentException">Too few arguments.</exception>
    public static double Evaluate(Scalar expression, ReadOnlySpan<double> arguments)
    {
        if (arguments.Length < expression.ArgumentCount)
            throw new ArgumentException($"the expression has {expression.ArgumentCount} arguments, but got {arguments.Length} values");
        var values = new Dictionary<Scalar, double>();
        foreach (var node in ScalarOrder.Of(expression))
        {
            values[node] = node switch
            {
                Scalar.Argument n => arguments[n.Index],
                Scalar.Constant n => n.Value,
                Scalar.Unary n => Apply(n.Function, values[n.X]),
                Scalar.Binary n => Apply(n.Function, values[n.X], values[n.Y]),
                Scalar.Select n => values[n.Condition] != 0 ? values[n.Then] : values[n.Else],
                _ => throw new NotSupportedException("lowered expressions are not interpreted"),
            };
        }
        return values[expression];
    }

    /// <summary>A function's value.</summary>
    public static double Apply(UnaryFunction function, double x) => function switch
    {
        UnaryFunction.Negate => -x,
        UnaryFunction.Abs => Math.Abs(x),
        UnaryFunction.Sqrt => Math.Sqrt(x),
        UnaryFunction.Exp => Math.Exp(x),
        UnaryFunction.Log => Math.Log(x),
        UnaryFunction.Sin => Math.Sin(x),
        UnaryFunction.Cos => Math.Cos(x),
        UnaryFunction.Tanh => Math.Tanh(x),
        UnaryFunction.Sigmoid => 1 / (1 + Math.Exp(-x)),
        UnaryFunction.Floor => Math.Floor(x),
        UnaryFunction.Sign => x > 0 ? 1 : x < 0 ? -1 : x,
        UnaryFunction.IsFinite => double.IsFinite(x) ? 1 : 0,
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, "unknown function"),
    };

    /// <summary>A function's value.</summary>
    public static double Apply(BinaryFunction function, double x, double y) => function switch
    {
        BinaryFunction.Add => x + y,
        BinaryFunction.Subtract => x - y,
        BinaryFunction.Multiply => x * y,
        BinaryFunction.Divide => x / y,
        BinaryFunction.Power => Math.Pow(x, y),
        BinaryFunction.Min => Math.Min(x, y),
        BinaryFunction.Max => Math.Max(x, y),
        BinaryFunction.Less => x < y ? 1 : 0,
        BinaryFunction.LessOrEqual => x <= y ? 1 : 0,
        BinaryFunction.Equal => x == y ? 1 : 0,
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, "unknown function"),
    };
}
