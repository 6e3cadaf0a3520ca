using System.Numerics;

namespace Fml.Model;

/// <summary>Area-weighted vertex normals on the host.</summary>
internal static class VertexNormals
{
    /// <summary>Unit normals, [V]; a vertex without area gets +z.</summary>
    public static Vector3[] Of(ReadOnlySpan<Vector3> positions, ReadOnlySpan<int> triangles)
    {
        var normals = new Vector3[positions.Length];
        for (var t = 0; t < triangles.Length; t += 3)
        {
            var (a, b, c) = (triangles[t], triangles[t + 1], triangles[t + 2]);
            var area = Vector3.Cross(positions[b] - positions[a], positions[c] - positions[a]);
            normals[a] += area;
            normals[b] += area;
            normals[c] += area;
        }
        return Array.ConvertAll(normals, n => n.LengthSquared() > 1e-12f ? Vector3.Normalize(n) : Vector3.UnitZ);
    }
}
