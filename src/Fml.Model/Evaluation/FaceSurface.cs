using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>A face as a surface with a few known points: all that two meshes without correspondence have in common.</summary>
/// <param name="Positions">[V], mm.</param>
/// <param name="Triangles">[3T] vertex indices; their sense does not matter.</param>
/// <param name="Landmarks">Points of the face, mm, in an order that the compared surfaces share; three or more, not in one line.</param>
public sealed record FaceSurface(ImmutableArray<Vector3> Positions, ImmutableArray<int> Triangles, ImmutableArray<Vector3> Landmarks)
{
    // The landmarks of the jaw slide along it, so they are not the same points of two faces.
    private const int FirstFixedLandmark = 17;

    /// <summary>A shape of a template with its 51 landmarks of brows, nose, eyes and mouth, in Multi-PIE order.</summary>
    /// <param name="template">The template.</param>
    /// <param name="shape">[V], mm.</param>
    public static FaceSurface Of(FaceTemplate template, ReadOnlySpan<Vector3> shape)
    {
        var landmarks = ImmutableArray.CreateBuilder<Vector3>();
        foreach (var point in template.Landmarks.AsSpan()[FirstFixedLandmark..]) landmarks.Add(point.On(shape));
        return new FaceSurface([.. shape], template.Triangles, landmarks.ToImmutable());
    }
}
