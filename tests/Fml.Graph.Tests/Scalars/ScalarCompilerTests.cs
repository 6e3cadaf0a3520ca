using Fml.Native;

namespace Fml.Graph.Tests.Scalars;

public sealed class ScalarCompilerTests
{
    private static readonly Scalar X = new Scalar.Argument(0);
    private static readonly Scalar Y = new Scalar.Argument(1);

    [Fact]
    public void Every_function_has_a_row_in_the_table()
    {
        Assert.Equal(Enum.GetValues<UnaryFunction>().Length, ScalarFunctionTable.Unary.Count);
        Assert.Equal(Enum.GetValues<BinaryFunction>().Length, ScalarFunctionTable.Binary.Count);
    }

    [Fact]
    public void Every_function_in_float_agrees_with_the_double_reference()
    {
        foreach (var row in ScalarFunctionTable.Rows)
        {
            var random = new Random(7);
            var x = Enumerable.Range(0, 3001).Select(_ => (float)(row.Low + random.NextDouble() * (row.High - row.Low))).ToArray();
            var y = x.Select(_ => (float)(row.LowY + random.NextDouble() * (row.HighY - row.LowY))).ToArray();
            var result = RowKernelRunner.Run(row.Expression, x, y);
            for (var i = 0; i < x.Length; i++)
            {
                var exact = ScalarInterpreter.Evaluate(row.Expression, [x[i], y[i]]);
                var error = Math.Abs(result[i] - exact);
                Assert.True(error <= 6e-7 * Math.Abs(exact), $"{row.Name} at {x[i]}, {y[i]}: {result[i]} instead of {exact}");
            }
        }
    }

    [Fact]
    public void Every_function_in_double_agrees_with_the_reference()
    {
        foreach (var row in ScalarFunctionTable.Rows)
        {
            var random = new Random(8);
            var x = Enumerable.Range(0, 3001).Select(_ => row.Low + random.NextDouble() * (row.High - row.Low)).ToArray();
            var y = x.Select(_ => row.LowY + random.NextDouble() * (row.HighY - row.LowY)).ToArray();
            var result = RowKernelRunner.Run(row.Expression, x, y);
            for (var i = 0; i < x.Length; i++)
            {
                var exact = ScalarInterpreter.Evaluate(row.Expression, [x[i], y[i]]);
                var error = Math.Abs(result[i] - exact);
                Assert.True(error <= 1e-14 * Math.Abs(exact) + 1e-16, $"{row.Name} at {x[i]}, {y[i]}: {result[i]} instead of {exact}");
            }
        }
    }

    [Fact]
    public void Special_values_are_treated_as_the_reference_treats_them()
    {
        double[] special =
            [0, -0.0, 1, -1, 2, 0.5, -0.5, 3, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 100, -100, 1e-39, 1e30, -1e30];
        var pairs = special.SelectMany(_ => special, (a, b) => (X: a, Y: b)).ToArray();
        foreach (var row in ScalarFunctionTable.Rows)
        {
            if (row.Name == "Power") pairs = [.. pairs.Where(p => double.IsFinite(p.Y) && double.IsFinite(p.X))];
            var x = pairs.Select(p => (float)p.X).ToArray();
            var y = pairs.Select(p => (float)p.Y).ToArray();
            var result = RowKernelRunner.Run(row.Expression, x, y);
            var resultInDouble = RowKernelRunner.Run(row.Expression, [.. x.Select(v => (double)v)], [.. y.Select(v => (double)v)]);
            for (var i = 0; i < x.Length; i++)
            {
                if (row.Name is "Sin" or "Cos" && Math.Abs(x[i]) is > 1e6f and < float.PositiveInfinity) continue;
                var exact = ScalarInterpreter.Evaluate(row.Expression, [x[i], y[i]]);
                Check(result[i], (float)exact, 1e-6, 1.2e-38);
                Check(resultInDouble[i], exact, 1e-13, 2.3e-308);

                void Check(double actual, double expected, double relative, double absolute) => Assert.True(
                    actual.Equals(expected) || Math.Abs(actual - expected) <= relative * Math.Abs(expected) + absolute,
                    $"{row.Name} at {x[i]}, {y[i]}: {actual} instead of {expected}");
            }
        }
    }
}
