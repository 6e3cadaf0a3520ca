using System.Collections.Immutable;

namespace Fml.Graph;

/// <summary>
/// An operation on tensors with one output: what shape it gives, how it is differentiated, how it runs. Subclasses are records, so that
/// equal primitives are equal values. Nothing else in the library knows any of them; a program's own primitives are like the built-in ones.
/// </summary>
public abstract record Primitive
{
    /// <summary>The operation's name in prints and errors.</summary>
    public virtual string Name => GetType().Name;

    /// <summary>Type of the output for inputs of these types.</summary>
    /// <exception cref="ShapeException">The inputs do not fit; the message names the operation, the argument, what was expected and what
    /// came.</exception>
    public abstract TensorType Infer(ImmutableArray<TensorType> inputs);

    /// <summary>
    /// The reverse rule: one adjoint an input, of that input's shape, or of a shape that broadcasting that input to the output made (the
    /// tape sums it back). Null where the output does not depend smoothly on an input.
    /// </summary>
    /// <param name="output">The application that is differentiated.</param>
    /// <param name="adjoint">The adjoint of its output, of the output's type.</param>
    /// <exception cref="NotSupportedException">The primitive declares that it has no derivative.</exception>
    public abstract ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint);

    /// <summary>Turns an application into commands of a device.</summary>
    public abstract void Lower(Lowering lowering);

    /// <summary>
    /// For primitives that only look at their input in another way (reshape, transpose, slice, broadcast): the output as a view of the
    /// input, or null when a copy is needed. Such primitives never run.
    /// </summary>
    internal virtual Layout? View(Layout input, Shape output) => null;

    /// <summary>For matrix products: the factors, from which a map that reads the product can form it on the fly.</summary>
    internal virtual ThinProduct? AsThinProduct(Node.Apply node) => null;

    /// <summary>The rule of primitives that are constant for the gradient.</summary>
    protected static ImmutableArray<Node?> NoGradient(Node.Apply output) => [.. output.Inputs.Select(_ => (Node?)null)];

    /// <summary>An error about one argument of this operation.</summary>
    protected ShapeException Mismatch(string argument, string expected, object came) =>
        new($"{Name}: {argument} must be {expected}, but is {came}");
}
