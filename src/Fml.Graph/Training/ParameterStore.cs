using System.Buffers;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// The values of parameters on a device. It outlives the programs that read and update them, and it is what a checkpoint saves. Optimiser
/// state and tables of codes are parameters like any others.
/// </summary>
public sealed class ParameterStore(Device device) : IDisposable
{
    private readonly Dictionary<string, Node.Parameter> byName = [];
    private readonly List<Node.Parameter> all = [];
    private readonly Dictionary<Node.Parameter, DeviceBuffer> values = [];
    private readonly Dictionary<Node.Constant, DeviceBuffer> constants = [];

    /// <summary>Where the values live.</summary>
    public Device Device { get; } = device;

    /// <summary>All parameters in the order in which they were added.</summary>
    public IReadOnlyList<Node.Parameter> Parameters => all;

    /// <summary>The parameter with a name, or null.</summary>
    public Node.Parameter? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>Adds a parameter.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    /// <exception cref="ShapeException">The number of values is not the shape's.</exception>
    public Node.Parameter Add<T>(string name, Shape shape, ReadOnlySpan<T> initial) where T : unmanaged
    {
        if (initial.Length != shape.Count)
            throw new ShapeException($"parameter {name}: {initial.Length} values do not fill shape {shape}");
        var parameter = AddZeros(name, new TensorType(ElementTypes.Of<T>(), shape));
        Set(parameter, initial);
        return parameter;
    }

    /// <summary>Adds a parameter from pieces that follow one another, so that a large one need not be in host memory as a whole.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    /// <exception cref="ShapeException">The pieces together do not fill the shape.</exception>
    public Node.Parameter Add<T>(string name, Shape shape, IEnumerable<T[]> pieces) where T : unmanaged
    {
        var parameter = AddZeros(name, new TensorType(ElementTypes.Of<T>(), shape));
        var filled = 0L;
        foreach (var piece in pieces)
        {
            if (filled + piece.Length > shape.Count) throw new ShapeException($"parameter {name}: the pieces are more than shape {shape} holds");
            Device.Upload<T>(piece, Buffer(parameter), filled * parameter.Type.Element.Size());
            filled += piece.Length;
        }
        return filled == shape.Count ? parameter : throw new ShapeException($"parameter {name}: {filled} values do not fill shape {shape}");
    }

    /// <summary>Adds a parameter of zeros.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public Node.Parameter AddZeros(string name, TensorType type)
    {
        var parameter = new Node.Parameter(name, type);
        if (!byName.TryAdd(name, parameter)) throw new ArgumentException($"there is a parameter named {name} already");
        all.Add(parameter);
        values[parameter] = Device.Allocate(type.ByteCount);
        return parameter;
    }

    /// <summary>The parameter with this name, added as zeros if there is none: optimiser state.</summary>
    /// <exception cref="ShapeException">There is one of another type.</exception>
    public Node.Parameter FindOrAddZeros(string name, TensorType type)
    {
        if (Find(name) is not { } known) return AddZeros(name, type);
        return known.Type == type ? known : throw new ShapeException($"parameter {name} is {known.Type}, not {type}");
    }

    /// <summary>Takes a parameter out and frees its memory; no program may use it any more.</summary>
    public void Remove(Node.Parameter parameter)
    {
        Buffer(parameter).Dispose();
        byName.Remove(parameter.Name);
        all.Remove(parameter);
        values.Remove(parameter);
    }

    /// <summary>The values of a parameter, row-major.</summary>
    public T[] Get<T>(Node.Parameter parameter) where T : unmanaged
    {
        Check<T>(parameter, parameter.Shape.Count);
        var target = new T[parameter.Shape.Count];
        Device.Download(Buffer(parameter), target.AsSpan());
        return target;
    }

    /// <summary>Sets the values of a parameter, row-major.</summary>
    public void Set<T>(Node.Parameter parameter, ReadOnlySpan<T> source) where T : unmanaged
    {
        Check<T>(parameter, source.Length);
        Device.Upload(source, Buffer(parameter));
    }

    /// <summary>
    /// All parameters whose name passes a filter, for a file: values are copied from the device piece by piece as they are asked for.
    /// </summary>
    public IEnumerable<TensorStream> Streams(Func<string, bool>? filter = null) =>
        all.Where(parameter => filter?.Invoke(parameter.Name) ?? true)
            .Select(parameter => new TensorStream(parameter.Name, parameter.Type.Element, [.. parameter.Shape], Pieces(parameter)));

    /// <summary>Sets parameters from a file's tensors: existing ones must fit, unknown ones are added.</summary>
    /// <exception cref="FmlException">A tensor does not fit its parameter.</exception>
    public void Load(IEnumerable<TensorStream> tensors)
    {
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            var type = new TensorType(tensor.Type, new Shape(tensor.Dimensions.AsSpan()));
            var parameter = Find(tensor.Name) ?? AddZeros(tensor.Name, type);
            if (parameter.Type != type)
                throw new FmlException(
                    $"Tensor {tensor.Name} is {type} in the file, but {parameter.Type} here; the file belongs to another configuration");
            var filled = 0L;
            foreach (var piece in tensor.Pieces)
            {
                Device.Upload(piece.Span, Buffer(parameter), filled);
                filled += piece.Length;
            }
        }
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        foreach (var buffer in values.Values.Concat(constants.Values)) buffer.Dispose();
        values.Clear();
        constants.Clear();
    }

    private IEnumerable<ReadOnlyMemory<byte>> Pieces(Node.Parameter parameter)
    {
        var (buffer, total) = (Buffer(parameter), parameter.Type.ByteCount);
        var bytes = ArrayPool<byte>.Shared.Rent((int)Math.Min(total, TensorStream.PieceBytes));
        try
        {
            for (var at = 0L; at < total;)
            {
                var piece = bytes.AsMemory(0, (int)Math.Min(TensorStream.PieceBytes, total - at));
                Device.Download(buffer, piece.Span, at);
                yield return piece;
                at += piece.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    internal DeviceBuffer Buffer(Node.Parameter parameter) =>
        values.TryGetValue(parameter, out var buffer)
            ? buffer
            : throw new ArgumentException($"parameter {parameter.Name} does not belong to this store");

    internal DeviceBuffer Buffer(Node.Constant constant)
    {
        if (constants.TryGetValue(constant, out var known)) return known;
        var buffer = Device.Allocate(constant.Type.ByteCount);
        Device.Upload(constant.Bytes, buffer);
        return constants[constant] = buffer;
    }

    private static void Check<T>(Node.Parameter parameter, long count) where T : unmanaged
    {
        if (ElementTypes.Of<T>() != parameter.Type.Element || count != parameter.Shape.Count)
            throw new ShapeException($"parameter {parameter.Name} is {parameter.Type}, not {count} values of type {typeof(T).Name}");
    }
}
