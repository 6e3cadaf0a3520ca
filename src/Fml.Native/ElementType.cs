namespace Fml.Native;

/// <summary>The type of a tensor's elements.</summary>
public enum ElementType
{
    /// <summary>32-bit floating point: what everything is computed in.</summary>
    F32,

    /// <summary>64-bit floating point: for checking gradients.</summary>
    F64,

    /// <summary>32-bit signed integer: indices.</summary>
    I32,

    /// <summary>Unsigned byte: images as they are stored.</summary>
    U8,
}

/// <summary>Facts about element types.</summary>
public static class ElementTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.F32 or ElementType.I32 => 4,
        ElementType.F64 => 8,
        ElementType.U8 => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown element type"),
    };

    /// <summary>True for f32 and f64.</summary>
    public static bool IsFloat(this ElementType type) => type is ElementType.F32 or ElementType.F64;

    /// <summary>The element type that stores a C# type.</summary>
    /// <exception cref="NotSupportedException">The C# type is none of float, double, int, byte.</exception>
    public static ElementType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? ElementType.F32
        : typeof(T) == typeof(double) ? ElementType.F64
        : typeof(T) == typeof(int) ? ElementType.I32
        : typeof(T) == typeof(byte) ? ElementType.U8
        : throw new NotSupportedException($"no element type stores {typeof(T).Name}; use float, double, int or byte");
}
