using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// A tensor-valued expression: an input, a parameter, a constant, or a primitive applied to nodes. Immutable. Equal applications are one
/// object, so reference equality is structural equality. Make nodes with <see cref="Ops"/> and the operators; print a graph with
/// <c>ToString</c>.
/// </summary>
public abstract partial class Node
{
    private readonly List<WeakReference<Apply>> users = [];

    private Node(TensorType type) => Type = type;

    /// <summary>Element type and shape.</summary>
    public TensorType Type { get; }

    /// <summary>Shape.</summary>
    public Shape Shape => Type.Shape;

    /// <summary>The graph that ends in this node, one node a line.</summary>
    public sealed override string ToString() => GraphPrinter.Print(this);

    /// <summary>A tensor that every run of a program is given.</summary>
    public sealed class Input(string name, TensorType type) : Node(type)
    {
        /// <summary>Name for people and error messages.</summary>
        public string Name { get; } = name;
    }

    /// <summary>A tensor that a <see cref="ParameterStore"/> holds and a program may change.</summary>
    public sealed class Parameter(string name, TensorType type) : Node(type)
    {
        /// <summary>Name, unique in its store and the key in saved files.</summary>
        public string Name { get; } = name;
    }

    /// <summary>A tensor that never changes.</summary>
    public sealed class Constant : Node
    {
        private readonly byte[] bytes;

        private Constant(TensorType type, byte[] bytes) : base(type) => this.bytes = bytes;

        /// <summary>The elements, row-major.</summary>
        public ReadOnlySpan<byte> Bytes => bytes;

        /// <summary>The elements as what they are.</summary>
        public ReadOnlySpan<T> Values<T>() where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes);

        /// <summary>A constant with a copy of these elements.</summary>
        /// <exception cref="ShapeException">The number of elements is not the shape's.</exception>
        public static Constant Of<T>(ReadOnlySpan<T> values, Shape shape) where T : unmanaged =>
            values.Length == shape.Count
                ? new Constant(new TensorType(ElementTypes.Of<T>(), shape), MemoryMarshal.AsBytes(values).ToArray())
                : throw new ShapeException($"constant: {values.Length} values do not fill shape {shape}");
    }

    /// <summary>A primitive applied to nodes.</summary>
    public sealed class Apply : Node
    {
        private static readonly Dictionary<Primitive, WeakReference<Apply>> WithoutInputs = [];

        private Apply(Primitive primitive, ImmutableArray<Node> inputs, TensorType type) : base(type)
        {
            Primitive = primitive;
            Inputs = inputs;
        }

        /// <summary>What is computed.</summary>
        public Primitive Primitive { get; }

        /// <summary>What it is computed from.</summary>
        public ImmutableArray<Node> Inputs { get; }

        /// <summary>The one node for this application.</summary>
        /// <exception cref="ShapeException">The inputs do not fit the primitive.</exception>
        public static Apply Of(Primitive primitive, params ImmutableArray<Node> inputs)
        {
            if (inputs.IsEmpty) return OfNothing(primitive);
            // Users are held weakly by their first input, and hold their inputs: whatever nobody needs any more can be collected.
            var users = inputs[0].users;
            lock (users)
            {
                for (var i = users.Count - 1; i >= 0; i--)
                {
                    if (!users[i].TryGetTarget(out var user)) users.RemoveAt(i);
                    else if (user.Primitive.Equals(primitive) && user.Inputs.SequenceEqual(inputs)) return user;
                }
                var made = new Apply(primitive, inputs, primitive.Infer([.. inputs.Select(input => input.Type)]));
                users.Add(new WeakReference<Apply>(made));
                return made;
            }
        }

        private static Apply OfNothing(Primitive primitive)
        {
            lock (WithoutInputs)
            {
                if (WithoutInputs.TryGetValue(primitive, out var reference) && reference.TryGetTarget(out var known)) return known;
                var made = new Apply(primitive, [], primitive.Infer([]));
                WithoutInputs[primitive] = new WeakReference<Apply>(made);
                return made;
            }
        }
    }
}
