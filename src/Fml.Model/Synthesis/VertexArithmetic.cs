using System.Numerics;
using System.Runtime.InteropServices;

namespace Fml.Model;

/// <summary>Arithmetic on whole meshes at the width of the machine's vectors.</summary>
internal static class VertexArithmetic
{
    /// <summary><c>sum[i] += weight * offsets[i]</c>.</summary>
    public static void AddScaled(float weight, ReadOnlySpan<Vector3> offsets, Span<Vector3> sum)
    {
        var from = MemoryMarshal.Cast<Vector3, float>(offsets);
        var to = MemoryMarshal.Cast<Vector3, float>(sum);
        var fromVectors = MemoryMarshal.Cast<float, Vector<float>>(from);
        var toVectors = MemoryMarshal.Cast<float, Vector<float>>(to);
        for (var i = 0; i < fromVectors.Length; i++) toVectors[i] += weight * fromVectors[i];
        for (var i = fromVectors.Length * Vector<float>.Count; i < from.Length; i++) to[i] += weight * from[i];
    }
}
