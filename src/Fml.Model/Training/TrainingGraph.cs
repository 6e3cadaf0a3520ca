using System.Collections.Immutable;
using Fml.Graph;
using Fml.Native;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>What a step is given. K people, M frames of each, F = K M.</summary>
/// <param name="Images">[F,W,W,3] bytes.</param>
/// <param name="Landmarks">[F,68,2], pixels.</param>
/// <param name="Confidence">[F,68].</param>
/// <param name="Intrinsics">[F,3], focal length and principal point of the crops.</param>
/// <param name="People">[K] rows of the people's tables.</param>
/// <param name="Frames">[F] rows of the frames' tables.</param>
public sealed record BatchInputs(Node.Input Images, Node.Input Landmarks, Node.Input Confidence, Node.Input Intrinsics, Node.Input People, Node.Input Frames)
{
    /// <summary>Inputs for batches of a size.</summary>
    public static BatchInputs Of(int people, int framesEach, int imageSize)
    {
        var f = people * framesEach;
        return new BatchInputs(
            Input("images", [f, imageSize, imageSize, 3], ElementType.U8), Input("landmarks", [f, FaceFrame.LandmarkCount, 2]),
            Input("confidence", [f, FaceFrame.LandmarkCount]), Input("intrinsics", [f, 3]),
            Input("people", [people], ElementType.I32), Input("frames", [f], ElementType.I32));
    }
}

/// <summary>A person's codes, [K,g] and [K,h], and raw parameters of the frames.</summary>
internal sealed record Codes(Node Shape, Node Albedo, Node Pose, Node Expression, Node Light);

/// <summary>The loss of a stage as a graph, with its parts by name.</summary>
internal sealed record StageLoss(Node Total, ImmutableArray<(string Name, Node Value)> Parts);

/// <summary>Builds the losses of the stages from template, bases, encoder and tables. Pure: the same stage gives the same graph.</summary>
internal sealed class TrainingGraph(TrainingOptions options, FaceBases bases, Encoder encoder, CodeTables tables)
{
    private readonly Lazy<FaceGeometry> whole = new(() => FaceGeometry.Whole(bases.Template, bases.Graph));
    private readonly Lazy<FaceGeometry> landmarks = new(() => FaceGeometry.Landmarks(bases.Template, bases.Graph));

    /// <summary>The loss of a stage for batches of K people.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="inputs">The batch.</param>
    /// <param name="drawn">Whom the faces are drawn from, if the stage's target is these.</param>
    public StageLoss Loss(StageOptions stage, BatchInputs inputs, DrawnInputs? drawn = null) => stage.Target switch
    {
        StageTarget.Tables => Regression(stage, inputs),
        StageTarget.DrawnFaces => ReadingDrawnFaces(inputs, drawn ?? throw new ArgumentNullException(nameof(drawn))),
        StageTarget.Landmarks => Formation(stage, inputs, Codes(stage, inputs), landmarks.Value, withImages: false),
        StageTarget.Images => Formation(stage, inputs, Codes(stage, inputs), whole.Value, withImages: true),
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage.Target, "unknown target"),
    };

    /// <summary>What frames show where the tables have the face.</summary>
    public SeenColours Seen(BatchInputs inputs)
    {
        var codes = FromTables(inputs);
        var frame = FrameParameters.Of(codes.Pose, codes.Expression, codes.Light, inputs.Intrinsics, bases.Template, options.ImageSize);
        return Seen(whole.Value.Pose(bases.Displacement(codes.Shape), bases.Worn(frame, codes.Shape), inputs.Intrinsics), inputs);
    }

    private SeenColours Seen(PosedFace face, BatchInputs inputs) =>
        SeenColours.Of(face, inputs.Images, inputs.Intrinsics, whole.Value.Constants.Mesh);

    private Codes Codes(StageOptions stage, BatchInputs inputs) =>
        stage.Codes == CodeSource.Network ? FromNetwork(inputs) : FromTables(inputs);

    private Codes FromTables(BatchInputs inputs) => new(
        Gather(options.TemplateIsMean ? tables.Shape - Mean(tables.Shape, [0], keepDimensions: true) : tables.Shape, inputs.People, 0),
        Gather(tables.Albedo, inputs.People, 0),
        Gather(tables.Pose, inputs.Frames, 0), Gather(tables.Expression, inputs.Frames, 0), Gather(tables.Light, inputs.Frames, 0));

    private Codes FromNetwork(BatchInputs inputs)
    {
        var people = inputs.People.Shape[0];
        var side = encoder.SideFeatures(inputs.Intrinsics, inputs.Landmarks);
        var (low, medium) = encoder.Features(inputs.Images);
        var identity = encoder.Identity(Encoder.Pool(medium, people), Encoder.Pool(side, people));
        return Parts(identity, encoder.Frame(low, FramesOfPeople.Repeat(identity, inputs.Frames.Shape[0]), side));
    }

    private Codes Parts(Node identity, Node raw)
    {
        var sizes = bases.Sizes;
        var b = bases.Template.Expressions.Length;
        return new Codes(
            Slice(identity, 1, 0, sizes.Shape), Slice(identity, 1, sizes.Shape, sizes.Albedo),
            Slice(raw, 1, 0, FrameParameters.PoseCount), Slice(raw, 1, FrameParameters.PoseCount, b),
            Slice(raw, 1, FrameParameters.PoseCount + b, FrameParameters.LightCount));
    }

    // The encoder against the tables: shape in millimetres of displacement, albedo in colours, the rest in the units of the raw numbers.
    private StageLoss Regression(StageOptions stage, BatchInputs inputs)
    {
        var (given, wanted) = (FromNetwork(inputs), FromTables(inputs));
        var shape = ShapeDifference(given, wanted);
        var albedo = Losses.AlbedoRidge(bases.Albedo(given.Albedo - wanted.Albedo).Offset);
        var pose = Mean(Square(given.Pose - wanted.Pose));
        var expression = Mean(Square(given.Expression - wanted.Expression));
        var light = Mean(Square(given.Light - wanted.Light));
        return Sum(
            ("shape", shape, 1), ("albedo", albedo, 50), ("pose", pose, 1), ("expression", expression, ExpressionShare), ("light", light, 0.3));
    }

    // The layers that read landmarks against what made the faces, in the units of the regression.
    private StageLoss ReadingDrawnFaces(BatchInputs inputs, DrawnInputs drawn)
    {
        var (wanted, points, intrinsics) = Drawn(inputs, FromTables(inputs), drawn);
        var side = encoder.SideFeatures(intrinsics, points);
        var (identity, raw) = encoder.FromLandmarks(Encoder.Pool(side, inputs.People.Shape[0]), side);
        var given = Parts(identity, raw);
        return Sum(
            ("shape", ShapeDifference(given, wanted), 1), ("pose", Mean(Square(given.Pose - wanted.Pose)), 1),
            ("expression", Mean(Square(given.Expression - wanted.Expression)), ExpressionShare));
    }

    /// <summary>
    /// For learning to descend: what landmarks alone tell of drawn people, what made these, and where their pictures pull a face that is held
    /// somewhere.
    /// </summary>
    public (DescentState First, DescentState Truth, ImagePull Pull) LookingAtDrawnFaces(BatchInputs inputs, DrawnInputs drawn, DescentState held)
    {
        var own = FromTables(inputs);
        var (wanted, points, intrinsics) = Drawn(inputs, own, drawn);
        var side = encoder.SideFeatures(intrinsics, points);
        var first = DescentState.FromLandmarks(encoder, bases, Encoder.Pool(side, inputs.People.Shape[0]), side);
        var truth = new DescentState(wanted.Shape, wanted.Pose, wanted.Expression);
        var pictures = new DrawnPictures(bases, whole.Value, options.ImageSize).Of(inputs, own, wanted, intrinsics);
        return (first, truth, ImagePull.Of(bases, whole.Value, held, pictures, intrinsics, points));
    }

    // Drawn people in the places of the frames, with their landmarks and the cameras of their crops.
    private (Codes Codes, Node Landmarks, Node Intrinsics) Drawn(BatchInputs inputs, Codes own, DrawnInputs drawn)
    {
        var wanted = own with { Shape = drawn.Distribution.Rows(drawn.Deviates), Expression = Gather(tables.Expression, drawn.Expressions, 0) };
        var faces = new DrawnFaces(bases, landmarks.Value, options.ImageSize);
        var (points, intrinsics, pose) = faces.Of(inputs, own, wanted.Shape, wanted.Expression);
        return (wanted with { Pose = pose }, points, intrinsics);
    }

    private const double ExpressionShare = 0.3;

    private Node ShapeDifference(Codes given, Codes wanted) => Mean(Square(bases.Displacement(given.Shape - wanted.Shape)));

    private StageLoss Formation(StageOptions stage, BatchInputs inputs, Codes codes, FaceGeometry geometry, bool withImages)
    {
        var (frames, people) = (inputs.Frames.Shape[0], inputs.People.Shape[0]);
        var weights = stage.Weights;
        var frame = FrameParameters.Of(codes.Pose, codes.Expression, codes.Light, inputs.Intrinsics, bases.Template, options.ImageSize);
        var displacement = bases.Displacement(codes.Shape);
        var face = geometry.Pose(displacement, bases.Worn(frame, codes.Shape), inputs.Intrinsics);
        var constants = geometry.Constants;
        var landmarkPoints = LandmarkPoints.Of(constants, face.Projected, face.Positions, face.Normals);

        var parts = new List<(string, Node, double)>
        {
            ("landmarks", Losses.Landmarks(landmarkPoints, inputs.Landmarks, inputs.Confidence, options.ImageSize, weights.Jaw), weights.Landmarks),
            ("expression", Losses.ExpressionPrior(constants, frame.Expression), weights.Expression),
            ("smoothness", Losses.Smoothness(constants, displacement), weights.Smoothness),
            ("bending", Losses.Bending(constants, displacement), weights.Bending),
            ("sliding", Losses.Sliding(constants, displacement), weights.Sliding),
            ("asymmetry", Losses.Asymmetry(constants, displacement), weights.Asymmetry),
            ("displacement", Losses.DisplacementRidge(face.Skinned), weights.Displacement),
            ("distance", Distance(frame), weights.Distance),
        };
        if (stage.Codes == CodeSource.Network && weights.Teacher > 0) parts.Add(("teacher", ShapeDifference(codes, FromTables(inputs)), weights.Teacher));
        if (withImages)
        {
            var (albedoOffset, albedo) = bases.Albedo(codes.Albedo);
            var shading = Lighting.Shade(face.Normals, frame.Light);
            var seen = Seen(face, inputs);
            var worn = stage.OwnAlbedo ? OwnAlbedo.Of(seen, shading, albedo, weights.OcclusionScale) : albedo;
            var predicted = FramesOfPeople.Repeat(worn, frames) * shading;
            var colours = new PhotometricOptions { OcclusionScale = weights.OcclusionScale };
            var chroma = Losses.ChromaWeights(constants, seen.Colours, seen.Weights, people);
            var photometric = stage.Comparison == ImageComparison.PerPixel
                ? Losses.PhotometricPerPixel(inputs.Images, face.Picture(predicted, inputs.Intrinsics, constants.Mesh, options.ImageSize), colours)
                : Losses.Photometric(seen.Colours, predicted, seen.Weights, colours);
            parts.Add(("photometric", photometric, weights.Photometric));
            parts.Add(("sparsity", Losses.AlbedoSparsity(constants, albedo, chroma), weights.Sparsity));
            parts.Add(("albedo", Losses.AlbedoRidge(albedoOffset), weights.Albedo));
            parts.Add(("light", Losses.LightPrior(frame.Light), weights.Light));
        }
        return Sum([.. parts]);
    }

    // In squared deviations of the distances' logarithm where their distribution is known; else the face is taken to be about as large
    // as it looks.
    private Node Distance(FrameParameters frame) => options.Distance is { } known
        ? Mean(Square((frame.LogDistance - Math.Log(known.Median / 1000)) / known.Deviation))
        : Mean(Square(frame.LogSize / DistancePrior.SizeDeviation));

    private static StageLoss Sum(params ReadOnlySpan<(string Name, Node Value, double Weight)> parts)
    {
        var total = Number(0);
        var values = ImmutableArray.CreateBuilder<(string, Node)>();
        foreach (var (name, value, weight) in parts)
        {
            if (weight == 0) continue;
            total = total + value * weight;
            values.Add((name, value));
        }
        return new StageLoss(total, values.ToImmutable());
    }
}
