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
        return new PosedMesh(posed, VertexNormals.Of(posed, triangles));
    }

    /// <summary>Colours after light: <c>c_i = r_i sum_b gamma_b H_b(n_i)</c>, [V].</summary>
    public Vector3[] Shade(ReadOnlySpan<Vector3> albedo, ReadOnlySpan<float> light)
    {
        var shaded = new Vector3[albedo.Length];
        for (var i = 0; i < shaded.Length; i++) shaded[i] = albedo[i] * SphericalHarmonics.Shade(light, Normals[i]);
        return shaded;
    }
}
