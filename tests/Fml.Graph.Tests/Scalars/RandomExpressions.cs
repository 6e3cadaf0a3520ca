namespace Fml.Graph.Tests.Scalars;

/// <summary>Random expressions whose parts are shared.</summary>
internal static class RandomExpressions
{
    // Functions whose simplification keeps every bit; powers are tested by themselves.
    private static readonly BinaryFunction[] Binary =
    [
        BinaryFunction.Add, BinaryFunction.Subtract, BinaryFunction.Multiply, BinaryFunction.Divide, BinaryFunction.Min, BinaryFunction.Max,
        BinaryFunction.Less, BinaryFunction.LessOrEqual, BinaryFunction.Equal,
    ];

    private static readonly double[] Constants = [0.5, 1, -1, 2, -2, 3, -0.75, 4, 10];

    /// <summary>An expression built raw or through the simplifying operators; the same seed gives the same meaning.</summary>
    public static Scalar Create(Random random, int operations, int argumentCount, bool simplified)
    {
        List<Scalar> pool = [.. Enumerable.Range(0, argumentCount).Select(i => new Scalar.Argument(i))];
        Scalar Pick() => random.Next(4) == 0
            ? new Scalar.Constant(Constants[random.Next(Constants.Length)])
            : pool[Math.Max(0, pool.Count - 1 - random.Next(6))];
        for (var i = 0; i < operations; i++)
        {
            switch (random.Next(8))
            {
                case 0 or 1 or 2:
                    var unary = (UnaryFunction)random.Next(Enum.GetValues<UnaryFunction>().Length);
                    var operand = Pick();
                    pool.Add(simplified ? Scalar.Apply(unary, operand) : new Scalar.Unary(unary, operand));
                    break;
                case 3:
                    var (condition, then, otherwise) = (Pick(), Pick(), Pick());
                    pool.Add(simplified ? Scalar.If(condition, then, otherwise) : new Scalar.Select(condition, then, otherwise));
                    break;
                default:
                    var function = Binary[random.Next(Binary.Length)];
                    var (x, y) = (Pick(), Pick());
                    pool.Add(simplified ? Scalar.Apply(function, x, y) : new Scalar.Binary(function, x, y));
                    break;
            }
        }
        return pool[^1];
    }
}
