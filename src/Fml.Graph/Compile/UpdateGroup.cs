using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Assignments to parameters that are done in one step: a fused optimiser updates a parameter and its state in one pass over memory.
/// </summary>
internal sealed class UpdateGroup
{
    /// <summary>A product with few summed terms is formed inside the update instead of being written, when the matrix is at least this
    /// large.</summary>
    private const int MaximumInner = 64;
    private const long MinimumElements = 1 << 14;

    private readonly ImmutableArray<Node.Apply> values;
    private readonly ImmutableArray<Node> inputs;
    private readonly Node? product;
    private readonly ThinProduct? thin;

    private UpdateGroup(ImmutableArray<Node.Parameter> targets, ImmutableArray<Node.Apply> values, ImmutableArray<Node> needs)
    {
        (Targets, this.values, Needs) = (targets, values, needs);
        inputs = [.. values.SelectMany(value => value.Inputs).Distinct()];
    }

    private UpdateGroup(UpdateGroup group, Node product, ThinProduct thin) : this(group.Targets, group.values, [])
    {
        (this.product, this.thin) = (product, thin);
        Needs = [.. inputs.Where(input => !ReferenceEquals(input, product)), thin.A, thin.B];
    }

    /// <summary>The parameters that are written.</summary>
    public ImmutableArray<Node.Parameter> Targets { get; }

    /// <summary>What must be computed before.</summary>
    public ImmutableArray<Node> Needs { get; }

    /// <summary>True when the values are maps that write the parameters themselves; else the one needed node is copied.</summary>
    public bool IsFused => values.Length > 0;

    /// <summary>One of the value nodes.</summary>
    public Node.Apply First => values[0];

    /// <summary>The factors of a product formed on the fly; they are read by every row, so they cannot be written in place.</summary>
    public ImmutableArray<Node> Factors => thin is null ? [] : [thin.A, thin.B];

    /// <summary>
    /// Groups assignments, large ones first. Neighbours go together when their values are maps over the same shape that read a common
    /// tensor.
    /// </summary>
    public static ImmutableArray<UpdateGroup> Of(ImmutableArray<Assignment> assignments, ImmutableArray<Node> values, ImmutableArray<Node> outputs)
    {
        // A value that something else needs too is computed like any node and copied.
        var alsoNeeded = GraphOrder.Of([.. outputs, .. values.OfType<Node.Apply>().SelectMany(value => value.Inputs)])
            .ToHashSet<Node>(ReferenceEqualityComparer.Instance);
        var groups = new List<UpdateGroup>();
        for (var i = 0; i < assignments.Length; i++)
        {
            var (target, value) = (assignments[i].Target, values[i]);
            if (value is not Node.Apply { Primitive: Map } map || alsoNeeded.Contains(value) || value.Type != target.Type)
                groups.Add(new UpdateGroup([target], [], [value]));
            else if (groups.Count > 0 && groups[^1].Takes(map))
                groups[^1] = new UpdateGroup([.. groups[^1].Targets, target], [.. groups[^1].values, map], [.. groups[^1].inputs.Union(map.Inputs)]);
            else
                groups.Add(new UpdateGroup([target], [map], map.Inputs));
        }
        var elsewhere = UsesElsewhere(groups, outputs);
        return [.. groups.Select(group => group.WithThinProduct(elsewhere)).OrderByDescending(group => group.Targets[0].Type.ByteCount)];
    }

    private bool Takes(Node.Apply map) =>
        IsFused && values.Length < 6 && map.Type == First.Type && map.Inputs.Any(input => input.Shape.Count > 1 && inputs.Contains(input))
        && inputs.Union(map.Inputs).Count() <= MapSizes.MaximumInputs;

    // Nodes that something other than one group's maps reads.
    private static HashSet<Node> UsesElsewhere(List<UpdateGroup> groups, ImmutableArray<Node> outputs)
    {
        var inside = GraphOrder.Of([.. outputs, .. groups.SelectMany(group => group.Needs)]).OfType<Node.Apply>().SelectMany(node => node.Inputs);
        var shared = groups.SelectMany(group => group.Needs.Distinct()).GroupBy(node => node, (node, uses) => (node, uses.Count()))
            .Where(pair => pair.Item2 > 1).Select(pair => pair.node);
        return inside.Concat(outputs).Concat(shared).ToHashSet<Node>(ReferenceEqualityComparer.Instance);
    }

    private UpdateGroup WithThinProduct(HashSet<Node> elsewhere)
    {
        if (!IsFused) return this;
        foreach (var input in inputs.OfType<Node.Apply>())
            if (!elsewhere.Contains(input) && input.Type == First.Type && IsThin(input))
                return new UpdateGroup(this, input, input.Primitive.AsThinProduct(input)!);
        return this;
    }

    /// <summary>True for a large matrix that is a product with few summed terms: cheaper to form again than to write and read.</summary>
    public static bool IsThin(Node.Apply node) =>
        node.Shape.Rank == 2 && node.Shape.Count >= MinimumElements && node.Primitive.AsThinProduct(node) is { Inner: <= MaximumInner };

    /// <summary>Emits the fused update.</summary>
    public void Emit(Lowering lowering, Func<Node, MapSource> source, Func<Node, Operand> dense, ImmutableArray<Operand> targets)
    {
        var numbers = inputs.Select((node, i) => (node, i)).ToDictionary(pair => pair.node, pair => pair.i);
        ImmutableArray<Scalar> expressions =
        [
            .. values.Select(value => ((Map)value.Primitive).Expression.Substitute(i => new Scalar.Argument(numbers[value.Inputs[i]]))),
        ];
        ImmutableArray<MapSource> sources =
        [
            .. inputs.Select(node => thin is not null && ReferenceEquals(node, product)
                ? new MapSource(default, Layout.Contiguous(node.Shape), node.Type.Element)
                {
                    Product = new ThinFactors(dense(thin.A), dense(thin.B), thin.Inner, thin.StrideAInner, thin.StrideARow),
                }
                : source(node)),
        ];
        MapLowering.Emit(lowering, expressions, sources, targets, [.. values.Select(value => value.Type.Element)], First.Shape);
    }
}
