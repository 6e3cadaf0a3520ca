namespace Fml.Graph.Tests.Scalars;

/// <summary>Every function with the range in which it is tested; a test fails when a function has no row.</summary>
internal static class ScalarFunctionTable
{
    public sealed record Row(string Name, Scalar Expression, double Low, double High, double LowY = 0, double HighY = 0);

    private static readonly Scalar X = new Scalar.Argument(0);
    private static readonly Scalar Y = new Scalar.Argument(1);

    public static readonly Dictionary<UnaryFunction, (double Low, double High)> Unary = new()
    {
        [UnaryFunction.Negate] = (-5, 5),
        [UnaryFunction.Abs] = (-5, 5),
        [UnaryFunction.Sqrt] = (0.01, 100),
        [UnaryFunction.Exp] = (-80, 80),
        [UnaryFunction.Log] = (1e-3, 1e3),
        [UnaryFunction.Sin] = (-50, 50),
        [UnaryFunction.Cos] = (-50, 50),
        [UnaryFunction.Tanh] = (-6, 6),
        [UnaryFunction.Sigmoid] = (-30, 30),
        [UnaryFunction.Floor] = (-9, 9),
        [UnaryFunction.Sign] = (-3, 3),
        [UnaryFunction.IsFinite] = (-3, 3),
    };

    public static readonly Dictionary<BinaryFunction, (double Low, double High, double LowY, double HighY)> Binary = new()
    {
        [BinaryFunction.Add] = (-5, 5, -5, 5),
        [BinaryFunction.Subtract] = (-5, 5, -5, 5),
        [BinaryFunction.Multiply] = (-5, 5, -5, 5),
        [BinaryFunction.Divide] = (-5, 5, 0.1, 5),
        [BinaryFunction.Power] = (0.01, 20, -9, 9),
        [BinaryFunction.Min] = (-5, 5, -5, 5),
        [BinaryFunction.Max] = (-5, 5, -5, 5),
        [BinaryFunction.Less] = (-5, 5, -5, 5),
        [BinaryFunction.LessOrEqual] = (-5, 5, -5, 5),
        [BinaryFunction.Equal] = (-5, 5, -5, 5),
    };

    /// <summary>All functions, a select and some powers with constant exponents.</summary>
    public static IEnumerable<Row> Rows =>
    [
        .. Unary.Select(row => new Row(row.Key.ToString(), new Scalar.Unary(row.Key, X), row.Value.Low, row.Value.High)),
        .. Binary.Select(row => new Row(
            row.Key.ToString(), new Scalar.Binary(row.Key, X, Y), row.Value.Low, row.Value.High, row.Value.LowY, row.Value.HighY)),
        new("Select", Scalar.If(X < Y, X * 2, Y + 1), -5, 5, -5, 5),
        new("Power 2.5", Scalar.Power(X, 2.5), 0.01, 20),
        new("Power -3", Scalar.Power(X, -3), -5, -0.1),
        new("Power 3", Scalar.Power(X, 3), -5, 5),
    ];
}
