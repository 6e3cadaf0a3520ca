using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Functions that make nodes: the vocabulary of the graph. Use with <c>using static Fml.Graph.Ops</c>. Every function throws
/// <see cref="ShapeException"/> when its arguments do not fit. Negative axes count from the end.
/// </summary>
public static partial class Ops
{
    private static readonly Scalar X = new Scalar.Argument(0), Y = new Scalar.Argument(1);

    /// <summary>A tensor that every run is given.</summary>
    public static Node.Input Input(string name, Shape shape, ElementType element = ElementType.F32) => new(name, new TensorType(element, shape));

    /// <summary>A tensor that never changes.</summary>
    public static Node.Constant Constant<T>(ReadOnlySpan<T> values, Shape shape) where T : unmanaged => Node.Constant.Of(values, shape);

    /// <summary>A tensor of one repeated number.</summary>
    public static Node Full(TensorType type, double value) => Node.Apply.Of(new Fill(type, value));

    /// <summary>A scalar of 32 bits.</summary>
    public static Node Number(double value) => Full(TensorType.F32(Shape.Scalar), value);

    /// <summary>An elementwise function; see <see cref="Fml.Graph.Map"/>.</summary>
    public static Node Map(Scalar expression, params ImmutableArray<Node> inputs)
    {
        var (canonical, kept) = MapCanonical.Of(expression, inputs);
        return canonical is Scalar.Argument && kept.Length == 1 && kept[0].Type.Element.IsFloat()
            ? kept[0]
            : Node.Apply.Of(new Map(canonical), kept);
    }

    /// <summary>The elements converted to another type; to i32 by rounding towards zero.</summary>
    public static Node Cast(Node x, ElementType element) =>
        x.Type.Element == element ? x : Node.Apply.Of(new Map(X, element), x);

    /// <summary><c>exp x</c>.</summary>
    public static Node Exp(Node x) => Map(Scalar.Exp(X), x);

    /// <summary><c>log x</c>.</summary>
    public static Node Log(Node x) => Map(Scalar.Log(X), x);

    /// <summary><c>sqrt x</c>.</summary>
    public static Node Sqrt(Node x) => Map(Scalar.Sqrt(X), x);

    /// <summary><c>x^2</c>.</summary>
    public static Node Square(Node x) => Map(X * X, x);

    /// <summary><c>|x|</c>; derivative 0 at 0.</summary>
    public static Node Abs(Node x) => Map(Scalar.Abs(X), x);

    /// <summary><c>sin x</c>.</summary>
    public static Node Sin(Node x) => Map(Scalar.Sin(X), x);

    /// <summary><c>cos x</c>.</summary>
    public static Node Cos(Node x) => Map(Scalar.Cos(X), x);

    /// <summary><c>tanh x</c>.</summary>
    public static Node Tanh(Node x) => Map(Scalar.Tanh(X), x);

    /// <summary><c>1 / (1 + exp(-x))</c>.</summary>
    public static Node Sigmoid(Node x) => Map(Scalar.Sigmoid(X), x);

    /// <summary><c>max(x, 0)</c>; derivative 0 at 0.</summary>
    public static Node Relu(Node x) => Map(Scalar.If(X > 0, X, 0), x);

    /// <summary><c>x</c> where positive, else <c>slope x</c>.</summary>
    public static Node LeakyRelu(Node x, double slope) =>
        Map(Scalar.If(X > 0, X, slope * X), x);

    /// <summary><c>x^exponent</c> for x of 0 or more.</summary>
    public static Node Power(Node x, double exponent) => Map(Scalar.Power(X, exponent), x);

    /// <summary>The greater of two, elementwise.</summary>
    public static Node Maximum(Node x, Node y) => Map(Scalar.Max(X, Y), x, y);

    /// <summary>The less of two, elementwise.</summary>
    public static Node Minimum(Node x, Node y) => Map(Scalar.Min(X, Y), x, y);

    /// <summary>1 where <c>x &lt; y</c>, else 0; constant for the gradient.</summary>
    public static Node Less(Node x, Node y) => Map(X < Y, x, y);

    /// <summary><c>then</c> where the condition is not 0, else <c>otherwise</c>.</summary>
    public static Node Select(Node condition, Node then, Node otherwise) =>
        Map(Scalar.If(X, Y, new Scalar.Argument(2)), condition, then, otherwise);

    /// <summary>The value, constant for the gradient.</summary>
    public static Node StopGradient(Node x) => Node.Apply.Of(new StopGradient(), x);

    /// <summary>The sum over <paramref name="axes"/>, over all when none are given.</summary>
    public static Node Sum(Node x, ReadOnlySpan<int> axes = default, bool keepDimensions = false) =>
        Reduced(x, ReduceKind.Sum, axes, keepDimensions);

    /// <summary>The mean over <paramref name="axes"/>, over all when none are given.</summary>
    public static Node Mean(Node x, ReadOnlySpan<int> axes = default, bool keepDimensions = false)
    {
        var sum = Sum(x, axes, keepDimensions);
        return sum * (Math.Max(1.0, sum.Shape.Count) / Math.Max(1.0, x.Shape.Count));
    }

    /// <summary>The greatest over <paramref name="axes"/>, over all when none are given.</summary>
    public static Node Max(Node x, ReadOnlySpan<int> axes = default, bool keepDimensions = false) =>
        Reduced(x, ReduceKind.Max, axes, keepDimensions);

    /// <summary>The least over <paramref name="axes"/>, over all when none are given.</summary>
    public static Node Min(Node x, ReadOnlySpan<int> axes = default, bool keepDimensions = false) =>
        -Max(-x, axes, keepDimensions);

    private static Node Reduced(Node x, ReduceKind kind, ReadOnlySpan<int> axes, bool keepDimensions)
    {
        int[] all = axes.IsEmpty
            ? [.. Enumerable.Range(0, x.Shape.Rank)]
            : [.. axes.ToArray().Select(axis => x.Shape.Axis(axis, kind.ToString())).Order()];
        var kept = all.Any(axis => x.Shape[axis] != 1) ? Node.Apply.Of(new Reduce(kind, [.. all], X), x) : x;
        return keepDimensions
            ? kept
            : Reshape(kept, new Shape([.. Enumerable.Range(0, x.Shape.Rank).Except(all).Select(axis => x.Shape[axis])]));
    }

    /// <summary>Index of the greatest along the last axis, i32; see <see cref="ArgReduce"/>.</summary>
    public static Node ArgMax(Node x) => Node.Apply.Of(new ArgReduce(Greatest: true), x);

    /// <summary>Index of the least along the last axis, i32; see <see cref="ArgReduce"/>.</summary>
    public static Node ArgMin(Node x) => Node.Apply.Of(new ArgReduce(Greatest: false), x);
}
