using System.Diagnostics;

namespace Fml.Graph.Tests.Scalars;

public sealed class ScalarTests
{
    private static readonly Scalar X = new Scalar.Argument(0);
    private static readonly Scalar Y = new Scalar.Argument(1);

    [Fact]
    public void Text_is_infix_with_the_parentheses_it_needs()
    {
        Assert.Equal("max(a0 * 2 + a1, 0)", Scalar.Max(X * 2 + Y, 0).ToString());
        Assert.Equal("a0 - (a1 - a0)", (X - (Y - X)).ToString());
        Assert.Equal("a0 / (a1 * a0)", (X / (Y * X)).ToString());
        Assert.Equal("(a0 + a1) * -3", ((X + Y) * -3).ToString());
        Assert.Equal("a0 - 1.5", (X - 1.5).ToString());
        Assert.Equal("-a0 * a1", ((-X) * Y).ToString());
        Assert.Equal("a0 < a1 ? sqrt(a0) : exp(a1)", Scalar.If(X < Y, Scalar.Sqrt(X), Scalar.Exp(Y)).ToString());
        Assert.Equal("power(a0, a1)", Scalar.Power(X, Y).ToString());
    }

    [Fact]
    public void Expressions_built_apart_are_equal_when_their_structure_is()
    {
        static Scalar Build() => Scalar.Exp(new Scalar.Argument(0) * 3) + Scalar.If(new Scalar.Argument(1) < 2, 1, new Scalar.Argument(0));
        Assert.Equal(Build(), Build());
        Assert.Equal(Build().GetHashCode(), Build().GetHashCode());
        Assert.NotEqual(Build(), Build() + 1);
        Assert.NotEqual<Scalar>(0.0, -0.0);
        Assert.Equal<Scalar>(double.NaN, double.NaN);
    }

    [Fact]
    public void Counts_are_those_of_the_shared_expression()
    {
        var square = (X + Y) * (X + Y);
        Assert.Equal(2, square.OperationCount);
        Assert.Equal(2, square.ArgumentCount);
        Assert.Equal(0, ((Scalar)3).ArgumentCount);
        Assert.Equal(6, new Scalar.Argument(5).ArgumentCount);
    }

    [Fact]
    public void Substitution_fuses_chains_and_renumbers()
    {
        var outer = Scalar.Max(X, 0) * Y;
        Assert.Equal(Scalar.Max(X + Y, 0) * Scalar.Exp(X), outer.Substitute([X + Y, Scalar.Exp(X)]));
        Assert.Equal(Scalar.Max(Y, 0) * X, outer.Substitute(index => new Scalar.Argument(1 - index)));
        Assert.Equal<Scalar>(6, outer.Substitute([2, 3]));
    }

    [Fact]
    public void Identities_simplify()
    {
        Assert.Equal(X, X * 1);
        Assert.Equal(X, 0 + X);
        Assert.Equal(X, -(-X));
        Assert.Equal(X, X / 1);
        Assert.Equal(X - Y, X + -Y);
        Assert.Equal(Y - X, -(X - Y));
        Assert.Equal(X * 2, X + X);
        Assert.Equal(X * X, Scalar.Power(X, 2));
        Assert.Equal(Scalar.Sqrt(X), Scalar.Power(X, 0.5));
        Assert.Equal(X * 0.25, X / 4);
        Assert.Equal(Scalar.Max(X, 3), Scalar.Max(Scalar.Max(X, 1), 3));
        Assert.Equal(Y, Scalar.If(X, Y, Y));
        Assert.Equal<Scalar>(7, Scalar.Sqrt(49));
    }

    [Fact]
    public void A_product_with_zero_is_kept_because_zero_times_NaN_is_NaN() =>
        Assert.True(double.IsNaN(ScalarInterpreter.Evaluate(X * 0, [double.NaN])));

    [Fact]
    public void Simplifying_keeps_values_of_random_expressions()
    {
        double[] values = [0, 1, -1, 2.5, -3.25, 0.5, 1e10, double.PositiveInfinity, double.NegativeInfinity, double.NaN];
        for (var seed = 0; seed < 400; seed++)
        {
            var plain = RandomExpressions.Create(new Random(seed), 25, argumentCount: 2, simplified: false);
            var simple = RandomExpressions.Create(new Random(seed), 25, argumentCount: 2, simplified: true);
            foreach (var x in values)
            {
                foreach (var y in values)
                {
                    double expected = ScalarInterpreter.Evaluate(plain, [x, y]), actual = ScalarInterpreter.Evaluate(simple, [x, y]);
                    Assert.True(expected.Equals(actual), $"{plain} became {simple}: {expected} became {actual} at {x}, {y}");
                }
            }
        }
    }

    [Fact]
    public void Deep_sharing_costs_no_more_than_its_distinct_parts()
    {
        static Scalar Build()
        {
            Scalar node = new Scalar.Argument(0);
            for (var depth = 0; depth < 60; depth++) node = node * node + Scalar.Sin(node) * (depth + 3) - Scalar.Tanh(node);
            return node;
        }
        var watch = Stopwatch.StartNew();
        var expression = Build();
        Assert.Equal(expression, Build());
        Assert.Equal(60 * 6, expression.OperationCount);
        Assert.Equal(expression, expression.Substitute(_ => X));
        Assert.True(ScalarDerivative.Of(expression, 0).OperationCount < 60 * 20);
        Assert.True(expression.ToString().Length < 20_000);
        Assert.Single(RowKernelRunner.Run(expression, [1.5f]));
        Assert.True(watch.Elapsed.TotalSeconds < 8, $"took {watch.Elapsed}");
    }

    [Fact]
    public void Nested_comparisons_compile_without_blowing_up()
    {
        static Scalar Build(Scalar node)
        {
            for (var depth = 0; depth < 60; depth++) node = (node * 2 < node + Y) + (Scalar.IsEqual(node, node + Y) <= (Y < node));
            return node;
        }
        var expected = ScalarInterpreter.Evaluate(Build(X), [0.25, 0.75]);
        Assert.Equal(expected, RowKernelRunner.Run(Build(X), [0.25], [0.75])[0]);
    }
}
