using Fml.Native;
using static Fml.Graph.BinaryFunction;
using static Fml.Graph.UnaryFunction;

namespace Fml.Graph;

/// <summary>Steps on the bits of floating-point numbers, and changes of precision, for lowered expressions.</summary>
internal enum MachineFunction
{
    /// <summary>2^n for an integer n whose power is a normal number.</summary>
    PowerOfTwo,

    /// <summary>The integer e of <c>x = m 2^e</c>, <c>1 &lt;= m &lt; 2</c>, of a positive normal x.</summary>
    Exponent,

    /// <summary>The m of <c>x = m 2^e</c>, <c>1 &lt;= m &lt; 2</c>, of a positive normal x.</summary>
    Mantissa,

    /// <summary>A float as a double.</summary>
    Widen,

    /// <summary>A double, rounded to a float.</summary>
    Narrow,
}

/// <summary>
/// Rewrites the elementary functions into the arithmetic that vector units have: sums, products, quotients, roots, floor, comparisons,
/// choices and steps on bits. So a value never depends on its neighbours in a vector or on how far the runtime has optimised a library
/// function: the same number in gives the same bits out. Relative errors of normal
/// results: below 6e-7 in float, 1e-14 in double (powers 1e-13).
/// </summary>
internal sealed class ScalarLowering(ElementType arithmetic)
{
    private const decimal LogOfTwo = 0.6931471805599453094172321215m;
    private const decimal HalfPi = 1.5707963267948966192313216916m;

    private readonly bool single = arithmetic == ElementType.F32;

    /// <summary>The expression in terms of what vectors can do in f32 or f64.</summary>
    public static Scalar Of(Scalar expression, ElementType arithmetic)
    {
        var lowering = new ScalarLowering(arithmetic);
        return ScalarOrder.Rewrite(expression, (node, of) => node switch
        {
            Scalar.Unary n => lowering.Lower(n.Function, of(n.X)),
            Scalar.Binary { Function: Power } n => lowering.PowerOf(of(n.X), of(n.Y)),
            _ => null,
        });
    }

    private Scalar? Lower(UnaryFunction function, Scalar x) => function switch
    {
        Exp => ExpOf(x),
        Log => LogOf(x),
        Sin => InDouble(x, wide => QuarterTurns(wide, 0)),
        Cos => InDouble(x, wide => QuarterTurns(wide, 1)),
        Tanh => TanhOf(x),
        Sigmoid => 1 / (1 + ExpOf(-x)),
        Sign => Scalar.If(0 < x, 1, Scalar.If(x < 0, -1, x)),
        IsFinite => Scalar.Abs(x) < double.PositiveInfinity,
        _ => null,
    };

    // e^x = 2^n e^r with n = round(x / ln 2), |r| <= ln(2)/2. The power is applied in two halves, which reaches denormals and infinity.
    private Scalar ExpOf(Scalar x)
    {
        if (x is Scalar.Constant) return Scalar.Exp(x);
        var (high, low) = Split(LogOfTwo, single ? 12 : 32);
        var inside = Scalar.Min(Scalar.Max(x, single ? -104 : -746), single ? 89 : 710);
        var n = Scalar.Floor(inside * (1 / (double)LogOfTwo) + 0.5);
        var r = inside - n * high - n * low;
        var series = Series(r, single ? 7 : 13, k => 1 / Factorial(k));
        var half = Scalar.Floor(n * 0.5);
        return series * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    // ln(m 2^e) = e ln 2 + 2 artanh((m-1)/(m+1)) with m between sqrt(1/2) and sqrt(2).
    private Scalar LogOf(Scalar x)
    {
        if (x is Scalar.Constant) return Scalar.Log(x);
        var (high, low) = Split(LogOfTwo, single ? 12 : 32);
        var (smallestNormal, raisedBy) = single ? (Math.ScaleB(1, -126), 24) : (Math.ScaleB(1, -1022), 54);
        var denormal = x < smallestNormal;
        var normal = Scalar.If(denormal, x * new Scalar.Constant(Math.ScaleB(1, raisedBy)), x);
        var mantissa = new Scalar.Machine(MachineFunction.Mantissa, normal);
        var large = Math.Sqrt(2) < mantissa;
        var m = Scalar.If(large, mantissa * 0.5, mantissa);
        var e = new Scalar.Machine(MachineFunction.Exponent, normal) + large - Scalar.If(denormal, raisedBy, 0);
        var s = (m - 1) / (m + 1);
        var artanh = s * 2 * Series(s * s, single ? 4 : 10, k => 1.0 / (2 * k + 1));
        var core = e * high + (e * low + artanh);
        return Scalar.If(
            0 < x,
            Scalar.If(x < double.PositiveInfinity, core, x),
            Scalar.If(Scalar.IsEqual(x, 0), double.NegativeInfinity, double.NaN));
    }

    // sin(x + turns pi/2): x = n pi/2 + r with |r| <= pi/4, then the series of sine or cosine at r with the sign of the quarter.
    private static Scalar QuarterTurns(Scalar x, int turns)
    {
        var (high, low) = Split(HalfPi, 32);
        var n = Scalar.Floor(x * (1 / (double)HalfPi) + 0.5);
        var r = x - n * high - n * low;
        var quarter = n + turns;
        var odd = quarter - Scalar.Floor(quarter * 0.5) * 2;
        var lower = quarter - Scalar.Floor(quarter * 0.25) * 4;
        var square = r * r;
        var sine = r * Series(square, 7, k => (k % 2 == 0 ? 1 : -1) / Factorial(2 * k + 1));
        var cosine = Series(square, 8, k => (k % 2 == 0 ? 1 : -1) / Factorial(2 * k));
        var value = Scalar.If(odd, cosine, sine);
        return Scalar.If(2 <= lower, -value, value);
    }

    // Near 0 the continued fraction x/(1 + x^2/(3 + x^2/(5 + ...))), elsewhere 1 - 2/(e^(2|x|) + 1) with the sign of x.
    private Scalar TanhOf(Scalar x)
    {
        var z = x * x;
        var near = x * (((z + 378) * z + 17325) * z + 135135) / (((28 * z + 3150) * z + 62370) * z + 135135);
        var size = Scalar.Abs(x);
        var far = 1 - 2 / (ExpOf(size * 2) + 1);
        return Scalar.If(size < 0.5, near, Scalar.If(x < 0, -far, far));
    }

    // e^(y ln|x|), in double throughout; a negative x needs an integer y.
    private Scalar PowerOf(Scalar x, Scalar y) => InDouble(x, y, static (x, y) =>
    {
        var lowering = new ScalarLowering(ElementType.F64);
        var size = lowering.ExpOf(y * lowering.LogOf(Scalar.Abs(x)));
        var odd = y - Scalar.Floor(y * 0.5) * 2;
        var negative = Scalar.If(Scalar.IsEqual(Scalar.Floor(y), y), Scalar.If(odd, -size, size), double.NaN);
        return Scalar.If(y, Scalar.If(x < 0, negative, size), 1);
    });

    private Scalar InDouble(Scalar x, Func<Scalar, Scalar> function) => single ? Narrow(function(Widen(x))) : function(x);

    private Scalar InDouble(Scalar x, Scalar y, Func<Scalar, Scalar, Scalar> function) =>
        single ? Narrow(function(Widen(x), Widen(y))) : function(x, y);

    // Widening a constant keeps its double value: a power's exponent of 0.1 is not rounded to float first.
    private static Scalar Widen(Scalar x) => x is Scalar.Constant ? x : new Scalar.Machine(MachineFunction.Widen, x);

    private static Scalar Narrow(Scalar x) => x is Scalar.Constant ? x : new Scalar.Machine(MachineFunction.Narrow, x);

    private static Scalar PowerOfTwo(Scalar n) => new Scalar.Machine(MachineFunction.PowerOfTwo, n);

    // The sum of c(k) x^k for k up to the degree, by Horner's rule.
    private static Scalar Series(Scalar x, int degree, Func<int, double> coefficient)
    {
        Scalar sum = coefficient(degree);
        for (var k = degree - 1; k >= 0; k--) sum = sum * x + coefficient(k);
        return sum;
    }

    private static double Factorial(int n) => n < 2 ? 1 : n * Factorial(n - 1);

    // A number as a part with few bits, whose products with small integers are exact, and the rest.
    private static (double High, double Low) Split(decimal value, int fractionBits)
    {
        var units = Math.Floor(value * (1L << fractionBits));
        return (Math.ScaleB((double)units, -fractionBits), (double)(value - units / (1L << fractionBits)));
    }
}
