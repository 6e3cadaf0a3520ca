using Fml.Graph;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>What faces are drawn from. K people, F faces of theirs.</summary>
/// <param name="Distribution">Of the codes of people's neutral faces, n of them.</param>
/// <param name="Deviates">[K,n], standard normal.</param>
/// <param name="Expressions">[F] rows of the expressions' table.</param>
internal sealed record DrawnInputs(CodeDistribution Distribution, Node.Input Deviates, Node.Input Expressions)
{
    /// <summary>Inputs for batches of a size.</summary>
    public static DrawnInputs Of(CodeDistribution distribution, int people, int faces) => new(
        distribution, Input("deviates", [people, distribution.Mean.Length]), Input("expressions", [faces], Native.ElementType.I32));
}

/// <summary>
/// People drawn from the model itself, before the cameras of the training frames: in a frame's pose stands somebody whose shape is drawn
/// from the distribution of all people's and who wears the expressions of some real one. Their landmarks are off by what the tables leave
/// unexplained of the frame's own, and they are cropped as its face was. What made them is known exactly and there are as many as one likes,
/// so the network learns what landmarks tell about shapes of this model instead of learning the training people by heart (the sleep phase
/// of Hinton et al. 1995, "The wake-sleep algorithm for unsupervised neural networks").
/// </summary>
internal sealed class DrawnFaces(FaceBases bases, FaceGeometry geometry, int imageSize)
{
    /// <summary>Draws F faces of K people.</summary>
    /// <param name="inputs">The frames in whose places they stand.</param>
    /// <param name="own">What the tables hold of these frames.</param>
    /// <param name="shape">Shape codes of the drawn people, [K,g].</param>
    /// <param name="expression">What they wear, [F,b].</param>
    /// <returns>Landmarks [F,68,2] and intrinsics [F,3] of their crops, and the raw pose [F,6] that they have in these.</returns>
    public (Node Landmarks, Node Intrinsics, Node Pose) Of(BatchInputs inputs, Codes own, Node shape, Node expression)
    {
        var frame = FrameParameters.Of(own.Pose, expression, own.Light, inputs.Intrinsics, bases.Template, imageSize);
        var unexplained = inputs.Landmarks - Points(inputs, own.Shape, frame with
        {
            Expression = FrameParameters.Expressions(own.Expression, bases.Template),
        });
        var points = Points(inputs, shape, frame) + unexplained;

        // The crop that puts their box where the frame's own landmarks have theirs: x' = s (x - middle) + middle of the frame's.
        var (middle, size) = Box(points);
        var (wantedMiddle, wantedSize) = Box(inputs.Landmarks);
        var scale = wantedSize / size;
        var cropped = (points - middle) * scale + wantedMiddle;
        var frames = inputs.Frames.Shape[0];
        var perFrame = Reshape(scale, [frames, 1]);
        var centre = (Slice(inputs.Intrinsics, 1, 1, 2) - Reshape(middle, [frames, 2])) * perFrame + Reshape(wantedMiddle, [frames, 2]);
        var intrinsics = Concat(1, Slice(inputs.Intrinsics, 1, 0, 1) * perFrame, centre);
        return (cropped, intrinsics, FrameParameters.RawPose(Slice(own.Pose, 1, 0, 3), frame.Translation, intrinsics, imageSize));
    }

    // Landmarks [F,68,2], pixels.
    private Node Points(BatchInputs inputs, Node shape, FrameParameters frame)
    {
        var face = geometry.Pose(bases.Displacement(shape), bases.Worn(frame, shape), inputs.Intrinsics);
        return Transpose(LandmarkPoints.Of(geometry.Constants, face.Projected, face.Positions, face.Normals), 0, 2, 1);
    }

    // Middle [F,1,2] and longer side [F,1,1] of the box around landmarks.
    private static (Node Middle, Node Size) Box(Node points)
    {
        var (least, most) = (Min(points, [1], keepDimensions: true), Max(points, [1], keepDimensions: true));
        return ((least + most) * 0.5, Max(most - least, [2], keepDimensions: true));
    }
}
