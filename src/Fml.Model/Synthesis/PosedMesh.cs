using System.Numerics;

namespace Fml.Model;

/// <summary>A mesh in camera space: positions <c>x_cam = R x + t</c>, [V] in mm, and unit vertex normals, [V].</summary>
internal readonly record struct PosedMesh(Vector3[] Positions, Vector3[] Normals)
{
    /// <summary>Poses a mesh; normals are area-weighted over the incident triangles, and +z where a vertex has none.</summary>
    public static PosedMesh Of(ReadOnlySpan<Vector3> positions, ReadOnlySpan<int> triangles, Quaternion rotation, Vector3 translation)
    {
        var matrix = Matrix4x4.CreateFromQuaternion(rotation);
        matrix.Translation = translation;
        var posed = new Vector3[positions.Length];
        for (var i = 0; i < posed.Length; i++) posed[i] = Vector3.Transform(positions[i], matrix);
        var normals = new Vector3[positions.Length];
        for (var i = 0; i < triangles.Length; i += 3)
        {
            var (a, b, c) = (triangles[i], triangles[i + 1], triangles[i + 2]);
            var normal = Vector3.Cross(posed[b] - posed[a], posed[c] - posed[a]);
            normals[a] += normal;
            normals[b] += normal;
            normals[c] += normal;
        }
        for (var i = 0; i < normals.Length; i++)
            normals[i] = normals[i].LengthSquared() > 1e-20f ? Vector3.Normalize(normals[i]) : Vector3.UnitZ;
        return new PosedMesh(posed, normals);
    }

    /// <summary>Colours after light: <c>c_i = r_i sum_b gamma_b H_b(n_i)</c>, [V].</summary>
    public Vector3[] Shade(ReadOnlySpan<Vector3> albedo, ReadOnlySpan<float> light)
    {
        var shaded = new Vector3[albedo.Length];
        for (var i = 0; i < shaded.Length; i++) shaded[i] = albedo[i] * SphericalHarmonics.Shade(light, Normals[i]);
        return shaded;
    }
}
