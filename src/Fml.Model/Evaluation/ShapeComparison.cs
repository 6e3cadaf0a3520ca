using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>
/// How far shapes of one mesh are from true shapes: vertex by vertex where both are on the same mesh, else from the true surface to the
/// nearest point of the other.
/// </summary>
internal abstract class ShapeComparison
{
    private ShapeComparison(FaceTemplate mesh) => Mesh = mesh;

    /// <summary>The mesh on which distances lie: that of the truth.</summary>
    public FaceTemplate Mesh { get; }

    /// <summary>Vertices of <see cref="Mesh"/> whose distances are measured, in the order of the distances.</summary>
    public ImmutableArray<int> Region => Mesh.EvaluationRegion;

    /// <summary>Whether a vertex of the one is the same point of the face on the other.</summary>
    public abstract bool Corresponds { get; }

    /// <summary>Most frames of a set whose expressed faces are compared: finding nearest points takes its time.</summary>
    public int FramesEach => Corresponds ? int.MaxValue : 2;

    /// <summary>Compares shapes of a template with truths of a template.</summary>
    public static ShapeComparison Of(FaceTemplate shapes, FaceTemplate truths) =>
        AreSame(shapes, truths) ? new VertexByVertex(truths) : new SurfaceToSurface(shapes, truths);

    /// <summary>Whether two templates have the same mesh.</summary>
    public static bool AreSame(FaceTemplate a, FaceTemplate b) => a.VertexCount == b.VertexCount && a.Triangles.AsSpan().SequenceEqual(b.Triangles.AsSpan());

    /// <summary>Distances after the best alignment, mm, one for each vertex of the region.</summary>
    /// <param name="shape">A shape of the first template, [V], mm.</param>
    /// <param name="truth">A shape of the second, mm.</param>
    /// <param name="withScale">Let the size be free.</param>
    public abstract double[] Distances(ReadOnlySpan<Vector3> shape, ReadOnlySpan<Vector3> truth, bool withScale);

    /// <summary>Distances summed up.</summary>
    public GeometryError Between(ReadOnlySpan<Vector3> shape, ReadOnlySpan<Vector3> truth) => new(
        DistanceStatistics.Of(Distances(shape, truth, withScale: false)), DistanceStatistics.Of(Distances(shape, truth, withScale: true)));

    private sealed class VertexByVertex(FaceTemplate mesh) : ShapeComparison(mesh)
    {
        public override bool Corresponds => true;

        public override double[] Distances(ReadOnlySpan<Vector3> shape, ReadOnlySpan<Vector3> truth, bool withScale) =>
            GeometryError.PerVertex(shape, truth, Region.AsSpan(), withScale);
    }

    private sealed class SurfaceToSurface(FaceTemplate shapes, FaceTemplate truths) : ShapeComparison(truths)
    {
        public override bool Corresponds => false;

        public override double[] Distances(ReadOnlySpan<Vector3> shape, ReadOnlySpan<Vector3> truth, bool withScale) =>
            SurfaceDistance.PerVertex(FaceSurface.Of(shapes, shape), FaceSurface.Of(Mesh, truth), Region.AsSpan(), withScale);
    }
}
