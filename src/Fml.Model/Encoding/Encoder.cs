using System.Collections.Immutable;
using Fml.Graph;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>
/// The Siamese network: features of each frame, one identity from the mean of all frames' features, and the parameters of each frame given
/// that identity. Weights are shared by all frames, and the mean makes any number of frames possible. Where it reads landmarks, these alone
/// give shape, pose and expression (<see cref="LandmarkEncoder"/>), and what the images tell is added. Legend: F frames, K people, W image
/// side, Q identity codes, R raw parameters of a frame.
/// </summary>
public sealed class Encoder
{
    /// <summary>Scale of the weights of a last layer at first.</summary>
    internal const double NearZero = 0.01;

    private const int CameraCount = 3;

    private readonly int imageSize, lowSide;
    private readonly LandmarkEncoder? landmarks;
    private readonly ImmutableArray<ConvolutionLayer> features, medium, identity, frame;
    private readonly ImmutableArray<DenseLayer> identityDense, frameDense;
    private readonly DenseLayer codesToMap;
    private readonly ConvolutionLayer codeMap;

    /// <summary>Adds the encoder's weights to a store, or finds them there.</summary>
    /// <param name="store">Where the weights live.</param>
    /// <param name="options">Layer sizes.</param>
    /// <param name="imageSize">W, pixels.</param>
    /// <param name="template">The template, whose landmarks those of a frame are compared with.</param>
    /// <param name="codes">Sizes of the identity codes, Q in all.</param>
    /// <param name="random">Initial weights (He et al. 2015; the last layers near zero, so that outputs start at the neutral
    /// state, and at zero where they are added to what landmarks tell).</param>
    public Encoder(ParameterStore store, EncoderOptions options, int imageSize, FaceTemplate template, CodeSizes codes, Random random)
    {
        this.imageSize = imageSize;
        var build = new LayerBuilder(store, random);
        landmarks = options.Landmarks.IsEmpty ? null : new LandmarkEncoder(build, options, imageSize, template, codes, CameraCount);
        SideCount = CameraCount + (options.Landmarks.IsEmpty ? 0 : options.Landmarks[^1]);
        var lastScale = ReadsLandmarks ? 0 : NearZero;
        var (channels, side) = (3, imageSize);
        features = build.Convolutions("encoder.features", options.Features, ref channels, ref side);
        lowSide = side;
        var (lowChannels, mediumChannels, mediumSide) = (channels, channels, side);
        medium = build.Convolutions("encoder.medium", options.Medium, ref mediumChannels, ref mediumSide);
        identity = build.Convolutions("encoder.identity", options.Identity, ref mediumChannels, ref mediumSide);
        identityDense = build.Dense(
            "encoder.identity.dense", mediumSide * mediumSide * mediumChannels + SideCount, options.IdentityWidths, codes.Total, lastScale);
        codesToMap = build.Dense("encoder.frame.codes", codes.Total, [], lowSide * lowSide, lastScale: 1)[0];
        var (mapChannels, mapSide) = (1, lowSide);
        codeMap = build.Convolutions("encoder.frame.map", [options.CodeMap], ref mapChannels, ref mapSide)[0];
        var frameChannels = lowChannels + mapChannels;
        frame = build.Convolutions("encoder.frame", options.Frame, ref frameChannels, ref side);
        frameDense = build.Dense(
            "encoder.frame.dense", side * side * frameChannels + SideCount, options.FrameWidths,
            FrameParameters.Count(template.Expressions.Length), lastScale);
    }

    /// <summary>All weights.</summary>
    public IEnumerable<Node.Parameter> Parameters => ImageParameters.Concat(LandmarkParameters);

    /// <summary>Weights of the layers that read landmarks alone; none where the network is shown images alone.</summary>
    public IEnumerable<Node.Parameter> LandmarkParameters => landmarks?.Parameters ?? [];

    /// <summary>Weights of the layers behind the images.</summary>
    public IEnumerable<Node.Parameter> ImageParameters =>
    [
        .. features.Concat(medium).Concat(identity).Concat(frame).Append(codeMap).SelectMany(layer => layer.Parameters),
        .. identityDense.Concat(frameDense).Append(codesToMap).SelectMany(layer => layer.Parameters),
    ];

    /// <summary>Numbers <c>s</c> that go beside a frame's image.</summary>
    public int SideCount { get; }

    /// <summary>Whether the network is shown a frame's landmarks.</summary>
    public bool ReadsLandmarks => landmarks is not null;

    /// <summary>Lets the identity head start at given codes, those of the mean person.</summary>
    /// <param name="store">Where the weights live.</param>
    /// <param name="codes">[Q].</param>
    public void StartAt(ParameterStore store, ReadOnlySpan<float> codes)
    {
        var told = landmarks?.StartAt(store, codes);
        store.Set<float>(identityDense[^1].Bias, [.. codes.ToArray().Select((code, i) => code - (told?[i] ?? 0))]);
    }

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
    public Node Identity(Node pooledMedium, Node pooledSide)
    {
        var fromImages = DenseLayer.Apply(identityDense, Joined(ConvolutionLayer.Apply(identity, pooledMedium), pooledSide));
        return landmarks is null ? fromImages : landmarks.Identity(pooledSide) + fromImages;
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
        var fromImages = DenseLayer.Apply(frameDense, Joined(ConvolutionLayer.Apply(frame, joined), side));
        return landmarks is null ? fromImages : landmarks.Frame(side) + fromImages;
    }

    /// <summary>Identity codes [K,Q] and raw parameters of the frames [F,R] as the landmarks alone tell them: without albedo and light.</summary>
    /// <param name="pooledSide">Mean of each person's <see cref="SideFeatures"/>, [K,s].</param>
    /// <param name="side"><see cref="SideFeatures"/>, [F,s].</param>
    internal (Node Identity, Node Raw) FromLandmarks(Node pooledSide, Node side) => landmarks is null
        ? throw new InvalidOperationException("the network reads no landmarks")
        : (landmarks.Identity(pooledSide), landmarks.Frame(side));

    /// <summary>
    /// What goes beside the image: how strong the lens is for the crop's size (logarithm of <c>f / (4.53 W)</c>) and where the optical axis
    /// lies, all zero for the default camera; and what the landmark layers make of the landmarks, if there are any.
    /// </summary>
    /// <param name="intrinsics">Focal length and principal point of the crops, [F,3], pixels.</param>
    /// <param name="landmarkPoints">[F,68,2], pixels of the crop.</param>
    /// <returns>[F,s].</returns>
    public Node SideFeatures(Node intrinsics, Node landmarkPoints)
    {
        var focal = Slice(intrinsics, 1, 0, 1);
        var centre = Slice(intrinsics, 1, 1, 2);
        var camera = Concat(1, 2 * Log(focal / (Intrinsics.DefaultFocalPerWidth * imageSize)), (centre - imageSize / 2.0) / (2.0 * imageSize));
        return landmarks is null ? camera : Concat(1, camera, landmarks.Features(landmarkPoints));
    }

    private static Node Joined(Node maps, Node side) =>
        Concat(1, Reshape(maps, [maps.Shape[0], checked((int)(maps.Shape.Count / maps.Shape[0]))]), side);
}
