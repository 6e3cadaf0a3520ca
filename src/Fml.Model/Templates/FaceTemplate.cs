using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>
/// What is given before anything is learned: a mean head, its expressions and the meaning of its points (<c>method.md</c>'s <c>vbar, T, rbar, B</c>).
/// Model space: right-handed, +x to the subject's left, +y up, +z out of the face, millimetres; the origin is the centroid of the evaluation
/// region.
/// </summary>
public sealed record FaceTemplate
{
    /// <summary>Name for people, such as "built-in head" or "ICT light".</summary>
    public required string Name { get; init; }

    /// <summary>Licence and origin, copied into every model learned on this template.</summary>
    public required string Licence { get; init; }

    /// <summary>Mean shape <c>vbar</c>, [V], mm.</summary>
    public required ImmutableArray<Vector3> Positions { get; init; }

    /// <summary>Triangles <c>T</c>, [3T] vertex indices, counter-clockwise seen from outside.</summary>
    public required ImmutableArray<int> Triangles { get; init; }

    /// <summary>Initial mean albedo <c>rbar</c>, [V], RGB in [0, 1].</summary>
    public required ImmutableArray<Vector3> Albedo { get; init; }

    /// <summary>Texture coordinates, [V], in [0, 1], v downwards as in glTF; one chart, seams only at the back of the head.</summary>
    public required ImmutableArray<Vector2> TextureCoordinates { get; init; }

    /// <summary>Expression blendshapes <c>B</c>.</summary>
    public required ImmutableArray<Blendshape> Expressions { get; init; }

    /// <summary>The 68 landmarks in Multi-PIE order: 0-16 jaw from the subject's right ear to the left, then brows, nose, eyes, mouth.</summary>
    public required ImmutableArray<SurfacePoint> Landmarks { get; init; }

    /// <summary>Vertices that each of the 17 jaw landmarks may slide over, [17][n]; the landmark is the one nearest the silhouette.</summary>
    public required ImmutableArray<ImmutableArray<int>> JawStrips { get; init; }

    /// <summary>Vertices over which errors are measured: the face without ears, neck and back of the head.</summary>
    public required ImmutableArray<int> EvaluationRegion { get; init; }

    /// <summary>Number of vertices <c>V</c>.</summary>
    public int VertexCount => Positions.Length;

    /// <summary>Number of triangles.</summary>
    public int TriangleCount => Triangles.Length / 3;
}

/// <summary>One expression: a displacement of every vertex at weight 1.</summary>
/// <param name="Name">ARKit-style name, such as <c>jawOpen</c> or <c>mouthSmileLeft</c> (left and right are the subject's).</param>
/// <param name="Offsets">Displacements, [V], mm.</param>
/// <param name="Deviation">Standard deviation <c>sigma</c> of the weight in ordinary footage.</param>
/// <param name="Minimum">Least weight that makes sense.</param>
/// <param name="Maximum">Greatest weight that makes sense.</param>
public sealed record Blendshape(string Name, ImmutableArray<Vector3> Offsets, float Deviation = 0.2f, float Minimum = 0, float Maximum = 1);

/// <summary>A point on a mesh: <c>wa A + wb B + wc C</c> with vertex indices A, B, C and weights that add up to 1.</summary>
public readonly record struct SurfacePoint(int A, int B, int C, float WeightA, float WeightB, float WeightC)
{
    /// <summary>The point that is a vertex.</summary>
    public static SurfacePoint AtVertex(int vertex) => new(vertex, vertex, vertex, 1, 0, 0);

    /// <summary>Where the point lies for given vertex positions.</summary>
    public Vector3 On(ReadOnlySpan<Vector3> positions) => WeightA * positions[A] + WeightB * positions[B] + WeightC * positions[C];
}
