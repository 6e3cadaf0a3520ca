using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>
/// One layer of the face networks. Images are NHWC. "Same" padding: as much as makes the output <c>ceil(size / stride)</c>, the odd pixel
/// after.
/// </summary>
internal abstract record FaceLayer
{
    private FaceLayer() { }

    /// <summary>Full convolution with bias: <c>Name/filters</c> [k, k, in, out], <c>Name/bias</c> [out].</summary>
    public sealed record Convolution(string Name, int Stride, bool Same) : FaceLayer;

    /// <summary>
    /// Depthwise 3x3 ("same"), then 1x1 with bias: <c>Name/depthwise_filter</c> [3, 3, in, 1], <c>Name/pointwise_filter</c>,
    /// <c>Name/bias</c>.
    /// </summary>
    public sealed record Separable(string Name, int Stride) : FaceLayer;

    /// <summary><c>max(x, slope x)</c>.</summary>
    public sealed record Rectifier(float Slope) : FaceLayer;

    /// <summary>Maximum over 2x2 ("same").</summary>
    public sealed record MaxPool(int Stride) : FaceLayer;

    /// <summary>
    /// <c>y0 = relu(first(x))</c>, then three separable layers <c>s_k = Name/conv_k</c>, each on the rectified sum of all before:
    /// <c>y_k = relu(y0 + s_1 + .. + s_k)</c>; the result is <c>y_3</c>.
    /// </summary>
    public sealed record Dense(string Name, FaceLayer First) : FaceLayer;

    /// <summary>Mean over the image: [N, H, W, C] to [N, C].</summary>
    public sealed record Mean : FaceLayer;

    /// <summary><c>x W + b</c>: <c>Name/weights</c> [in, out], <c>Name/bias</c>.</summary>
    public sealed record Linear(string Name) : FaceLayer;
}

/// <summary>
/// A face network: its file, layers, and the mean colour (0..255) that is subtracted from images before they are divided by 255.
/// </summary>
internal sealed record FaceNetwork(string File, (float Red, float Green, float Blue) MeanColour, ImmutableArray<FaceLayer> Layers)
{
    /// <summary>
    /// Square images, a multiple of 32 on a side, to [N, side/32, side/32, 25]: 5 anchors of x, y, log width, log height, score (before the
    /// sigmoid).
    /// </summary>
    public static FaceNetwork Detector { get; } = new("tiny_face_detector_model", (117.001f, 114.697f, 97.404f),
    [
        new FaceLayer.Convolution("conv0", 1, Same: false), new FaceLayer.Rectifier(0.1f), new FaceLayer.MaxPool(2),
        .. Enumerable.Range(1, 4).SelectMany(IEnumerable<FaceLayer> (i) =>
            [new FaceLayer.Separable($"conv{i}", 1), new FaceLayer.Rectifier(0.1f), new FaceLayer.MaxPool(2)]),
        new FaceLayer.Separable("conv5", 1), new FaceLayer.Rectifier(0.1f), new FaceLayer.MaxPool(1),
        new FaceLayer.Convolution("conv8", 1, Same: false),
    ]);

    /// <summary>Images of 112 x 112 to [N, 136]: x, y of the 68 landmarks as fractions of the image.</summary>
    public static FaceNetwork Landmarks { get; } = new("face_landmark_68_model", (122.782f, 117.001f, 104.298f),
    [
        new FaceLayer.Dense("dense0", new FaceLayer.Convolution("dense0/conv0", 2, Same: true)),
        .. Enumerable.Range(1, 3).Select(i => new FaceLayer.Dense($"dense{i}", new FaceLayer.Separable($"dense{i}/conv0", 2))),
        new FaceLayer.Mean(),
        new FaceLayer.Linear("fc"),
    ]);

    /// <summary>Side of the landmark network's images, pixels.</summary>
    public const int LandmarkSize = 112;

    /// <summary>Boxes the detector refines, width and height in cells of 32 pixels.</summary>
    public static ImmutableArray<(float Width, float Height)> Anchors { get; } =
        [(1.603231f, 2.094468f), (6.041143f, 7.080126f), (2.882459f, 3.518061f), (4.266906f, 5.178857f), (9.041765f, 10.66308f)];

    /// <summary>What the network is fed: <c>(value - mean) / 255</c> of 0..255 colours, in place.</summary>
    public void Normalize(Span<float> rgb)
    {
        for (var i = 0; i + 2 < rgb.Length; i += 3)
        {
            rgb[i] = (rgb[i] - MeanColour.Red) / 255;
            rgb[i + 1] = (rgb[i + 1] - MeanColour.Green) / 255;
            rgb[i + 2] = (rgb[i + 2] - MeanColour.Blue) / 255;
        }
    }
}

/// <summary>Something that runs a face network: normalised images [count, size, size, 3] to the network's output, row after row.</summary>
internal delegate float[] FaceNetworkRunner(float[] images, int count, int size);
