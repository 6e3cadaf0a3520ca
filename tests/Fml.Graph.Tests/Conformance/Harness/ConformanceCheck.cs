using Fml.Graph;
using Fml.Native;

namespace Fml.Conformance;

/// <summary>Runs rows.</summary>
public static class ConformanceCheck
{
    /// <summary>
    /// Relative error of the directional derivative, in double, of a random weighting of the output along a random direction of all inputs,
    /// against fourth-order central differences.
    /// </summary>
    public static double DerivativeError(ConformanceRow row, Device device, int seed = 1)
    {
        var random = new Random(seed);
        using var store = new ParameterStore(device);
        var (inputs, cotangent, wanted) = Nodes(row, ElementType.F64, differentiated: true);
        var (output, gradients) = (wanted[0], wanted[1..]);
        using var program = GraphProgram.Compile(store, wanted);
        var at = row.Inputs.Select(input => input.Values(random)).ToArray();
        var direction = row.Inputs
            .Select(input => input.Values(random).Select(_ => input.Differentiable ? random.NextDouble() * 2 - 1 : 0).ToArray()).ToArray();
        var weights = Enumerable.Range(0, (int)output.Shape.Count).Select(_ => random.NextDouble() * 2 - 1).ToArray();

        double At(double step)
        {
            for (var i = 0; i < inputs.Length; i++)
                SetIfRead(program, inputs[i], at[i].Zip(direction[i], (x, d) => x + step * d).ToArray());
            SetIfRead(program, cotangent, weights);
            program.Run();
            return Dot(program.Get<double>(output), weights);
        }

        const double h = 1e-4;
        var expected = (8 * (At(h) - At(-h)) - (At(2 * h) - At(-2 * h))) / (12 * h);
        At(0);
        var came = 0.0;
        var scale = 0.0;
        for (int i = 0, v = 0; i < inputs.Length; i++)
        {
            if (!row.Inputs[i].Differentiable) continue;
            var gradient = program.Get<double>(gradients[v++]);
            came += Dot(gradient, direction[i]);
            scale += Math.Sqrt(Dot(gradient, gradient) * Dot(direction[i], direction[i]));
        }
        return Math.Abs(came - expected) / Math.Max(1e-3, Math.Max(Math.Abs(expected), 0.01 * scale));
    }

    /// <summary>Norm-wise relative error of the output and of all gradients in f32 against f64.</summary>
    public static double SingleError(ConformanceRow row, Device device, int seed = 2)
    {
        var (single, wide) = (Evaluate(row, device, ElementType.F32, seed), Evaluate(row, device, ElementType.F64, seed));
        return RelativeError(single, wide);
    }

    /// <summary>The greatest norm-wise relative error of some tensors against others; NaN when there is one anywhere.</summary>
    public static double RelativeError(double[][] came, double[][] expected)
    {
        var worst = 0.0;
        foreach (var (a, b) in came.Zip(expected))
        {
            var difference = a.Zip(b, (x, y) => x - y).ToArray();
            var error = Math.Sqrt(Dot(difference, difference)) / Math.Max(1e-3, Math.Sqrt(Dot(b, b)));
            if (double.IsNaN(error)) return double.NaN;
            worst = Math.Max(worst, error);
        }
        return worst;
    }

    /// <summary>
    /// The output and the gradients of a random weighting of it, in one precision, with the same random values in each. Every tensor has a
    /// buffer of its own, so that an emulated device sees what is written beyond one.
    /// </summary>
    public static double[][] Evaluate(ConformanceRow row, Device device, ElementType element, int seed = 2)
    {
        var random = new Random(seed);
        using var store = new ParameterStore(device);
        var (inputs, cotangent, wanted) = Nodes(row, element, row.Differentiable);
        using var program = GraphProgram.CompileApart(store, wanted);
        for (var i = 0; i < inputs.Length; i++) SetIfRead(program, inputs[i], Rounded(row.Inputs[i].Values(random)));
        SetIfRead(program, cotangent, Rounded(Enumerable.Range(0, (int)cotangent.Shape.Count).Select(_ => random.NextDouble() * 2 - 1).ToArray()));
        program.Run();
        return [.. wanted.Select(node => node.Type.Element switch
        {
            ElementType.F32 => program.Get<float>(node).Select(x => (double)x).ToArray(),
            ElementType.I32 => program.Get<int>(node).Select(x => (double)x).ToArray(),
            _ => program.Get<double>(node),
        })];
    }

    /// <summary>Compiles what <see cref="Evaluate"/> runs.</summary>
    public static void Compile(ConformanceRow row, Device device, ElementType element)
    {
        using var store = new ParameterStore(device);
        using var program = GraphProgram.CompileApart(store, Nodes(row, element, row.Differentiable).Wanted);
    }

    /// <summary>Every primitive that a graph applies.</summary>
    public static IEnumerable<Type> PrimitivesIn(ConformanceRow row) =>
        GraphOrder.Of([row.Build(Nodes(row, ElementType.F64))]).OfType<Node.Apply>().Select(node => node.Primitive.GetType());

    private static Node.Input[] Nodes(ConformanceRow row, ElementType element) =>
        [.. row.Inputs.Select((input, i) => Ops.Input($"x{i}", input.Shape, element))];

    // The inputs, the weights of the output, and the output with its gradients.
    private static (Node.Input[] Inputs, Node.Input Cotangent, Node[] Wanted) Nodes(ConformanceRow row, ElementType element, bool differentiated)
    {
        var inputs = Nodes(row, element);
        var output = row.Build(inputs);
        var cotangent = Ops.Input("cotangent", output.Shape, element);
        var variables = inputs.Where((_, i) => row.Inputs[i].Differentiable).ToArray();
        return (inputs, cotangent, differentiated ? [output, .. Gradients.Of(output, cotangent, variables)] : [output]);
    }

    // The same numbers in both precisions.
    private static double[] Rounded(double[] values) => [.. values.Select(x => (double)(float)x)];

    private static void SetIfRead(GraphProgram program, Node.Input input, double[] values)
    {
        if (!program.Reads(input)) return;
        if (input.Type.Element == ElementType.F64) program.Set<double>(input, values);
        else program.Set<float>(input, values.Select(x => (float)x).ToArray());
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
