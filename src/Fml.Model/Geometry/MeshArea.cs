using System.Numerics;

namespace Fml.Model;

/// <summary>Areas on a mesh.</summary>
public static class MeshArea
{
    /// <summary>The part <c>A</c> of the surface that belongs to each vertex, [V], mm^2: a third of every triangle on it.</summary>
    /// <param name="positions">[V], mm.</param>
    /// <param name="triangles">[3T] vertex indices.</param>
    public static double[] PerVertex(ReadOnlySpan<Vector3> positions, ReadOnlySpan<int> triangles)
    {
        var areas = new double[positions.Length];
        for (var t = 0; t < triangles.Length; t += 3)
        {
            var (a, b, c) = (triangles[t], triangles[t + 1], triangles[t + 2]);
            var third = Vector3.Cross(positions[b] - positions[a], positions[c] - positions[a]).Length() / 6.0;
            areas[a] += third;
            areas[b] += third;
            areas[c] += third;
        }
        return areas;
    }
}
