using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>Turns a graph into a list of commands over planned memory.</summary>
/// <param name="store">The values of the graph's parameters.</param>
/// <param name="apart">
/// Gives every tensor a buffer of its own, so that a device which watches over its buffers sees what is written beyond a tensor.
/// </param>
internal sealed class ProgramBuilder(ParameterStore store, bool apart = false)
{
    private readonly List<Slot> slots = [];
    private readonly List<Pending> pending = [];
    private readonly Dictionary<Node, Place> places = new(ReferenceEqualityComparer.Instance);
    private readonly List<DeviceBuffer> owned = [];

    /// <summary>A block of memory: outside the arena, or in it for the steps that touch it.</summary>
    private sealed class Slot(long byteCount, Region? outside)
    {
        public long ByteCount { get; } = byteCount;
        public Region? Outside { get; } = outside;
        public int First { get; set; } = -1;
        public int Last { get; set; } = -1;
    }

    private sealed record Pending(string Text, Func<Func<Operand, Region>, Command> Make);

    private sealed record Place(Operand Operand, Layout Layout);

    /// <summary>What the builder leaves behind.</summary>
    public sealed record Result(
        ImmutableArray<Command> Commands, ImmutableArray<string> Listing, ImmutableDictionary<Node, Region> Outputs,
        ImmutableArray<DeviceBuffer> Owned, long ArenaBytes);

    public Result Build(ImmutableArray<Node> outputs, ImmutableArray<Assignment> assignments, IReadOnlyDictionary<Node.Input, DeviceBuffer> inputs)
    {
        foreach (var (input, buffer) in inputs) Bind(input, buffer);
        var roots = Fusion.Of([.. outputs, .. assignments.Select(a => a.Value)]);
        var groups = UpdateGroup.Of(assignments, [.. roots.Skip(outputs.Length)], [.. roots.Take(outputs.Length)]);
        foreach (var node in GraphOrder.Of([.. roots.Take(outputs.Length), .. groups.SelectMany(group => group.Needs)])) Emit(node);

        var outputPlaces = new Dictionary<Node, Operand>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < outputs.Length; i++) outputPlaces[outputs[i]] = Dense(roots[i]);
        EmitUpdates(groups);
        foreach (var place in outputPlaces.Values) slots[place.Slot].Last = pending.Count;

        var regions = Placed([.. slots.Where(slot => slot.Outside is null)]);
        Region Resolve(Operand operand)
        {
            var slot = slots[operand.Slot];
            var start = slot.Outside ?? regions[slot];
            return start with { Offset = start.Offset + operand.ByteOffset };
        }
        return new Result(
            [.. pending.Select(p => p.Make(Resolve))], [.. pending.Select(p => p.Text)],
            outputPlaces.ToImmutableDictionary(pair => pair.Key, pair => Resolve(pair.Value)),
            [.. owned], owned.Sum(buffer => buffer.ByteCount));
    }

    private Dictionary<Slot, Region> Placed(ImmutableArray<Slot> inArena)
    {
        if (apart) return inArena.ToDictionary(slot => slot, slot => new Region(Own(slot.ByteCount)));
        var (offsets, size) = MemoryPlan.Of([.. inArena.Select(slot => new MemoryNeed(slot.ByteCount, slot.First, slot.Last))]);
        var arena = Own(size);
        return inArena.Zip(offsets).ToDictionary(pair => pair.First, pair => new Region(arena, pair.Second));
    }

    private DeviceBuffer Own(long byteCount)
    {
        var buffer = store.Device.Allocate(byteCount);
        owned.Add(buffer);
        return buffer;
    }

    private void EmitUpdates(ImmutableArray<UpdateGroup> groups)
    {
        var copies = new List<(Operand From, Node.Parameter To)>();
        var written = groups.SelectMany(group => group.Targets).Select(target => PlaceOf(target).Operand.Slot).ToHashSet();
        foreach (var group in groups.Where(group => !group.IsFused))
        {
            // A value that is the memory of a parameter, which may get a new value too, is put aside first.
            var (from, target) = (Dense(group.Needs[0]), group.Targets[0]);
            copies.Add((written.Contains(from.Slot) ? PutAside(from, target.Type.ByteCount) : from, target));
        }
        var fused = groups.Where(group => group.IsFused).ToList();
        for (var i = 0; i < fused.Count; i++)
        {
            var group = fused[i];
            // Elementwise updates write in place unless something that runs later, or other elements of this update, read the old value.
            var stillRead = fused.Skip(i + 1).SelectMany(g => g.Needs).Concat(group.Factors).ToHashSet<Node>(ReferenceEqualityComparer.Instance);
            var targets = group.Targets.Select(target =>
            {
                var place = PlaceOf(target).Operand;
                if (!stillRead.Concat(group.Needs.Where(node => !ReferenceEquals(node, target))).Any(node => PlaceOf(node).Operand.Slot == place.Slot))
                    return place;
                var temporary = NewSlot(target.Type.ByteCount);
                copies.Add((temporary, target));
                return temporary;
            }).ToImmutableArray();
            group.Emit(new NodeLowering(this, group.First), node => Source(node), Dense, targets);
        }
        foreach (var (from, to) in copies)
        {
            var target = PlaceOf(to).Operand;
            Add($"copy to {to.Name}", [from, target], resolve => new Command.Copy(resolve(from), resolve(target), to.Type.ByteCount));
        }
    }

    private Operand PutAside(Operand value, long byteCount)
    {
        var copy = NewSlot(byteCount);
        Add("copy", [value, copy], resolve => new Command.Copy(resolve(value), resolve(copy), byteCount));
        return copy;
    }

    private void Emit(Node node)
    {
        if (node is not Node.Apply apply)
        {
            PlaceOf(node);
            return;
        }
        if (apply.Primitive is ViewPrimitive view)
        {
            var input = PlaceOf(apply.Inputs[0]);
            // Where the input's strides do not allow the view, it is taken of a copy without gaps.
            places[node] = view.View(input.Layout, node.Shape) is { } layout
                ? new Place(input.Operand, layout)
                : new Place(Dense(apply.Inputs[0]), view.View(Layout.Contiguous(apply.Inputs[0].Shape), node.Shape)!);
            return;
        }
        places[node] = new Place(NewSlot(node.Type.ByteCount), Layout.Contiguous(node.Shape));
        apply.Primitive.Lower(new NodeLowering(this, apply));
    }

    private Place PlaceOf(Node node)
    {
        if (places.TryGetValue(node, out var place)) return place;
        var buffer = node switch
        {
            Node.Parameter parameter => store.Buffer(parameter),
            Node.Constant constant => store.Buffer(constant),
            Node.Input input => throw new InvalidOperationException($"input {input.Name} has no buffer"),
            _ => throw new InvalidOperationException($"{node.Type} was not computed before it was used"),
        };
        Bind(node, buffer);
        return places[node];
    }

    private void Bind(Node node, DeviceBuffer buffer)
    {
        slots.Add(new Slot(node.Type.ByteCount, new Region(buffer)));
        places[node] = new Place(new Operand(slots.Count - 1), Layout.Contiguous(node.Shape));
    }

    private Operand NewSlot(long byteCount)
    {
        slots.Add(new Slot(byteCount, null));
        return new Operand(slots.Count - 1);
    }

    private MapSource Source(Node node)
    {
        var place = PlaceOf(node);
        return new MapSource(place.Operand, place.Layout, node.Type.Element);
    }

    // A tensor row-major without gaps, copied if it lies otherwise.
    private Operand Dense(Node node)
    {
        var place = PlaceOf(node);
        if (place.Layout.IsContiguous) return place.Operand;
        if (place.Layout with { Offset = 0 } is { IsContiguous: true })
            return place.Operand with { ByteOffset = place.Operand.ByteOffset + place.Layout.Offset * node.Type.Element.Size() };
        var copy = NewSlot(node.Type.ByteCount);
        var dense = Layout.Contiguous(node.Shape);
        Add($"copy {node.Type}", [place.Operand, copy], resolve => new Command.Launch<StridedCopySizes>(
            StridedCopy.Kernel, StridedCopy.Sizes(node.Type.Element.Size(), place.Layout, dense), [resolve(place.Operand), resolve(copy)]));
        places[node] = new Place(copy, dense);
        return copy;
    }

    private void Add(string text, ReadOnlySpan<Operand> operands, Func<Func<Operand, Region>, Command> make)
    {
        foreach (var operand in operands)
        {
            var slot = slots[operand.Slot];
            if (slot.First < 0) slot.First = pending.Count;
            slot.Last = pending.Count;
        }
        pending.Add(new Pending(text, make));
    }

    private sealed class NodeLowering(ProgramBuilder builder, Node.Apply node) : Lowering
    {
        public override Node.Apply Node => node;

        public override Operand Output => builder.PlaceOf(node).Operand;

        public override Operand Input(int index) => builder.Dense(node.Inputs[index]);

        public override Operand Scratch(long byteCount) => builder.NewSlot(byteCount);

        internal override ImmutableArray<MapSource> Sources() => [.. node.Inputs.Select(builder.Source)];

        public override void Run<TParameters>(Kernel<TParameters> kernel, TParameters parameters, params ImmutableArray<Operand> operands) =>
            builder.Add(kernel.Name, operands.AsSpan(), resolve => new Command.Launch<TParameters>(kernel, parameters, [.. operands.Select(resolve)]));

        public override void Multiply(MatrixShape shape, Operand a, Operand b, Operand c) =>
            builder.Add(
                $"multiply {shape.Batch}x[{shape.Rows},{shape.Inner}]x[{shape.Inner},{shape.Columns}]", [a, b, c],
                resolve => new Command.MatrixProduct(OutputType.Element, shape, resolve(a), resolve(b), resolve(c)));
    }
}
