using Fml.Native;

namespace Fml.Graph.Tests.Scalars;

public sealed class ScalarCudaTests
{
    private static readonly Scalar X = new Scalar.Argument(0), Y = new Scalar.Argument(1);

    private static readonly double[] Special =
    [
        double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0, 1e-40, -1e-40, 1, -1, 0.5, -0.5, 3.7, -2.5, 88.5, -88.5, 100, -100,
        1e-6, 1234.5, 1e30, -1e30,
    ];

    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F64)]
    public void Every_function_of_one_number_gives_what_the_CPU_gives(ElementType type)
    {
        var x = Ops.Input("x", [Special.Length], type);
        var functions = Enum.GetValues<UnaryFunction>();
        Node[] nodes = [.. functions.Select(f => Node.Apply.Of(new Map(new Scalar.Unary(f, X)), x))];
        var (cpu, cuda) = DevicePair.Run(nodes, (x, Values(Special, type)));
        for (var f = 0; f < functions.Length; f++)
            for (var i = 0; i < Special.Length; i++)
            {
                // Angles are reduced with few digits beyond a million.
                if (functions[f] is UnaryFunction.Sin or UnaryFunction.Cos && Math.Abs(Special[i]) > 1e6 && double.IsFinite(Special[i])) continue;
                AssertClose(cpu[f][i], cuda[f][i], type, $"{functions[f]}({Special[i]})");
            }
    }

    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F64)]
    public void Every_function_of_two_numbers_gives_what_the_CPU_gives(ElementType type)
    {
        var pairs = Special.SelectMany(_ => Special, (a, b) => (a, b)).ToArray();
        var (x, y) = (Ops.Input("x", [pairs.Length], type), Ops.Input("y", [pairs.Length], type));
        var functions = Enum.GetValues<BinaryFunction>();
        Node[] nodes =
        [
            .. functions.Select(f => Node.Apply.Of(new Map(new Scalar.Binary(f, X, Y)), x, y)),
            Node.Apply.Of(new Map(Scalar.If(X, Y * 2, Y - 1)), x, y),
            Node.Apply.Of(new Map(Scalar.If(X <= Y, X, double.PositiveInfinity) + Scalar.If(X < Y, double.NaN, 0)), x, y),
        ];
        var (cpu, cuda) = DevicePair.Run(
            nodes, (x, Values([.. pairs.Select(p => p.a)], type)), (y, Values([.. pairs.Select(p => p.b)], type)));
        for (var f = 0; f < nodes.Length; f++)
            for (var i = 0; i < pairs.Length; i++)
            {
                // Powers are defined for finite exponents, and a denormal base or minus infinity is nobody's case.
                if (f < functions.Length && functions[f] == BinaryFunction.Power
                    && (!double.IsFinite(pairs[i].b) || double.IsNegativeInfinity(pairs[i].a) || Math.Abs(pairs[i].a) is > 0 and < 1e-30)) continue;
                AssertClose(cpu[f][i], cuda[f][i], type, $"{nodes[f]} at {pairs[i]}");
            }
    }

    [Fact]
    public void Numbers_are_truncated_and_saturated_on_the_way_out_and_converted_on_the_way_in()
    {
        float[] values =
        [
            float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0, -0.5f, 0.99f, -3.7f, 254.9f, 255, 256, 3e9f, -3e9f, 2147483520, -2147483648,
            7.5f, 1e-40f, 16777217,
        ];
        byte[] bytes = [.. Enumerable.Range(0, 17).Select(i => (byte)(i * 16))];
        int[] integers = [int.MinValue, int.MaxValue, 16777217, -16777217, .. Enumerable.Range(-6, 13)];
        var (x, b, i) = (Ops.Input("x", [17]), Ops.Input("b", [17], ElementType.U8), Ops.Input("i", [17], ElementType.I32));
        Node[] nodes =
        [
            Ops.Cast(x, ElementType.I32), Ops.Cast(x, ElementType.U8), Ops.Map(X / 255, b), Ops.Map(X + Y, i, b), Ops.Cast(i, ElementType.U8),
            Ops.Cast(i, ElementType.F64), Ops.Cast(Ops.Cast(x, ElementType.F64), ElementType.I32),
        ];
        var (cpu, cuda) = DevicePair.Run(nodes, (x, values), (b, bytes), (i, integers));
        for (var n = 0; n < nodes.Length; n++) Assert.Equal(cpu[n], cuda[n]);
    }

    [Fact]
    public void Random_expressions_give_what_the_CPU_gives()
    {
        double[] a = [.. Enumerable.Range(0, 41).Select(i => i * 0.13 - 2.6)], b = [.. Enumerable.Range(0, 41).Select(i => 1.9 - i * 0.11)];
        var (x, y) = (Ops.Input("x", [41], ElementType.F64), Ops.Input("y", [41], ElementType.F64));
        Scalar[] expressions = [.. Enumerable.Range(0, 12).Select(seed => RandomExpressions.Create(new Random(seed), 20, 2, simplified: false))];
        Node[] nodes = [.. expressions.Select(e => Node.Apply.Of(new Map(e), x, y))];
        var (cpu, cuda) = DevicePair.Run(nodes, (x, a), (y, b));
        var compared = 0;
        for (var n = 0; n < nodes.Length; n++)
        {
            // Where a last bit decides between two values there is nothing to compare.
            if (ScalarOrder.Of(expressions[n]).Any(node => node is
                Scalar.Unary { Function: UnaryFunction.Floor or UnaryFunction.Sign } or Scalar.Binary { Function: BinaryFunction.Equal })) continue;
            compared++;
            for (var k = 0; k < a.Length; k++)
                if (!(Math.Abs(cpu[n][k]) > 1e12)) Assert.True(Close(cpu[n][k], cuda[n][k], 1e-9), $"{expressions[n]}: {cpu[n][k]}, {cuda[n][k]}");
        }
        Assert.True(compared >= 3);
    }

    [Fact]
    public void Common_parts_are_named_once_and_numbers_are_exact()
    {
        var shared = Scalar.Exp(X) * Y;
        var text = ScalarCuda.Function([shared + 0.1, shared * shared], ElementType.F32);
        Assert.Single(text.Split('\n'), line => line.Contains("expf", StringComparison.Ordinal));
        Assert.Equal(text, ScalarCuda.Function([Scalar.Exp(X) * Y + 0.1, Scalar.Exp(X) * Y * (Scalar.Exp(X) * Y)], ElementType.F32));
        Assert.Equal("0.1f", ScalarCuda.Number(0.1, ElementType.F32));
        Assert.Equal("(-2.0)", ScalarCuda.Number(-2, ElementType.F64));
        Assert.Equal("1E-45f", ScalarCuda.Number(1e-45, ElementType.F32));
        Assert.Equal("(-infinity())", ScalarCuda.Number(-1e300, ElementType.F32));
        Assert.Equal("0.30000000000000004", ScalarCuda.Number(0.1 + 0.2, ElementType.F64));
        Assert.Equal("not_a_number()", ScalarCuda.Number(double.NaN, ElementType.F64));
    }

    private static Array Values(double[] values, ElementType type) => type == ElementType.F64 ? values : values.Select(v => (float)v).ToArray();

    private static void AssertClose(double expected, double actual, ElementType type, string what) =>
        Assert.True(Close(expected, actual, type == ElementType.F32 ? 3e-6 : 1e-12), $"{what}: {actual} instead of {expected}");

    // Powers near the range's ends differ by the rounding of their exponent.
    private static bool Close(double expected, double actual, double bound) =>
        expected.Equals(actual) || expected == actual || Math.Abs(expected - actual) <= bound * Math.Max(1e-30, Math.Abs(expected));
}
