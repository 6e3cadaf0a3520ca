using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>Constants of a chosen precision.</summary>
internal static class Constants
{
    /// <summary>A constant of f32 or f64.</summary>
    public static Node.Constant Of(ElementType element, Shape shape, ReadOnlySpan<double> values)
    {
        if (element == ElementType.F64) return Ops.Constant(values, shape);
        var single = new float[values.Length];
        for (var i = 0; i < single.Length; i++) single[i] = (float)values[i];
        return Ops.Constant<float>(single, shape);
    }
}
