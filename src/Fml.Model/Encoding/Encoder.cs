using System.Collections.Immutable;
using Fml.Graph;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>
/// The Siamese network: features of each frame, one identity from the mean of all frames' features, and the parameters of each frame given that
/// identity. Weights are shared by all frames, and the mean makes any number of frames possible.
/// Legend: F frames, K people, W image side, Q identity codes, R raw parameters of a frame.
/// </summary>
public sealed class Encoder
{
    /// <summary>Numbers that describe a frame's camera; see <see cref="CameraFeatures"/>.</summary>
    public const int CameraFeatureCount = 3;

    private readonly ImmutableArray<ConvolutionLayer> features, medium, identity, frame;
    private readonly ImmutableArray<DenseLayer> identityDense, frameDense;
    private readonly DenseLayer codesToMap;
    private readonly ConvolutionLayer codeMap;
    private readonly int lowSide;

    /// <summary>Adds the encoder's weights to a store, or finds them there.</summary>
    /// <param name="store">Where the weights live.</param>
    /// <param name="options">Layer sizes.</param>
    /// <param name="imageSize">W, pixels.</param>
    /// <param name="identityCodes">Q.</param>
    /// <param name="frameParameters">R.</param>
    /// <param name="random">Initial weights (He et al. 2015; the last layers near zero, so that outputs start at the neutral state).</param>
    public Encoder(ParameterStore store, EncoderOptions options, int imageSize, int identityCodes, int frameParameters, Random random)
    {
        var build = new LayerBuilder(store, random);
        var (channels, side) = (3, imageSize);
        features = build.Convolutions("encoder.features", options.Features, ref channels, ref side);
        lowSide = side;
        var (lowChannels, mediumChannels, mediumSide) = (channels, channels, side);
        medium = build.Convolutions("encoder.medium", options.Medium, ref mediumChannels, ref mediumSide);
        identity = build.Convolutions("encoder.identity", options.Identity, ref mediumChannels, ref mediumSide);
        identityDense = build.Dense(
            "encoder.identity.dense", mediumSide * mediumSide * mediumChannels + CameraFeatureCount, options.IdentityWidths, identityCodes);
        codesToMap = build.Dense("encoder.frame.codes", identityCodes, [], lowSide * lowSide, lastScale: 1)[0];
        var (mapChannels, mapSide) = (1, lowSide);
        codeMap = build.Convolutions("encoder.frame.map", [options.CodeMap], ref mapChannels, ref mapSide)[0];
        var frameChannels = lowChannels + mapChannels;
        frame = build.Convolutions("encoder.frame", options.Frame, ref frameChannels, ref side);
        frameDense = build.Dense("encoder.frame.dense", side * side * frameChannels + CameraFeatureCount, options.FrameWidths, frameParameters);
    }

    /// <summary>All weights.</summary>
    public IEnumerable<Node.Parameter> Parameters => FeatureParameters.Concat(IdentityParameters).Concat(FrameParameters);

    /// <summary>Weights of the layers that both heads read.</summary>
    public IEnumerable<Node.Parameter> FeatureParameters => features.Concat(medium).SelectMany(layer => layer.Parameters);

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
    /// <param name="pooledCamera">Mean of <see cref="CameraFeatures"/>, [K,3].</param>
    /// <returns>[K,Q].</returns>
    public Node Identity(Node pooledMedium, Node pooledCamera) =>
        DenseLayer.Apply(identityDense, WithCamera(ConvolutionLayer.Apply(identity, pooledMedium), pooledCamera));

    /// <summary>Raw parameters of every frame; <see cref="FrameParameters"/> gives them units.</summary>
    /// <param name="low">LOW, [F,L,L,C].</param>
    /// <param name="codes">Identity codes of the frames' person, [F,Q].</param>
    /// <param name="camera"><see cref="CameraFeatures"/>, [F,3].</param>
    /// <returns>[F,R].</returns>
    public Node Frame(Node low, Node codes, Node camera)
    {
        var map = Relu(Reshape(codesToMap.Linear(codes), [low.Shape[0], lowSide, lowSide, 1]));
        var joined = Concat(3, low, codeMap.Apply(map));
        return DenseLayer.Apply(frameDense, WithCamera(ConvolutionLayer.Apply(frame, joined), camera));
    }

    /// <summary>
    /// What a crop alone does not show: how strong the lens is for the crop's size (logarithm of <c>f / (4.53 W)</c>) and where the optical axis
    /// lies. Zero for the default camera.
    /// </summary>
    /// <param name="intrinsics">Focal length and principal point of the crops, [F,3], pixels.</param>
    /// <param name="imageSize">W, pixels.</param>
    /// <returns>[F,3].</returns>
    public static Node CameraFeatures(Node intrinsics, int imageSize)
    {
        var focal = Slice(intrinsics, 1, 0, 1);
        var centre = Slice(intrinsics, 1, 1, 2);
        return Concat(
            1, 2 * Log(focal / (Intrinsics.DefaultFocalPerWidth * imageSize)), (centre - imageSize / 2.0) / (2.0 * imageSize));
    }

    private static Node WithCamera(Node maps, Node camera) =>
        Concat(1, Reshape(maps, [maps.Shape[0], checked((int)(maps.Shape.Count / maps.Shape[0]))]), camera);
}
