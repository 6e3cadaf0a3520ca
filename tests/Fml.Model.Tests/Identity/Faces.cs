using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model.Tests;

/// <summary>Templates and people made of bumps on a test mesh.</summary>
internal static class Faces
{
    /// <summary>A template whose expressions are local bumps in random directions, always the same.</summary>
    public static FaceTemplate WithExpressions(TestMesh mesh, int count)
    {
        var random = new Random(11);
        return mesh.AsTemplate(
            [.. Enumerable.Range(0, count).Select(i => new Blendshape($"bump{i}", [.. Bump(mesh.Positions, random, 15, 4)]))]);
    }

    /// <summary>Neutral shapes: the template, bumps over large parts of it, and a part of some expressions.</summary>
    public static Vector3[][] People(FaceTemplate template, int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var shape = template.Positions.ToArray();
            for (var bump = 0; bump < 4; bump++)
            {
                var offsets = Bump(template.Positions, random, 30, 4);
                for (var i = 0; i < shape.Length; i++) shape[i] += offsets[i];
            }
            foreach (var expression in template.Expressions)
            {
                var weight = (float)random.NextDouble() - 0.5f;
                for (var i = 0; i < shape.Length; i++) shape[i] += weight * expression.Offsets[i];
            }
            return shape;
        })];
    }

    private static Vector3[] Bump(ImmutableArray<Vector3> positions, Random random, float width, float height)
    {
        var centre = positions[random.Next(positions.Length)];
        var direction = Vector3.Normalize(new Vector3(Next(), Next(), Next()));
        return [.. positions.Select(p => height * MathF.Exp(-Vector3.DistanceSquared(p, centre) / (2 * width * width)) * direction)];

        float Next() => (float)random.NextDouble() - 0.5f;
    }
}
