using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Fml.Native;

namespace Fml.Graph;

/// <summary>A new value for a parameter, computed from the old values of all parameters.</summary>
/// <param name="Target">The parameter.</param>
/// <param name="Value">Its new value, of the same type.</param>
public sealed record Assignment(Node.Parameter Target, Node Value);

/// <summary>
/// A graph compiled for a device: fused, scheduled, its memory planned. Compile once, run many times; a run allocates nothing. Not
/// thread-safe.
/// </summary>
public sealed class GraphProgram : IDisposable
{
    private readonly Device device;
    private readonly Dictionary<Node.Input, DeviceBuffer> inputs;
    private readonly HashSet<Node.Input> unset;
    private readonly ProgramBuilder.Result built;
    private readonly IExecutable executable;

    private GraphProgram(Device device, Dictionary<Node.Input, DeviceBuffer> inputs, ProgramBuilder.Result built)
    {
        (this.device, this.inputs, this.built) = (device, inputs, built);
        unset = [.. inputs.Keys];
        executable = device.Prepare(built.Commands);
    }

    /// <summary>Compiles a graph for the device of a store.</summary>
    /// <param name="store">The values of the graph's parameters.</param>
    /// <param name="outputs">Nodes whose values are wanted after each run.</param>
    /// <param name="updates">New values of parameters, written at the end of each run.</param>
    /// <exception cref="ArgumentException">A parameter is not the store's, is assigned twice, or gets a value of another type.</exception>
    public static GraphProgram Compile(ParameterStore store, IReadOnlyList<Node> outputs, IReadOnlyList<Assignment>? updates = null) =>
        Make(store, outputs, updates, apart: false);

    /// <summary>The same with a buffer for every tensor instead of planned memory, for devices that watch over their buffers.</summary>
    internal static GraphProgram CompileApart(ParameterStore store, IReadOnlyList<Node> outputs, IReadOnlyList<Assignment>? updates = null) =>
        Make(store, outputs, updates, apart: true);

    private static GraphProgram Make(ParameterStore store, IReadOnlyList<Node> outputs, IReadOnlyList<Assignment>? updates, bool apart)
    {
        updates ??= [];
        foreach (var update in updates)
            if (update.Value.Type != update.Target.Type)
                throw new ShapeException($"parameter {update.Target.Name} is {update.Target.Type}, but its new value is {update.Value.Type}");
        if (updates.GroupBy(update => update.Target).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"parameter {twice.Key.Name} is assigned twice in one program");
        var inputs = GraphOrder.Of([.. outputs, .. updates.Select(update => update.Value)]).OfType<Node.Input>()
            .ToDictionary(input => input, input => store.Device.Allocate(input.Type.ByteCount));
        return new GraphProgram(store.Device, inputs, new ProgramBuilder(store, apart).Build([.. outputs], [.. updates], inputs));
    }

    /// <summary>Bytes of working memory, the parameters and inputs not counted.</summary>
    public long WorkingBytes => built.ArenaBytes;

    /// <summary>Number of commands a run gives to the device.</summary>
    public int CommandCount => built.Commands.Length;

    /// <summary>Gives an input its value for the following runs.</summary>
    /// <exception cref="ArgumentException">The program has no such input, or type or number of elements differ.</exception>
    public void Set<T>(Node.Input input, ReadOnlySpan<T> values) where T : unmanaged
    {
        if (!inputs.TryGetValue(input, out var buffer)) throw new ArgumentException($"the program does not read input {input.Name}");
        if (ElementTypes.Of<T>() != input.Type.Element || values.Length != input.Shape.Count)
            throw new ShapeException($"input {input.Name} is {input.Type}, but was given {values.Length} values of type {typeof(T).Name}");
        device.Upload(values, buffer);
        unset.Remove(input);
    }

    /// <summary>True when the program reads this input.</summary>
    public bool Reads(Node.Input input) => inputs.ContainsKey(input);

    /// <summary>Runs the program once.</summary>
    /// <exception cref="InvalidOperationException">An input was never set.</exception>
    public void Run()
    {
        if (unset.Count > 0)
            throw new InvalidOperationException($"input {string.Join(", ", unset.Select(input => input.Name))} was not set before the run");
        executable.Run();
    }

    /// <summary>Runs the program once and tells how long each command took, s; the order is that of <see cref="ToString"/>.</summary>
    public ImmutableArray<(string Command, double Seconds)> RunTimed()
    {
        Run(); // once before, so that everything is compiled and warm
        return [.. built.Listing.Zip(executable.RunTimed())];
    }

    /// <summary>Copies an output of the last run.</summary>
    public void Get<T>(Node output, Span<T> values) where T : unmanaged
    {
        if (!built.Outputs.TryGetValue(output, out var region)) throw new ArgumentException("the node is not an output of this program");
        if (ElementTypes.Of<T>() != output.Type.Element || values.Length != output.Shape.Count)
            throw new ShapeException($"the output is {output.Type}, but was asked for as {values.Length} values of type {typeof(T).Name}");
        device.Download(region.Buffer, values, region.Offset);
    }

    /// <summary>An output of the last run.</summary>
    public T[] Get<T>(Node output) where T : unmanaged
    {
        var values = new T[output.Shape.Count];
        Get(output, values.AsSpan());
        return values;
    }

    /// <summary>A scalar output of the last run.</summary>
    public float GetNumber(Node output)
    {
        var value = 0f;
        Get(output, MemoryMarshal.CreateSpan(ref value, 1));
        return value;
    }

    /// <summary>The commands of a run, one a line.</summary>
    public override string ToString() => string.Join(Environment.NewLine, built.Listing.Select((text, i) => $"{i,4}  {text}"));

    /// <summary>Frees the program's memory; the parameters stay with their store.</summary>
    public void Dispose()
    {
        executable.Dispose();
        foreach (var buffer in inputs.Values.Concat(built.Owned)) buffer.Dispose();
    }
}
