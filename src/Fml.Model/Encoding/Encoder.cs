using System.Collections.Immutable;
using Fml.Graph;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>
/// The Siamese network: features of each frame, one identity from the mean of all frames' features, and the parameters of each frame given
/// that identity. Weights are shared by all frames, and the mean makes any number of frames possible. Legend: F frames, K people, W image
/// side, Q identity codes, R raw parameters of a frame.
/// </summary>
public sealed class Encoder
{
    private const int CameraCount = 3;

    private readonly int imageSize;
    private readonly FaceTemplate template;
    private readonly ImmutableArray<ConvolutionLayer> features, medium, identity, frame;
    private readonly ImmutableArray<DenseLayer> landmarks, identityDense, frameDense;
    private readonly DenseLayer codesToMap;
    private readonly ConvolutionLayer codeMap;
    private readonly int lowSide;

    /// <summary>Adds the encoder's weights to a store, or finds them there.</summary>
    /// <param name="store">Where the weights live.</param>
    /// <param name="options">Layer sizes.</param>
    /// <param name="imageSize">W, pixels.</param>
    /// <param name="template">The template, whose landmarks those of a frame are compared with.</param>
    /// <param name="identityCodes">Q.</param>
    /// <param name="random">Initial weights (He et al. 2015; the last layers near zero, so that outputs start at the neutral
    /// state).</param>
    /// <param name="imagesSilent">The heads start without the image's features, as they are before they have learned from landmarks alone.</param>
    public Encoder(
        ParameterStore store, EncoderOptions options, int imageSize, FaceTemplate template, int identityCodes, Random random,
        bool imagesSilent = false)
    {
        (this.imageSize, this.template) = (imageSize, template);
        var build = new LayerBuilder(store, random);
        landmarks = options.Landmarks.IsEmpty
            ? []
            : build.Dense("encoder.landmarks", LandmarkShape.FeatureCount, options.Landmarks[..^1], options.Landmarks[^1], lastScale: 1);
        SideCount = CameraCount + (options.Landmarks.IsEmpty ? 0 : options.Landmarks[^1]);
        var (channels, side) = (3, imageSize);
        features = build.Convolutions("encoder.features", options.Features, ref channels, ref side);
        lowSide = side;
        var (lowChannels, mediumChannels, mediumSide) = (channels, channels, side);
        medium = build.Convolutions("encoder.medium", options.Medium, ref mediumChannels, ref mediumSide);
        identity = build.Convolutions("encoder.identity", options.Identity, ref mediumChannels, ref mediumSide);
        var identityFeatures = mediumSide * mediumSide * mediumChannels;
        identityDense = build.Dense(
            "encoder.identity.dense", identityFeatures + SideCount, options.IdentityWidths, identityCodes, silent: imagesSilent ? identityFeatures : 0);
        codesToMap = build.Dense("encoder.frame.codes", identityCodes, [], lowSide * lowSide, lastScale: 1)[0];
        var (mapChannels, mapSide) = (1, lowSide);
        codeMap = build.Convolutions("encoder.frame.map", [options.CodeMap], ref mapChannels, ref mapSide)[0];
        var frameChannels = lowChannels + mapChannels;
        frame = build.Convolutions("encoder.frame", options.Frame, ref frameChannels, ref side);
        var frameFeatures = side * side * frameChannels;
        frameDense = build.Dense(
            "encoder.frame.dense", frameFeatures + SideCount, options.FrameWidths, Model.FrameParameters.Count(template.Expressions.Length),
            silent: imagesSilent ? frameFeatures : 0);
    }

    /// <summary>Number of <see cref="SideFeatures"/> of a frame.</summary>
    public int SideCount { get; }

    /// <summary>All weights.</summary>
    public IEnumerable<Node.Parameter> Parameters => FeatureParameters.Concat(IdentityParameters).Concat(FrameParameters);

    /// <summary>Weights of the layers that both heads read.</summary>
    public IEnumerable<Node.Parameter> FeatureParameters =>
        features.Concat(medium).SelectMany(layer => layer.Parameters).Concat(landmarks.SelectMany(layer => layer.Parameters));

    /// <summary>Weights of the identity head.</summary>
    public IEnumerable<Node.Parameter> IdentityParameters =>
        identity.SelectMany(layer => layer.Parameters).Concat(identityDense.SelectMany(layer => layer.Parameters));

    /// <summary>Weights of the frame head.</summary>
    public IEnumerable<Node.Parameter> FrameParameters =>
        frame.Append(codeMap).SelectMany(layer => layer.Parameters).Concat(frameDense.Append(codesToMap).SelectMany(layer => layer.Parameters));

    /// <summary>The bias of the identity head's last layer, [Q].</summary>
    public Node.Parameter IdentityBias => identityDense[^1].Bias;

    /// <summary>Features of every frame.</summary>
    /// <param name="images">[F,W,W,3], bytes, or numbers in [0, 1].</param>
    /// <returns>LOW [F,L,L,C] and MEDIUM [F,l,l,c].</returns>
    public (Node Low, Node Medium) Features(Node images)
    {
        var x = images.Type.Element == Native.ElementType.U8 ? Cast(images, Native.ElementType.F32) * (2 / 255.0) - 1 : images * 2 - 1;
        var low = ConvolutionLayer.Apply(features, x);
        return (low, ConvolutionLayer.Apply(medium, low));
    }

    /// <summary>The mean over each person's frames.</summary>
    /// <param name="perFrame">[K*M,...], person by person.</param>
    /// <param name="people">K.</param>
    /// <returns>[K,...].</returns>
    public static Node Pool(Node perFrame, int people)
    {
        var grouped = Reshape(perFrame, [people, perFrame.Shape[0] / people, .. perFrame.Shape.Dimensions[1..]]);
        return Mean(grouped, [1]);
    }

    /// <summary>Identity codes, in units of their deviation over people.</summary>
    /// <param name="pooledMedium">Mean of MEDIUM, [K,l,l,c].</param>
    /// <param name="pooledSide">Mean of <see cref="SideFeatures"/>, [K,s].</param>
    /// <returns>[K,Q].</returns>
    public Node Identity(Node pooledMedium, Node pooledSide) =>
        DenseLayer.Apply(identityDense, Joined(ConvolutionLayer.Apply(identity, pooledMedium), pooledSide));

    /// <summary>Identity codes from what stands beside the images alone, [K,Q].</summary>
    /// <param name="pooledSide">Mean of <see cref="SideFeatures"/>, [K,s].</param>
    public Node BlindIdentity(Node pooledSide) => Blind(identityDense, pooledSide);

    /// <summary>Raw parameters of every frame from what stands beside the images alone, [F,R].</summary>
    /// <param name="side"><see cref="SideFeatures"/>, [F,s].</param>
    public Node BlindFrame(Node side) => Blind(frameDense, side);

    // Side features are the last rows of a head's first layer; those of the image would meet zeros.
    private static Node Blind(ImmutableArray<DenseLayer> layers, Node side)
    {
        var weights = layers[0].Weights;
        var (rows, own) = (weights.Shape[0], side.Shape[1]);
        var first = MatMul(side, Slice(weights, 0, rows - own, own)) + layers[0].Bias;
        return layers.Length == 1 ? first : DenseLayer.Apply(layers[1..], Relu(first));
    }

    /// <summary>Raw parameters of every frame; <see cref="FrameParameters"/> gives them units.</summary>
    /// <param name="low">LOW, [F,L,L,C].</param>
    /// <param name="codes">Identity codes of the frames' person, [F,Q].</param>
    /// <param name="side"><see cref="SideFeatures"/>, [F,s].</param>
    /// <returns>[F,R].</returns>
    public Node Frame(Node low, Node codes, Node side)
    {
        var map = Relu(Reshape(codesToMap.Linear(codes), [low.Shape[0], lowSide, lowSide, 1]));
        var joined = Concat(3, low, codeMap.Apply(map));
        return DenseLayer.Apply(frameDense, Joined(ConvolutionLayer.Apply(frame, joined), side));
    }

    /// <summary>
    /// What goes beside the image: how strong the lens is for the crop's size (logarithm of <c>f / (4.53 W)</c>) and where the optical axis
    /// lies, all zero for the default camera; and what the landmark layers make of the landmarks, if there are any.
    /// </summary>
    /// <param name="intrinsics">Focal length and principal point of the crops, [F,3], pixels.</param>
    /// <param name="landmarkPoints">[F,68,2], pixels of the crop.</param>
    /// <returns>[F,s].</returns>
    public Node SideFeatures(Node intrinsics, Node landmarkPoints)
    {
        var frames = intrinsics.Shape[0];
        var focal = Slice(intrinsics, 1, 0, 1);
        var centre = Slice(intrinsics, 1, 1, 2);
        var camera = Concat(1, 2 * Log(focal / (Intrinsics.DefaultFocalPerWidth * imageSize)), (centre - imageSize / 2.0) / (2.0 * imageSize));
        return landmarks.IsEmpty
            ? camera
            : Concat(1, camera, Relu(DenseLayer.Apply(landmarks, LandmarkShape.Features(template, landmarkPoints, imageSize))));
    }

    private static Node Joined(Node maps, Node side) =>
        Concat(1, Reshape(maps, [maps.Shape[0], checked((int)(maps.Shape.Count / maps.Shape[0]))]), side);
}
