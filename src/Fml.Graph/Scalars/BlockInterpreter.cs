using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Graph;

/// <summary>
/// Stands in for generated code where the runtime has none (ahead-of-time compiled programs): evaluates node after node over a few elements
/// at a time, each function in double.
/// </summary>
internal sealed unsafe class BlockInterpreter<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Lanes = 16;

    private readonly (Scalar Node, int X, int Y, int Z)[] steps;
    private readonly int[] results;
    private readonly bool[] isShared;
    [ThreadStatic] private static double[]? scratch;

    /// <param name="expressions">One expression an output.</param>
    /// <param name="shared">For each argument, whether the row has one value of it.</param>
    public BlockInterpreter(ImmutableArray<Scalar> expressions, ImmutableArray<bool> shared)
    {
        var order = ScalarOrder.Of(expressions.AsSpan());
        var index = order.Select((node, i) => (node, i)).ToDictionary(pair => pair.node, pair => pair.i);
        steps = [.. order.Select(node => node switch
        {
            Scalar.Unary n => (node, index[n.X], 0, 0),
            Scalar.Binary n => (node, index[n.X], index[n.Y], 0),
            Scalar.Select n => (node, index[n.Condition], index[n.Then], index[n.Else]),
            _ => (node, 0, 0, 0),
        })];
        results = [.. expressions.Select(expression => index[expression])];
        isShared = [.. shared];
    }

    /// <summary>The kernel and the count of which its rows must be a multiple.</summary>
    public (RowKernel Kernel, int Lanes) Kernel => (Run, Lanes);

    private void Run(void** arguments, void** outputs, long count)
    {
        if (scratch is null || scratch.Length < steps.Length * Lanes) scratch = new double[steps.Length * Lanes];
        fixed (double* values = scratch) Run(arguments, outputs, count, values);
    }

    private void Run(void** arguments, void** outputs, long count, double* values)
    {
        for (long start = 0; start < count; start += Lanes)
        {
            for (var s = 0; s < steps.Length; s++)
            {
                var (node, x, y, z) = steps[s];
                double* to = values + s * Lanes, a = values + x * Lanes, b = values + y * Lanes, c = values + z * Lanes;
                for (var i = 0; i < Lanes; i++)
                {
                    to[i] = node switch
                    {
                        Scalar.Argument n => double.CreateTruncating(((T*)arguments[n.Index])[isShared[n.Index] ? 0 : start + i]),
                        Scalar.Constant n => n.Value,
                        Scalar.Unary n => ScalarInterpreter.Apply(n.Function, a[i]),
                        Scalar.Binary n => ScalarInterpreter.Apply(n.Function, a[i], b[i]),
                        _ => a[i] != 0 ? b[i] : c[i],
                    };
                }
            }
            for (var r = 0; r < results.Length; r++)
                for (var i = 0; i < Lanes; i++) ((T*)outputs[r])[start + i] = T.CreateTruncating(values[results[r] * Lanes + i]);
        }
    }
}
