using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>A box that may hold a face, original pixels.</summary>
internal readonly record struct FaceBox(Vector2 Center, float Width, float Height, float Score)
{
    public float Side => Math.Max(Width, Height);

    /// <summary>Area of the intersection over that of the union.</summary>
    public float Overlap(FaceBox other)
    {
        var gap = Vector2.Abs(Center - other.Center);
        var width = Math.Min(Math.Min(Width, other.Width), (Width + other.Width) / 2 - gap.X);
        var height = Math.Min(Math.Min(Height, other.Height), (Height + other.Height) / 2 - gap.Y);
        var both = Math.Max(0, width) * Math.Max(0, height);
        return both / (Width * Height + other.Width * other.Height - both);
    }
}

/// <summary>Finds faces with the tiny detector, at several scales because it knows faces of about 0.15 to 0.8 of its input only.</summary>
internal sealed class FaceDetector(FaceNetworkRunner run)
{
    private const float SameFace = 0.4f;

    /// <summary>Sizes the detector is run at; a runner may prepare for them.</summary>
    public const int LargeInput = 416, SmallInput = 224;

    /// <summary>
    /// All faces of an image that score above the threshold, best first: the whole image at two sizes, and its middle enlarged if need be.
    /// </summary>
    public ImmutableArray<FaceBox> Search(RgbImage image, float threshold)
    {
        var side = Math.Max(image.Width, image.Height);
        var center = new Vector2(image.Width, image.Height) / 2;
        var views = new[] { (LargeInput, 1f), (SmallInput, 1f), (LargeInput, 0.5f), (SmallInput, 1.5f) };
        foreach (var (size, zoom) in views)
        {
            var found = View(image, CropTransform.Around(center, side * zoom, size), size, threshold);
            if (found.Length > 0) return found;
        }
        return [];
    }

    /// <summary>Faces around a place where one was.</summary>
    public ImmutableArray<FaceBox> Near(RgbImage image, FaceBox box, float threshold) =>
        View(image, CropTransform.Around(box.Center, box.Side * 2.5f, SmallInput), SmallInput, threshold);

    private ImmutableArray<FaceBox> View(RgbImage image, CropTransform view, int size, float threshold)
    {
        var input = new float[size * size * 3];
        var pixels = CropResampler.Crop(image, view, size, repeatEdge: false);
        for (var i = 0; i < input.Length; i++) input[i] = pixels[i];
        FaceNetwork.Detector.Normalize(input);
        return Suppress(Decode(run(input, 1, size), size / 32, threshold)
            .Select(b => b with { Center = view.Invert(b.Center), Width = b.Width / view.Scale, Height = b.Height / view.Scale }));
    }

    /// <summary>
    /// Boxes of the network's output [cells, cells, 5 anchors, (x, y, log width, log height, score)], in pixels of its input.
    /// </summary>
    internal static IEnumerable<FaceBox> Decode(float[] output, int cells, float threshold)
    {
        var anchors = FaceNetwork.Anchors;
        for (var i = 0; i < cells * cells * anchors.Length; i++)
        {
            var score = Sigmoid(output[i * 5 + 4]);
            if (!(score >= threshold)) continue;
            var (anchor, cell) = (anchors[i % anchors.Length], i / anchors.Length);
            yield return new FaceBox(
                32 * new Vector2(cell % cells + Sigmoid(output[i * 5]), cell / cells + Sigmoid(output[i * 5 + 1])),
                32 * anchor.Width * MathF.Exp(output[i * 5 + 2]), 32 * anchor.Height * MathF.Exp(output[i * 5 + 3]), score);
        }
    }

    /// <summary>Keeps of boxes that overlap the best-scored.</summary>
    internal static ImmutableArray<FaceBox> Suppress(IEnumerable<FaceBox> boxes) => boxes.OrderByDescending(b => b.Score)
        .Aggregate(ImmutableArray<FaceBox>.Empty, (kept, box) => kept.Any(k => k.Overlap(box) > SameFace) ? kept : kept.Add(box));

    private static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));
}
