using Fml.Native;

namespace Fml.Graph;

/// <summary>Element type and shape of a tensor.</summary>
public readonly record struct TensorType(ElementType Element, Shape Shape)
{
    /// <summary>Size in bytes.</summary>
    public long ByteCount => Shape.Count * Element.Size();

    /// <summary>A tensor of 32-bit floats.</summary>
    public static TensorType F32(Shape shape) => new(ElementType.F32, shape);

    /// <summary>A tensor of 32-bit integers.</summary>
    public static TensorType I32(Shape shape) => new(ElementType.I32, shape);

    /// <summary>Such as <c>f32[4,3]</c>.</summary>
    public override string ToString() => $"{Element.ToString().ToLowerInvariant()}{Shape}";
}
