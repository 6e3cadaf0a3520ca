using System.Numerics;

namespace Fml.Model;

/// <summary>
/// An error in two parts: how far the surface is from where it should be, and how far its points have slid along it. On smooth skin pictures show
/// the first, and hardly the second.
/// </summary>
/// <param name="Normal">Mean distance along the normals of the true face over the evaluation region, mm.</param>
/// <param name="Sliding">Mean distance across them, mm.</param>
public sealed record ErrorParts(Measure Normal, Measure Sliding);

/// <summary>Both parts of the neutral error, for faces whose vertices correspond to the truth's.</summary>
/// <param name="Rigid">After the best rigid motion.</param>
/// <param name="Scaled">After the best rigid motion and change of size.</param>
public sealed record ErrorDirections(ErrorParts Rigid, ErrorParts Scaled)
{
    /// <summary>Measures people's faces.</summary>
    /// <param name="mesh">The mesh of both, with the region that counts.</param>
    /// <param name="people">Shapes and true faces, [V] each, mm; at least one pair.</param>
    internal static ErrorDirections Of(FaceTemplate mesh, IReadOnlyCollection<(Vector3[] Shape, Vector3[] Truth)> people)
    {
        ErrorParts Parts(bool withScale)
        {
            var each = people.Select(pair => Of(mesh, pair.Shape, pair.Truth, withScale)).ToArray();
            return new ErrorParts(Measure.Of([.. each.Select(parts => parts.Normal)]), Measure.Of([.. each.Select(parts => parts.Sliding)]));
        }

        return new ErrorDirections(Parts(withScale: false), Parts(withScale: true));
    }

    private static (double Normal, double Sliding) Of(FaceTemplate mesh, Vector3[] shape, Vector3[] truth, bool withScale)
    {
        var region = mesh.EvaluationRegion.AsSpan();
        var motion = Alignment.Align(shape, truth, region, withScale);
        var normals = VertexNormals.Of(truth, mesh.Triangles.AsSpan());
        var (normal, sliding) = (0.0, 0.0);
        foreach (var v in region)
        {
            var off = motion.Apply(shape[v]) - truth[v];
            var along = Vector3.Dot(off, normals[v]);
            normal += Math.Abs(along);
            sliding += (off - along * normals[v]).Length();
        }
        return (normal / region.Length, sliding / region.Length);
    }
}
