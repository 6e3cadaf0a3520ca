using static Fml.Graph.BinaryFunction;
using static Fml.Graph.UnaryFunction;

namespace Fml.Graph;

/// <summary>Symbolic derivatives of scalar expressions.</summary>
/// <remarks>
/// Where a function has a kink or a pole, a slope is chosen: <c>|x|</c> has 0 at 0; <c>sqrt</c> has 0 at 0, so that the length
/// <c>sqrt(x x)</c> has 0 there as well; <c>min</c> and <c>max</c> give the slope of their second operand at a tie (constants are moved to
/// second place, so that the slope of <c>max(x, 0)</c> at 0 is 0); <c>floor</c>, <c>sign</c>, <c>isFinite</c> and comparisons have slope 0
/// everywhere. Derivatives run forwards from the argument, so the branch that a choice does not take contributes nothing at all: a NaN or
/// infinity in it cannot reach the derivative, as it would through a product with 0.
/// </remarks>
public static class ScalarDerivative
{
    private static readonly Scalar Zero = 0;

    /// <summary>The partial derivative of an expression with respect to one argument, simplified, over the same arguments.</summary>
    public static Scalar Of(Scalar expression, int argument)
    {
        if (argument >= expression.ArgumentCount) return Zero;
        var slopes = new Dictionary<Scalar, Scalar>();
        foreach (var node in ScalarOrder.Of(expression))
        {
            slopes[node] = node switch
            {
                Scalar.Argument n => n.Index == argument ? 1 : Zero,
                Scalar.Unary n => IsZero(slopes[n.X]) ? Zero : Slope(n, slopes[n.X]),
                Scalar.Binary n => IsZero(slopes[n.X]) && IsZero(slopes[n.Y]) ? Zero : Slope(n, slopes[n.X], slopes[n.Y]),
                Scalar.Select n => Scalar.If(n.Condition, slopes[n.Then], slopes[n.Else]),
                Scalar.Machine => throw new NotSupportedException("lowered expressions have no derivative"),
                _ => Zero,
            };
        }
        return slopes[expression];
    }

    private static Scalar Slope(Scalar.Unary f, Scalar dx) => f.Function switch
    {
        Negate => -dx,
        Abs => dx * Scalar.Sign(f.X),
        Sqrt => Scalar.If(0 < f, dx * 0.5 / f, 0),
        Exp => dx * f,
        Log => dx / f.X,
        Sin => dx * Scalar.Cos(f.X),
        Cos => -(dx * Scalar.Sin(f.X)),
        Tanh => dx * (1 - f * f),
        Sigmoid => dx * (f * (1 - f)),
        Floor or Sign or IsFinite => Zero,
        _ => throw new NotSupportedException($"no derivative for {f.Function}"),
    };

    private static Scalar Slope(Scalar.Binary f, Scalar dx, Scalar dy) => f.Function switch
    {
        Add => dx + dy,
        Subtract => dx - dy,
        Multiply => Times(dx, f.Y) + Times(dy, f.X),
        Divide => (dx - Times(dy, f)) / f.Y,
        Max => Scalar.If(f.Y < f.X, dx, dy),
        Min => Scalar.If(f.X < f.Y, dx, dy),
        Power => Times(dx, BaseSlope(f.X, f.Y)) + Times(dy, Scalar.If(0 < f.X, f * Scalar.Log(f.X), 0)),
        Less or LessOrEqual or Equal => Zero,
        _ => throw new NotSupportedException($"no derivative for {f.Function}"),
    };

    // y x^(y-1), and 0 for y = 0 even where x^(y-1) is infinite.
    private static Scalar BaseSlope(Scalar x, Scalar y) => y is Scalar.Constant
        ? y * Scalar.Power(x, y - 1)
        : Scalar.If(y, y * Scalar.Power(x, y - 1), 0);

    // A slope that is 0 by structure stays 0 beside an infinity.
    private static Scalar Times(Scalar slope, Scalar factor) => IsZero(slope) ? Zero : slope * factor;

    private static bool IsZero(Scalar slope) => slope is Scalar.Constant { Value: 0 };
}
