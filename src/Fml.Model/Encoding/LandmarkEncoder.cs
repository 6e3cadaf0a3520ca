using System.Collections.Immutable;
using Fml.Graph;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>
/// The layers that read landmarks: features of each frame, and from these what landmarks can tell, a person's shape and the pose and
/// expression of a frame. What they cannot tell, albedo and light, they leave at zero. Legend as for <see cref="Encoder"/>.
/// </summary>
internal sealed class LandmarkEncoder
{
    private readonly FaceTemplate template;
    private readonly int imageSize;
    private readonly CodeSizes codes;
    private readonly ImmutableArray<DenseLayer> features, identity, frame;

    public LandmarkEncoder(LayerBuilder build, EncoderOptions options, int imageSize, FaceTemplate template, CodeSizes codes, int cameraCount)
    {
        (this.imageSize, this.template, this.codes) = (imageSize, template, codes);
        var sideCount = cameraCount + options.Landmarks[^1];
        features = build.Dense("encoder.landmarks", LandmarkShape.FeatureCount, options.Landmarks[..^1], options.Landmarks[^1], lastScale: 1);
        identity = build.Dense("encoder.landmarks.identity", sideCount, options.IdentityWidths, codes.Shape, Encoder.NearZero);
        frame = build.Dense(
            "encoder.landmarks.frame", sideCount, options.FrameWidths, FrameParameters.PoseCount + template.Expressions.Length, Encoder.NearZero);
    }

    public IEnumerable<Node.Parameter> Parameters => features.Concat(identity).Concat(frame).SelectMany(layer => layer.Parameters);

    /// <summary>Lets identity start at given codes [Q] as far as landmarks tell them, and returns where it starts.</summary>
    public float[] StartAt(ParameterStore store, ReadOnlySpan<float> start)
    {
        var shape = start[..codes.Shape];
        store.Set<float>(identity[^1].Bias, shape);
        return [.. shape, .. new float[codes.Albedo]];
    }

    /// <summary>Features of the landmarks [F,68,2] of every frame.</summary>
    public Node Features(Node landmarkPoints) => Relu(DenseLayer.Apply(features, LandmarkShape.Features(template, landmarkPoints, imageSize)));

    /// <summary>Identity codes, [K,Q], from the mean of the frames' side features, [K,s].</summary>
    public Node Identity(Node pooledSide)
    {
        var told = DenseLayer.Apply(identity, pooledSide);
        return Concat(1, told, Zeros(told, codes.Albedo));
    }

    /// <summary>Raw parameters of every frame, [F,R], from its side features, [F,s].</summary>
    public Node Frame(Node side)
    {
        var told = DenseLayer.Apply(frame, side);
        return Concat(1, told, Zeros(told, FrameParameters.LightCount));
    }

    private static Node Zeros(Node beside, int columns) => Full(beside.Type with { Shape = [beside.Shape[0], columns] }, 0);
}
