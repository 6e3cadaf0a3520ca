using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model.Tests;

internal sealed record TestMesh(ImmutableArray<Vector3> Positions, ImmutableArray<int> Triangles)
{
    public MeshTopology Topology => MeshTopology.Build(Positions.Length, Triangles);

    /// <summary>Two meshes side by side as one of two pieces.</summary>
    public TestMesh With(TestMesh other) => new(
        [.. Positions, .. other.Positions],
        [.. Triangles, .. other.Triangles.Select(i => i + Positions.Length)]);

    public FaceTemplate AsTemplate(params ImmutableArray<Blendshape> expressions) => new()
    {
        Name = "test mesh",
        Licence = "none",
        Positions = Positions,
        Triangles = Triangles,
        Albedo = [.. Positions.Select(_ => new Vector3(0.5f))],
        TextureCoordinates = [.. Positions.Select(p => new Vector2(p.X, p.Y))],
        Expressions = expressions,
        Landmarks = [.. Enumerable.Repeat(SurfacePoint.AtVertex(0), 68)],
        JawStrips = [.. Enumerable.Repeat(ImmutableArray.Create(0), 17)],
        EvaluationRegion = [.. Enumerable.Range(0, Positions.Length)],
    };
}

internal static class TestMeshes
{
    /// <summary>A flat grid of columns x rows vertices, row by row; the quads' diagonals alternate.</summary>
    public static TestMesh Grid(int columns, int rows, float spacing = 1, Func<int, int, bool>? hole = null)
    {
        var positions = from r in Enumerable.Range(0, rows)
                        from c in Enumerable.Range(0, columns)
                        select new Vector3(c * spacing, r * spacing, 0);
        var triangles = new List<int>();
        for (var r = 0; r + 1 < rows; r++)
            for (var c = 0; c + 1 < columns; c++)
            {
                if (hole?.Invoke(c, r) == true) continue;
                var (a, b, d, e) = (r * columns + c, r * columns + c + 1, (r + 1) * columns + c, (r + 1) * columns + c + 1);
                triangles.AddRange((r + c) % 2 == 0 ? [a, b, e, a, e, d] : [a, b, d, b, e, d]);
            }
        return new TestMesh([.. positions], [.. triangles]);
    }

    /// <summary>
    /// A grid cut along the middle row between two columns: the row's inner vertices exist twice, the copies (at the end of the list)
    /// belonging to the quads above. It is how lips meet.
    /// </summary>
    public static (TestMesh Mesh, int Row, int From, int To) Slit(int columns, int rows, int from, int to)
    {
        var grid = Grid(columns, rows);
        var row = rows / 2;
        var copies = Enumerable.Range(from + 1, to - from - 1)
            .ToDictionary(c => row * columns + c, c => grid.Positions.Length + c - from - 1);
        var triangles = grid.Triangles.ToArray();
        for (var t = 0; t < triangles.Length; t += 3)
        {
            var above = triangles.AsSpan(t, 3).ToArray().Max(v => v / columns) > row;
            for (var i = t; above && i < t + 3; i++) triangles[i] = copies.GetValueOrDefault(triangles[i], triangles[i]);
        }
        return (new TestMesh([.. grid.Positions, .. copies.Keys.Select(v => grid.Positions[v])], [.. triangles]), row, from, to);
    }

    /// <summary>A sphere made by subdividing an icosahedron: 10 * 4^levels + 2 vertices.</summary>
    public static TestMesh Sphere(float radius, int levels)
    {
        var g = (1 + MathF.Sqrt(5)) / 2;
        List<Vector3> positions =
        [
            new(-1, g, 0), new(1, g, 0), new(-1, -g, 0), new(1, -g, 0), new(0, -1, g), new(0, 1, g),
            new(0, -1, -g), new(0, 1, -g), new(g, 0, -1), new(g, 0, 1), new(-g, 0, -1), new(-g, 0, 1),
        ];
        int[] triangles =
        [
            0, 11, 5, 0, 5, 1, 0, 1, 7, 0, 7, 10, 0, 10, 11, 1, 5, 9, 5, 11, 4, 11, 10, 2, 10, 7, 6, 7, 1, 8,
            3, 9, 4, 3, 4, 2, 3, 2, 6, 3, 6, 8, 3, 8, 9, 4, 9, 5, 2, 4, 11, 6, 2, 10, 8, 6, 7, 9, 8, 1,
        ];
        for (var level = 0; level < levels; level++)
        {
            var middles = new Dictionary<(int, int), int>();
            var finer = new List<int>();
            for (var t = 0; t < triangles.Length; t += 3)
            {
                var (a, b, c) = (triangles[t], triangles[t + 1], triangles[t + 2]);
                var (ab, bc, ca) = (Middle(a, b), Middle(b, c), Middle(c, a));
                finer.AddRange([a, ab, ca, b, bc, ab, c, ca, bc, ab, bc, ca]);
            }
            triangles = [.. finer];

            int Middle(int a, int b)
            {
                var key = (Math.Min(a, b), Math.Max(a, b));
                if (middles.TryGetValue(key, out var found)) return found;
                positions.Add(Vector3.Normalize(positions[a]) + Vector3.Normalize(positions[b]));
                return middles[key] = positions.Count - 1;
            }
        }
        return new TestMesh([.. positions.Select(p => Vector3.Normalize(p) * radius)], [.. triangles]);
    }
}
