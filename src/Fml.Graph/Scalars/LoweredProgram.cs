using System.Collections.Immutable;

namespace Fml.Graph;

/// <summary>Half of a vector of floats, as a vector of doubles.</summary>
internal enum VectorHalf
{
    /// <summary>The elements with lower indices.</summary>
    Lower,

    /// <summary>The elements with higher indices.</summary>
    Upper,
}

/// <summary>A vector that a lowered program computes: a node, in the type of the arithmetic or as one half of doubles.</summary>
/// <param name="Node">What is computed.</param>
/// <param name="Half">Which half, where a float program computes in double; else null.</param>
internal readonly record struct LoweredValue(Scalar Node, VectorHalf? Half);

/// <summary>The lowered expressions of a row kernel as a list of vectors, with what code generation needs to know of each.</summary>
internal sealed class LoweredProgram
{
    private readonly HashSet<LoweredValue> varying = [];
    private readonly Dictionary<LoweredValue, int> uses = [];
    private readonly ImmutableArray<bool> shared;

    public LoweredProgram(RowSignature signature)
    {
        shared = [.. signature.Arguments.Select(argument => argument.Stride == 0)];
        Roots = [.. signature.Expressions.Select(e => new LoweredValue(ScalarLowering.Of(e, signature.Arithmetic), null))];
        var seen = new HashSet<LoweredValue>();
        foreach (var root in Roots) Visit(root, seen);
        foreach (var value in Order)
            if (value.Node is Scalar.Argument n ? !shared[n.Index] : Operands(value).Any(varying.Contains)) varying.Add(value);
        CountUses();
        Arguments = [.. Order.Select(value => value.Node).OfType<Scalar.Argument>().Select(n => n.Index).Distinct()];
    }

    /// <summary>The vectors, each after its operands.</summary>
    public List<LoweredValue> Order { get; } = [];

    /// <summary>The outputs.</summary>
    public ImmutableArray<LoweredValue> Roots { get; }

    /// <summary>The arguments that occur.</summary>
    public ImmutableArray<int> Arguments { get; }

    /// <summary>Whether a row has one value of this argument.</summary>
    public bool IsShared(int argument) => shared[argument];

    /// <summary>Whether the value changes along a row.</summary>
    public bool VariesInRow(LoweredValue value) => varying.Contains(value);

    /// <summary>Whether the value is computed and kept before the loop.</summary>
    public bool IsHoisted(LoweredValue value) => !varying.Contains(value) && value.Node is not Scalar.Constant;

    /// <summary>How many times the value is read.</summary>
    public int Uses(LoweredValue value) => uses.GetValueOrDefault(value);

    /// <summary>Whether the value is a comparison, which vector units give as a mask.</summary>
    public bool IsMask(LoweredValue value) =>
        value.Node is Scalar.Binary { Function: BinaryFunction.Less or BinaryFunction.LessOrEqual or BinaryFunction.Equal };

    /// <summary>Whether the value is better computed again at each use, as a mask, than kept.</summary>
    public bool IsRepeated(LoweredValue value) => IsMask(value) && !Operands(value).Any(IsMask);

    /// <summary>The vectors that a vector is computed from.</summary>
    public ImmutableArray<LoweredValue> Operands(LoweredValue value) => value.Node switch
    {
        Scalar.Machine { Function: MachineFunction.Widen } n => [new(n.X, null)],
        Scalar.Machine { Function: MachineFunction.Narrow } n => [new(n.X, VectorHalf.Lower), new(n.X, VectorHalf.Upper)],
        Scalar.Argument or Scalar.Constant => [],
        Scalar.Unary n => [value with { Node = n.X }],
        Scalar.Machine n => [value with { Node = n.X }],
        Scalar.Binary n => [value with { Node = n.X }, value with { Node = n.Y }],
        Scalar.Select n => [value with { Node = n.Condition }, value with { Node = n.Then }, value with { Node = n.Else }],
        _ => throw new NotSupportedException($"{value.Node.GetType().Name} cannot be compiled"),
    };

    private void Visit(LoweredValue value, HashSet<LoweredValue> seen)
    {
        if (!seen.Add(value)) return;
        foreach (var operand in Operands(value)) Visit(operand, seen);
        Order.Add(value);
    }

    // A comparison is repeated at each use, so its operands are read as often.
    private void CountUses()
    {
        foreach (var root in Roots) uses[root] = Uses(root) + 1;
        foreach (var value in Enumerable.Reverse(Order))
            foreach (var operand in Operands(value)) uses[operand] = Uses(operand) + (IsRepeated(value) ? Uses(value) : 1);
    }
}
