using System.Numerics;

namespace Fml.Model;

/// <summary>A coloured mesh in the picture: the face itself, or something around it that no model explains.</summary>
/// <param name="Positions">[V], mm, before its pose.</param>
/// <param name="Triangles">[3T], counter-clockwise seen from outside.</param>
/// <param name="Colours">[V], RGB in [0, 1] before light.</param>
internal sealed record SceneMesh(Vector3[] Positions, int[] Triangles, Vector3[] Colours)
{
    /// <summary>A sheet that closes around an axis: <paramref name="point"/> gives the point for a fraction around and a fraction
    /// along.</summary>
    public static SceneMesh Around(int around, int along, Func<float, float, Vector3> point, Func<Vector3, float, float, Vector3> colour)
    {
        var positions = new Vector3[around * along];
        var colours = new Vector3[around * along];
        for (var row = 0; row < along; row++)
            for (var column = 0; column < around; column++)
            {
                var (u, v) = (column / (float)around, row / (along - 1f));
                var index = row * around + column;
                positions[index] = point(u, v);
                colours[index] = colour(positions[index], u, v);
            }
        var triangles = new List<int>(6 * around * (along - 1));
        for (var row = 0; row + 1 < along; row++)
            for (var column = 0; column < around; column++)
            {
                var next = (column + 1) % around;
                var (a, b) = (row * around + column, row * around + next);
                triangles.AddRange([a, a + around, b, b, a + around, b + around]);
            }
        return new SceneMesh(positions, [.. triangles], colours);
    }

    /// <summary>Several meshes as one.</summary>
    public static SceneMesh Join(params ReadOnlySpan<SceneMesh> parts)
    {
        var positions = new List<Vector3>();
        var triangles = new List<int>();
        var colours = new List<Vector3>();
        foreach (var part in parts)
        {
            var first = positions.Count;
            positions.AddRange(part.Positions);
            colours.AddRange(part.Colours);
            triangles.AddRange(part.Triangles.Select(vertex => first + vertex));
        }
        return new SceneMesh([.. positions], [.. triangles], [.. colours]);
    }
}
