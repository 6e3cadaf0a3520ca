using System.Collections.Immutable;
using System.Reflection;
using Fml.Graph;

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

    /// <summary>Bound of the norm-wise relative error, in f32, of a CUDA device against the CPU.</summary>
    public double CudaBound { get; init; } = 1e-5;

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

/// <summary>A table of rows.</summary>
public interface IConformanceTable
{
    /// <summary>The rows.</summary>
    static abstract ImmutableArray<ConformanceRow> All { get; }

    /// <summary>The library all of whose primitives the table must have.</summary>
    static abstract Assembly Library { get; }
}
