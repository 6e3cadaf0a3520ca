namespace Fml.Graph.Tests.Scalars;

public sealed class ScalarDerivativeTests
{
    private static readonly Scalar X = new Scalar.Argument(0);
    private static readonly Scalar Y = new Scalar.Argument(1);

    [Fact]
    public void Every_function_agrees_with_central_differences()
    {
        foreach (var row in ScalarFunctionTable.Rows)
        {
            var random = new Random(3);
            for (var trial = 0; trial < 50; trial++)
            {
                var x = row.Low + random.NextDouble() * (row.High - row.Low);
                var y = row.LowY + random.NextDouble() * (row.HighY - row.LowY);
                if (row.Name == "Floor" && Math.Abs(x - Math.Round(x)) < 1e-3 || Math.Abs(x) < 1e-3) continue;
                AssertSlopes(row.Expression, [x, y], 1e-6);
            }
        }
    }

    [Fact]
    public void Composed_expressions_agree_with_central_differences()
    {
        Scalar[] expressions =
        [
            Scalar.Exp(-(X * X) / 2) * Scalar.Sin(Y * 3) + Scalar.Log(Y + 4),
            Scalar.Tanh(X * Y) / (1 + Scalar.Sqrt(X * X + 0.1)),
            Scalar.If(X < Y, Scalar.Power(Y + 4, X), Scalar.Sigmoid(X - Y) * Scalar.Cos(X)),
            Scalar.Max(X * X, Scalar.Abs(Y)) - Scalar.Min(X, Y * 2) * Scalar.Power(Scalar.Abs(X), 1.7),
            Scalar.Sqrt(Scalar.Square(X - 1) + Scalar.Square(Y + 1) + 1e-3) / (Y * Y + 0.5),
        ];
        var random = new Random(11);
        foreach (var expression in expressions)
            for (var trial = 0; trial < 40; trial++)
                AssertSlopes(expression, [random.NextDouble() * 4 - 2, random.NextDouble() * 4 - 2], 1e-6);
    }

    [Fact]
    public void Slopes_at_kinks_are_the_documented_ones()
    {
        Assert.Equal(0, Slope(Scalar.Abs(X), 0));
        Assert.Equal(0, Slope(Scalar.Max(X, 0), 0));
        Assert.Equal(0, Slope(Scalar.Max(0, X), 0));
        Assert.Equal(0, Slope(Scalar.Min(X, 1), 1));
        Assert.Equal(1, Slope(Scalar.Max(Y, X), 2, 2));
        Assert.Equal(0, Slope(Scalar.Sqrt(X * X), 0));
        Assert.Equal(0, Slope(Scalar.Floor(X), 2));
        Assert.Equal(0, Slope(Scalar.Power(X, 1.5), 0));
        Assert.Equal(0, Slope(Scalar.Power(X, Y), 0, 0));
        Assert.Equal(0, Slope(X < 1, 1));
    }

    [Fact]
    public void A_branch_not_taken_leaks_no_NaN()
    {
        Assert.Equal(0, Slope(Scalar.If(0 < X, Scalar.Sqrt(X), 0), -1));
        Assert.Equal(0, Slope(Scalar.If(0 < X, Scalar.Log(X) / X, 0), 0));
        Assert.Equal(1, Slope(Scalar.If(0 < X, Scalar.Power(X, 0.1), X), -2));
        Assert.Equal(0, Slope(Scalar.Sqrt(X * X + 1e-12), 0));
    }

    [Fact]
    public void Derivatives_are_simple()
    {
        Assert.Equal(X * 2, ScalarDerivative.Of(X * X, 0));
        Assert.Equal<Scalar>(1, ScalarDerivative.Of(X + Y, 0));
        Assert.Equal<Scalar>(0, ScalarDerivative.Of(X + Y, 7));
        Assert.Equal(Scalar.Exp(X), ScalarDerivative.Of(Scalar.Exp(X), 0));
        Assert.Equal(Scalar.Power(X, 1.5) * 2.5, ScalarDerivative.Of(Scalar.Power(X, 2.5), 0));
    }

    private static double Slope(Scalar expression, double x, double y = 0) =>
        ScalarInterpreter.Evaluate(ScalarDerivative.Of(expression, 0), [x, y]);

    private static void AssertSlopes(Scalar expression, double[] at, double tolerance)
    {
        for (var argument = 0; argument < expression.ArgumentCount; argument++)
        {
            var step = 1e-5 * Math.Max(0.1, Math.Abs(at[argument]));
            double Shifted(double by) => ScalarInterpreter.Evaluate(expression, [.. at.Select((v, i) => i == argument ? v + by : v)]);
            var numeric = (Shifted(step) - Shifted(-step)) / (2 * step);
            var symbolic = ScalarInterpreter.Evaluate(ScalarDerivative.Of(expression, argument), at);
            var scale = Math.Max(Math.Abs(numeric), Math.Abs(Shifted(0))) + 1e-6;
            Assert.True(
                Math.Abs(symbolic - numeric) <= tolerance * scale,
                $"d/da{argument} of {expression} at {string.Join(", ", at)}: {symbolic}, numerically {numeric}");
        }
    }
}
