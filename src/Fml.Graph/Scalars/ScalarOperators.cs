namespace Fml.Graph;

public abstract partial record Scalar
{
    /// <summary>A number as an expression.</summary>
    public static implicit operator Scalar(double value) => new Constant(value);

    /// <summary><c>-x</c></summary>
    public static Scalar operator -(Scalar x) => ScalarSimplifier.Of(UnaryFunction.Negate, x);

    /// <summary><c>x + y</c></summary>
    public static Scalar operator +(Scalar x, Scalar y) => ScalarSimplifier.Of(BinaryFunction.Add, x, y);

    /// <summary><c>x - y</c></summary>
    public static Scalar operator -(Scalar x, Scalar y) => ScalarSimplifier.Of(BinaryFunction.Subtract, x, y);

    /// <summary><c>x y</c></summary>
    public static Scalar operator *(Scalar x, Scalar y) => ScalarSimplifier.Of(BinaryFunction.Multiply, x, y);

    /// <summary><c>x / y</c></summary>
    public static Scalar operator /(Scalar x, Scalar y) => ScalarSimplifier.Of(BinaryFunction.Divide, x, y);

    /// <summary>1 where <c>x &lt; y</c>, else 0.</summary>
    public static Scalar operator <(Scalar x, Scalar y) => ScalarSimplifier.Of(BinaryFunction.Less, x, y);

    /// <summary>1 where <c>x &gt; y</c>, else 0.</summary>
    public static Scalar operator >(Scalar x, Scalar y) => y < x;

    /// <summary>1 where <c>x &lt;= y</c>, else 0.</summary>
    public static Scalar operator <=(Scalar x, Scalar y) => ScalarSimplifier.Of(BinaryFunction.LessOrEqual, x, y);

    /// <summary>1 where <c>x &gt;= y</c>, else 0.</summary>
    public static Scalar operator >=(Scalar x, Scalar y) => y <= x;

    /// <summary>1 where <c>x = y</c>, else 0. (The operator <c>==</c> compares expressions, not values.)</summary>
    public static Scalar IsEqual(Scalar x, Scalar y) => ScalarSimplifier.Of(BinaryFunction.Equal, x, y);

    /// <summary><paramref name="then"/> where the condition is not 0, else <paramref name="otherwise"/>.</summary>
    public static Scalar If(Scalar condition, Scalar then, Scalar otherwise) => ScalarSimplifier.Choose(condition, then, otherwise);

    /// <summary>The function applied to x, simplified.</summary>
    public static Scalar Apply(UnaryFunction function, Scalar x) => ScalarSimplifier.Of(function, x);

    /// <summary>The function applied to x and y, simplified.</summary>
    public static Scalar Apply(BinaryFunction function, Scalar x, Scalar y) => ScalarSimplifier.Of(function, x, y);

    /// <summary><c>|x|</c>, with the slope 0 at 0.</summary>
    public static Scalar Abs(Scalar x) => ScalarSimplifier.Of(UnaryFunction.Abs, x);

    /// <summary>The square root, with the slope 0 at 0.</summary>
    public static Scalar Sqrt(Scalar x) => ScalarSimplifier.Of(UnaryFunction.Sqrt, x);

    /// <summary><c>e^x</c></summary>
    public static Scalar Exp(Scalar x) => ScalarSimplifier.Of(UnaryFunction.Exp, x);

    /// <summary>The natural logarithm.</summary>
    public static Scalar Log(Scalar x) => ScalarSimplifier.Of(UnaryFunction.Log, x);

    /// <summary>The sine of an angle in radians; accurate up to about a million.</summary>
    public static Scalar Sin(Scalar x) => ScalarSimplifier.Of(UnaryFunction.Sin, x);

    /// <summary>The cosine of an angle in radians; accurate up to about a million.</summary>
    public static Scalar Cos(Scalar x) => ScalarSimplifier.Of(UnaryFunction.Cos, x);

    /// <summary>The hyperbolic tangent.</summary>
    public static Scalar Tanh(Scalar x) => ScalarSimplifier.Of(UnaryFunction.Tanh, x);

    /// <summary><c>1 / (1 + e^-x)</c></summary>
    public static Scalar Sigmoid(Scalar x) => ScalarSimplifier.Of(UnaryFunction.Sigmoid, x);

    /// <summary>The greatest integer not above x.</summary>
    public static Scalar Floor(Scalar x) => ScalarSimplifier.Of(UnaryFunction.Floor, x);

    /// <summary>-1, 0 or 1.</summary>
    public static Scalar Sign(Scalar x) => ScalarSimplifier.Of(UnaryFunction.Sign, x);

    /// <summary>1 where x is neither infinite nor NaN, else 0.</summary>
    public static Scalar IsFinite(Scalar x) => ScalarSimplifier.Of(UnaryFunction.IsFinite, x);

    /// <summary><c>1 / x</c></summary>
    public static Scalar Reciprocal(Scalar x) => 1 / x;

    /// <summary><c>x^2</c></summary>
    public static Scalar Square(Scalar x) => x * x;

    /// <summary><c>x^y</c></summary>
    public static Scalar Power(Scalar x, Scalar y) => ScalarSimplifier.Of(BinaryFunction.Power, x, y);

    /// <summary>The smaller of the two; at a tie the slope is y's.</summary>
    public static Scalar Min(Scalar x, Scalar y) => ScalarSimplifier.Of(BinaryFunction.Min, x, y);

    /// <summary>The greater of the two; at a tie the slope is y's, so that <c>Max(x, 0)</c> has slope 0 at 0.</summary>
    public static Scalar Max(Scalar x, Scalar y) => ScalarSimplifier.Of(BinaryFunction.Max, x, y);

    /// <summary>
    /// The expression with each argument replaced: argument i becomes <paramref name="replacement"/>(i). This fuses a chain of maps (give
    /// the expressions of the maps before) and renumbers (give other arguments). The result is simplified.
    /// </summary>
    public Scalar Substitute(Func<int, Scalar> replacement) =>
        ScalarOrder.Rewrite(this, (node, _) => node is Argument a ? replacement(a.Index) : null);

    /// <summary>The expression with argument i replaced by <paramref name="replacements"/>[i].</summary>
    public Scalar Substitute(IReadOnlyList<Scalar> replacements) => Substitute(index => replacements[index]);
}
