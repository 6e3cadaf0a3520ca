using Fml.Graph;
using Fml.Native;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>
/// The 68 landmarks of posed meshes. The 17 of the jaw slide: each is the vertex of its strip that lies nearest the silhouette,
/// <c>argmin |n . view|</c>, chosen anew in every step and constant for the gradient. The others are fixed points of the surface.
/// </summary>
public static class LandmarkPoints
{
    /// <summary>Landmarks of the jaw line, the first ones.</summary>
    public const int JawCount = 17;

    /// <summary>Picks the landmarks from anything that vertices have, such as projected points or camera-space positions.</summary>
    /// <param name="constants">The template.</param>
    /// <param name="values">[F,C,V].</param>
    /// <param name="cameraPositions">[F,3,V], mm.</param>
    /// <param name="cameraNormals">[F,3,V], unit length.</param>
    /// <returns>[F,C,68].</returns>
    public static Node Of(TemplateConstants constants, Node values, Node cameraPositions, Node cameraNormals) =>
        Of(constants, values, JawVertices(constants, cameraPositions, cameraNormals));

    /// <summary>The same with the jaw's vertices chosen before.</summary>
    /// <param name="constants">The template.</param>
    /// <param name="values">[F,C,V].</param>
    /// <param name="jawVertices">[F,17], i32.</param>
    /// <returns>[F,C,68].</returns>
    public static Node Of(TemplateConstants constants, Node values, Node jawVertices) =>
        Concat(2, Gather(values, jawVertices, 2, batchAxes: 1), constants.FixedLandmarks.Times(values));

    /// <summary>The vertex of each jaw landmark: the one of its strip nearest the silhouette.</summary>
    /// <param name="constants">The template.</param>
    /// <param name="cameraPositions">[F,3,V], mm.</param>
    /// <param name="cameraNormals">[F,3,V], unit length.</param>
    /// <returns>[F,17], i32.</returns>
    public static Node JawVertices(TemplateConstants constants, Node cameraPositions, Node cameraNormals)
    {
        var frames = cameraPositions.Shape[0];
        var candidates = constants.JawCandidates;
        var length = candidates.Shape[0] / JawCount;
        var (x, n) = (Gather(cameraPositions, candidates, 2), Gather(cameraNormals, candidates, 2));
        var (along, distance) = (Sum(x * n, [1]), Sum(Square(x), [1]));
        var cosine = Abs(along) / Sqrt(distance);
        var place = ArgMin(Reshape(cosine, [frames, JawCount, length])) + constants.JawStart;
        return Reshape(Gather(candidates, Cast(Reshape(place, [frames * JawCount]), ElementType.I32), 0), [frames, JawCount]);
    }
}
