using System.Runtime.CompilerServices;

namespace Fml.Graph;

/// <summary>
/// An expression over numbered arguments that yields one number: what a map computes for each element. A closed set of immutable cases.
/// </summary>
/// <remarks>
/// Write expressions with operators and the functions of this class, which simplify as they build, for instance
/// <c>Scalar.Max(new Scalar.Argument(0) * 2, 0)</c>. Two expressions are equal when their structure is; hash codes are kept, and shared
/// parts are visited once, so that an expression may share as much as it likes.
/// </remarks>
public abstract partial record Scalar
{
    private readonly int hash;

    private Scalar(int hash, int argumentCount, long treeSize)
    {
        this.hash = hash;
        ArgumentCount = argumentCount;
        TreeSize = Math.Min(treeSize, int.MaxValue);
    }

    /// <summary>One more than the highest argument index that occurs; 0 for a constant expression.</summary>
    public int ArgumentCount { get; }

    /// <summary>The number of distinct operations: what evaluating the expression once costs.</summary>
    public int OperationCount => ScalarOrder.Of(this).Count(node => node is not (Argument or Constant));

    /// <summary>Nodes counted as if nothing were shared, up to <see cref="int.MaxValue"/>.</summary>
    internal long TreeSize { get; }

    /// <summary>The expressions that this one is made of.</summary>
    internal ReadOnlySpan<Scalar> Children => this switch
    {
        Unary node => new[] { node.X },
        Machine node => new[] { node.X },
        Binary node => new[] { node.X, node.Y },
        Select node => new[] { node.Condition, node.Then, node.Else },
        _ => [],
    };

    /// <summary>The expression in infix form, such as <c>max(a0 * 2 + a1, 0)</c>; large ones name their shared parts first.</summary>
    public sealed override string ToString() => ScalarText.Of(this);

    /// <summary>The value of one argument of the map.</summary>
    /// <param name="Index">Which argument, from 0.</param>
    public sealed record Argument(int Index) : Scalar(HashCode.Combine(1, Index), Index + 1, 1)
    {
        /// <summary>Which argument, from 0.</summary>
        public int Index { get; } =
            Index >= 0 ? Index : throw new ArgumentOutOfRangeException(nameof(Index), Index, "arguments count from 0");

        /// <inheritdoc/>
        public bool Equals(Argument? other) => other is not null && other.Index == Index;

        /// <inheritdoc/>
        public override int GetHashCode() => hash;
    }

    /// <summary>A fixed number, rounded to the element type when compiled.</summary>
    /// <param name="Value">The number; infinities and NaN are allowed.</param>
    public sealed record Constant(double Value) : Scalar(HashCode.Combine(2, BitConverter.DoubleToInt64Bits(Value)), 0, 1)
    {
        /// <summary>The number.</summary>
        public double Value { get; } = Value;

        /// <inheritdoc/>
        public bool Equals(Constant? other) =>
            other is not null && BitConverter.DoubleToInt64Bits(other.Value) == BitConverter.DoubleToInt64Bits(Value);

        /// <inheritdoc/>
        public override int GetHashCode() => hash;
    }

    /// <summary>A function of one expression.</summary>
    /// <param name="Function">The function.</param>
    /// <param name="X">Its operand.</param>
    public sealed record Unary(UnaryFunction Function, Scalar X)
        : Scalar(HashCode.Combine(3, Function, X.hash), X.ArgumentCount, 1 + X.TreeSize)
    {
        /// <summary>The function.</summary>
        public UnaryFunction Function { get; } = Function;

        /// <summary>Its operand.</summary>
        public Scalar X { get; } = X;

        /// <inheritdoc/>
        public bool Equals(Unary? other) => Same(this, other);

        /// <inheritdoc/>
        public override int GetHashCode() => hash;
    }

    /// <summary>A function of two expressions.</summary>
    /// <param name="Function">The function.</param>
    /// <param name="X">Its first operand.</param>
    /// <param name="Y">Its second operand.</param>
    public sealed record Binary(BinaryFunction Function, Scalar X, Scalar Y)
        : Scalar(HashCode.Combine(4, Function, X.hash, Y.hash), Math.Max(X.ArgumentCount, Y.ArgumentCount), 1 + X.TreeSize + Y.TreeSize)
    {
        /// <summary>The function.</summary>
        public BinaryFunction Function { get; } = Function;

        /// <summary>Its first operand.</summary>
        public Scalar X { get; } = X;

        /// <summary>Its second operand.</summary>
        public Scalar Y { get; } = Y;

        /// <inheritdoc/>
        public bool Equals(Binary? other) => Same(this, other);

        /// <inheritdoc/>
        public override int GetHashCode() => hash;
    }

    /// <summary>
    /// <paramref name="Then"/> where the condition is not 0 (NaN is not 0), else <paramref name="Else"/>. The branch not taken never
    /// touches the result, not even by a NaN.
    /// </summary>
    /// <param name="Condition">Usually a comparison.</param>
    /// <param name="Then">The value where the condition holds.</param>
    /// <param name="Else">The value where it does not.</param>
    public sealed record Select(Scalar Condition, Scalar Then, Scalar Else)
        : Scalar(
            HashCode.Combine(5, Condition.hash, Then.hash, Else.hash),
            Math.Max(Condition.ArgumentCount, Math.Max(Then.ArgumentCount, Else.ArgumentCount)),
            1 + Condition.TreeSize + Then.TreeSize + Else.TreeSize)
    {
        /// <summary>Usually a comparison.</summary>
        public Scalar Condition { get; } = Condition;

        /// <summary>The value where the condition holds.</summary>
        public Scalar Then { get; } = Then;

        /// <summary>The value where it does not.</summary>
        public Scalar Else { get; } = Else;

        /// <inheritdoc/>
        public bool Equals(Select? other) => Same(this, other);

        /// <inheritdoc/>
        public override int GetHashCode() => hash;
    }

    /// <summary>A step that only lowered expressions contain; see <see cref="ScalarLowering"/>.</summary>
    internal sealed record Machine(MachineFunction Function, Scalar X)
        : Scalar(HashCode.Combine(6, Function, X.hash), X.ArgumentCount, 1 + X.TreeSize)
    {
        public MachineFunction Function { get; } = Function;

        public Scalar X { get; } = X;

        public bool Equals(Machine? other) => Same(this, other);

        public override int GetHashCode() => hash;
    }

    private static bool Same(Scalar a, Scalar? b)
    {
        HashSet<(Scalar, Scalar)>? compared = null;
        return b is not null && Same(a, b, ref compared);
    }

    // Pairs met before are taken as equal: if they were not, the whole comparison has failed already.
    private static bool Same(Scalar a, Scalar b, ref HashSet<(Scalar, Scalar)>? compared)
    {
        if (ReferenceEquals(a, b)) return true;
        if (a.hash != b.hash || a.TreeSize != b.TreeSize) return false;
        if (a.TreeSize > 32 && !(compared ??= new(ReferencePairs.Instance)).Add((a, b))) return true;
        return (a, b) switch
        {
            (Argument p, Argument q) => p.Equals(q),
            (Constant p, Constant q) => p.Equals(q),
            (Unary p, Unary q) => p.Function == q.Function && Same(p.X, q.X, ref compared),
            (Machine p, Machine q) => p.Function == q.Function && Same(p.X, q.X, ref compared),
            (Binary p, Binary q) => p.Function == q.Function && Same(p.X, q.X, ref compared) && Same(p.Y, q.Y, ref compared),
            (Select p, Select q) => Same(p.Condition, q.Condition, ref compared) && Same(p.Then, q.Then, ref compared)
                && Same(p.Else, q.Else, ref compared),
            _ => false,
        };
    }

    private sealed class ReferencePairs : IEqualityComparer<(Scalar, Scalar)>
    {
        public static readonly ReferencePairs Instance = new();

        public bool Equals((Scalar, Scalar) p, (Scalar, Scalar) q) =>
            ReferenceEquals(p.Item1, q.Item1) && ReferenceEquals(p.Item2, q.Item2);

        public int GetHashCode((Scalar, Scalar) pair) =>
            HashCode.Combine(RuntimeHelpers.GetHashCode(pair.Item1), RuntimeHelpers.GetHashCode(pair.Item2));
    }
}
