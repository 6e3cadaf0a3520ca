using Fml.Graph;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>What frames show of posed faces.</summary>
/// <param name="Colours">The image at the projected vertices, [F,3,V].</param>
/// <param name="Normals">Their normals in camera space, [F,3,V].</param>
/// <param name="Weights">How well they are seen, [F,V]; constant for the gradient.</param>
internal sealed record SeenColours(Node Colours, Node Normals, Node Weights)
{
    // Cosine to the direction of the camera below which colours are not compared.
    private const double LeastFacing = 0.3;

    /// <summary>What images [F,W,W,3] taken with cameras [F,3] show of faces.</summary>
    public static SeenColours Of(PosedFace face, Node images, Node intrinsics, MeshConstants mesh)
    {
        // Near the outline a small error of shape or pose shows what is behind the face, and errors there would bend it; the rest counts as it
        // fills the image.
        var visible = VisibleVertices.Of(face.Positions, face.Normals, intrinsics, mesh, images.Shape[1], margin: LeastFacing);
        var weights = StopGradient(visible * Reshape(Slice(face.Normals, 1, 2, 1), visible.Shape));
        return new SeenColours(SampleImage.Of(images, face.Projected), face.Normals, weights);
    }

    /// <summary>What a program has computed of the first frames, on the host.</summary>
    public FrameColours[] Read(GraphProgram program, int frames)
    {
        var (colours, normals, weights) = (program.Get<float>(Colours), program.Get<float>(Normals), program.Get<float>(Weights));
        var v = Weights.Shape[1];
        return
        [
            .. Enumerable.Range(0, frames).AsParallel().AsOrdered().Select(i =>
                FrameColours.Of(colours.AsSpan(3 * v * i, 3 * v), normals.AsSpan(3 * v * i, 3 * v), weights.AsSpan(v * i, v))),
        ];
    }
}
