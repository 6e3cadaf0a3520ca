using Fml.Graph;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>
/// Pictures of people drawn from the model, as real as the frames in whose places they stand (<see cref="DrawnFaces"/>): every vertex keeps the
/// colour that the frame shows of it, with its pores, beards and noise, times the ratio of the shadings there (Shashua and Riklin-Raviv 2001, "The
/// quotient image"), and what the frame does not show is drawn with the person's albedo. Behind the face is the frame.
/// </summary>
internal sealed class DrawnPictures(FaceBases bases, FaceGeometry whole, int imageSize)
{
    // Shadings below the first are noise; ratios beyond the second are of shadows.
    private const double LeastShading = 0.02, MostRatio = 3, OcclusionScale = 0.05, FairlySeen = 0.05;

    private static readonly Scalar X = new Scalar.Argument(0), Y = new Scalar.Argument(1);

    /// <summary>Draws F pictures of K people.</summary>
    /// <param name="inputs">The frames.</param>
    /// <param name="own">What the tables hold of them.</param>
    /// <param name="drawn">What made the drawn people, with their poses and expressions; light and albedo do not matter.</param>
    /// <param name="intrinsics">Cameras of their crops, [F,3].</param>
    /// <returns>[F,W,W,3] in [0, 1]; constant for the gradient.</returns>
    public Node Of(BatchInputs inputs, Codes own, Codes drawn, Node intrinsics)
    {
        var frames = inputs.Frames.Shape[0];
        var (faceOwn, light) = Posed(own, own.Light, inputs.Intrinsics);
        var seen = SeenColours.Of(faceOwn, inputs.Images, inputs.Intrinsics, whole.Constants.Mesh);
        var shadingOwn = Lighting.Shade(faceOwn.Normals, light);
        var albedo = OwnAlbedo.Of(seen, shadingOwn, bases.Albedo(own.Albedo).Albedo, OcclusionScale);
        var (face, _) = Posed(drawn, own.Light, intrinsics);
        var shading = Lighting.Shade(face.Normals, light);
        var ratio = Map(Within(Scalar.Max(X, LeastShading) / Scalar.Max(Y, LeastShading), 1 / MostRatio, MostRatio), shading, shadingOwn);
        var share = Map(X / (X + FairlySeen), Reshape(seen.Weights, [frames, 1, bases.Template.VertexCount]));
        var colours = share * seen.Colours * ratio + (1 - share) * (FramesOfPeople.Repeat(albedo, frames) * shading);
        var picture = face.Picture(Map(Within(X, 0, 1), colours), intrinsics, whole.Constants.Mesh, imageSize);
        var behind = Cast(inputs.Images, Native.ElementType.F32) * (1 / 255.0);
        return StopGradient(Slice(picture, 3, 0, 3) + (1 - Slice(picture, 3, 3, 1)) * behind);
    }

    private (PosedFace Face, Node Light) Posed(Codes codes, Node light, Node intrinsics)
    {
        var frame = FrameParameters.Of(codes.Pose, codes.Expression, light, intrinsics, bases.Template, imageSize);
        return (whole.Pose(bases.Displacement(codes.Shape), bases.Worn(frame, codes.Shape), intrinsics), frame.Light);
    }

    private static Scalar Within(Scalar x, double least, double most) => Scalar.Min(Scalar.Max(x, least), most);
}
