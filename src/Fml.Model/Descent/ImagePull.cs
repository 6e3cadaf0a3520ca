using Fml.Graph;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>
/// Where images and landmarks pull a face that is held somewhere: the gradient of the photometric loss in identity, pose and expression of each
/// frame, under the lights and the own albedo that suit the frames best there (<see cref="GraphAppearance"/>), and how far the landmarks are off.
/// </summary>
/// <param name="Gradient">[F,g+6+b].</param>
/// <param name="Landmarks">Found minus shown, [F,136], pixels.</param>
internal sealed record ImagePull(Node Gradient, Node Landmarks)
{
    private const int LeastSeen = 50; // vertices; a frame that shows fewer pulls less

    private static readonly Scalar X = new Scalar.Argument(0);

    /// <summary>The pull on a state. Nothing is differentiated through it.</summary>
    /// <param name="bases">The model.</param>
    /// <param name="whole">All of its template.</param>
    /// <param name="state">Where the faces are held.</param>
    /// <param name="images">[F,W,W,3], bytes or numbers in [0, 1].</param>
    /// <param name="intrinsics">[F,3].</param>
    /// <param name="landmarks">[F,68,2], pixels.</param>
    public static ImagePull Of(FaceBases bases, FaceGeometry whole, DescentState state, Node images, Node intrinsics, Node landmarks)
    {
        var (people, frames, imageSize) = (state.Identity.Shape[0], state.Pose.Shape[0], images.Shape[1]);
        var identity = FramesOfPeople.Repeat(StopGradient(state.Identity), frames);
        var (pose, expression) = (StopGradient(state.Pose), StopGradient(state.Expression));
        var face = Posed(bases, whole, identity, pose, expression, intrinsics, imageSize);
        var seen = SeenColours.Of(face, images, intrinsics, whole.Constants.Mesh);
        var vertices = bases.Template.VertexCount;
        var expected = BroadcastTo(Reshape(bases.MeanAlbedo, [1, 3, vertices]), [people, 3, vertices]);
        var solution = GraphAppearance.Solve(
            seen with { Colours = StopGradient(seen.Colours), Normals = StopGradient(seen.Normals) }, StopGradient(expected));

        var shading = Lighting.Shade(face.Normals, Transpose(StopGradient(solution.Light), 0, 2, 1));
        var squared = StopGradient(solution.Weights) * OwnAlbedo.Unexplained(seen.Colours, solution.AlbedoOf(seen, shading), shading);
        var count = Map(Scalar.Max(X, LeastSeen), Sum(Reshape(seen.Weights, [frames, 1, vertices]), [2]));
        var gradients = Gradients.Of(Sum(Sum(squared, [2]) / count), [identity, pose, expression]);

        var points = Transpose(LandmarkPoints.Of(whole.Constants, face.Projected, face.Positions, face.Normals), 0, 2, 1);
        return new ImagePull(
            StopGradient(Concat(1, [.. gradients])), StopGradient(Reshape(landmarks - points, [frames, 2 * FaceFrame.LandmarkCount])));
    }

    private static PosedFace Posed(FaceBases bases, FaceGeometry whole, Node shape, Node pose, Node expression, Node intrinsics, int imageSize)
    {
        var light = Full(TensorType.F32([pose.Shape[0], FrameParameters.LightCount]), 0); // shading is computed elsewhere
        var frame = FrameParameters.Of(pose, expression, light, intrinsics, bases.Template, imageSize);
        return whole.Pose(bases.Displacement(shape), bases.Worn(frame, shape), intrinsics);
    }
}
