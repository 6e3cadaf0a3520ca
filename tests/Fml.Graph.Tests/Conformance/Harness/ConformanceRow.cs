using Fml.Graph;
using Fml.Native;

namespace Fml.Conformance;

/// <summary>One primitive at one size: how it is applied, and values that are safe to differentiate at.</summary>
/// <param name="Primitive">The primitive that the row is for; the built node must contain it.</param>
/// <param name="Name">What is special about this row.</param>
/// <param name="Build">Applies it to inputs, whose element type (f32 or f64) the harness chooses.</param>
/// <param name="Inputs">Shapes and ranges of the inputs.</param>
public sealed record ConformanceRow(Type Primitive, string Name, Func<Node[], Node> Build, params InputRange[] Inputs)
{
    /// <summary>Bound of the relative error of the derivative against central differences.</summary>
    public double DerivativeBound { get; init; } = 1e-6;

    /// <summary>Bound of the norm-wise relative error of f32 against f64.</summary>
    public double SingleBound { get; init; } = 1e-5;

    /// <summary>False where the output does not depend smoothly on the inputs: values are compared, derivatives are not.</summary>
    public bool Differentiable { get; init; } = true;

    /// <inheritdoc/>
    public override string ToString() => $"{Primitive.Name} {Name}";
}

/// <summary>An input of a row: uniform random values in a range, distinct enough that no ties are near.</summary>
/// <param name="Shape">Its shape.</param>
/// <param name="Minimum">Least value.</param>
/// <param name="Maximum">Greatest value.</param>
public sealed record InputRange(Shape Shape, double Minimum = -1, double Maximum = 1)
{
    /// <summary>False for an input for which the primitive declares no derivative.</summary>
    public bool Differentiable { get; init; } = true;

    /// <summary>Random values.</summary>
    public double[] Values(Random random) =>
        [.. Enumerable.Range(0, (int)Shape.Count).Select(_ => Minimum + (Maximum - Minimum) * random.NextDouble())];
}

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
        var inputs = Nodes(row, ElementType.F64);
        var output = row.Build(inputs);
        var cotangent = Ops.Input("cotangent", output.Shape, ElementType.F64);
        var variables = inputs.Where((_, i) => row.Inputs[i].Differentiable).ToArray();
        var gradients = Gradients.Of(output, cotangent, variables);
        using var program = GraphProgram.Compile(store, [output, .. gradients]);
        var at = row.Inputs.Select(input => input.Values(random)).ToArray();
        var direction = row.Inputs.Select(input => input.Values(random).Select(_ => input.Differentiable ? random.NextDouble() * 2 - 1 : 0).ToArray()).ToArray();
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
        var worst = 0.0;
        foreach (var (a, b) in single.Zip(wide))
        {
            var difference = a.Zip(b, (x, y) => x - y).ToArray();
            var error = Math.Sqrt(Dot(difference, difference)) / Math.Max(1e-3, Math.Sqrt(Dot(b, b)));
            worst = double.IsNaN(error) ? double.NaN : Math.Max(worst, error);
            if (double.IsNaN(worst)) return double.NaN;
        }
        return worst;
    }

    /// <summary>The output and the gradients of a random weighting of it, in one precision, with the same random values in each.</summary>
    public static double[][] Evaluate(ConformanceRow row, Device device, ElementType element, int seed)
    {
        var random = new Random(seed);
        using var store = new ParameterStore(device);
        var inputs = Nodes(row, element);
        var output = row.Build(inputs);
        var cotangent = Ops.Input("cotangent", output.Shape, element);
        var variables = inputs.Where((_, i) => row.Inputs[i].Differentiable).ToArray();
        Node[] wanted = row.Differentiable ? [output, .. Gradients.Of(output, cotangent, variables)] : [output];
        using var program = GraphProgram.Compile(store, wanted);
        for (var i = 0; i < inputs.Length; i++) SetIfRead(program, inputs[i], Rounded(row.Inputs[i].Values(random)));
        SetIfRead(program, cotangent, Rounded(Enumerable.Range(0, (int)output.Shape.Count).Select(_ => random.NextDouble() * 2 - 1).ToArray()));
        program.Run();
        return [.. wanted.Select(node => node.Type.Element switch
        {
            ElementType.F32 => program.Get<float>(node).Select(x => (double)x).ToArray(),
            ElementType.I32 => program.Get<int>(node).Select(x => (double)x).ToArray(),
            _ => program.Get<double>(node),
        })];
    }

    /// <summary>Every primitive that a graph applies.</summary>
    public static IEnumerable<Type> PrimitivesIn(ConformanceRow row) =>
        GraphOrder.Of([row.Build(Nodes(row, ElementType.F64))]).OfType<Node.Apply>().Select(node => node.Primitive.GetType());

    private static Node.Input[] Nodes(ConformanceRow row, ElementType element) =>
        [.. row.Inputs.Select((input, i) => Ops.Input($"x{i}", input.Shape, element))];

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
