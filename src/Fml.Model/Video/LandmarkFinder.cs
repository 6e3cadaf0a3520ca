using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>The 68 landmarks of one face, original pixels, with the standard deviation of each over several looks, pixels.</summary>
internal sealed record FoundLandmarks(ImmutableArray<Vector2> Points, ImmutableArray<float> Deviation);

/// <summary>
/// Finds landmarks: a first look at the detector's box, then looks at boxes placed by the landmarks themselves, upright, and last the mean
/// over several slightly shifted and scaled looks, each also mirrored.
/// </summary>
internal sealed class LandmarkFinder(FaceNetworkRunner run)
{
    private const int Size = FaceNetwork.LandmarkSize;

    // Side of the square that the network sees, over the larger side of the landmarks' bounding box; its middle is theirs.
    private const float BoxScale = 1.15f;

    // Shifts (shares of the side) and scales of the looks; each is taken as it is and mirrored.
    private static readonly (float X, float Y, float Scale)[] Looks =
        [(0, 0, 1), (0.03f, 0.02f, 1.06f), (-0.03f, 0.02f, 0.95f), (0, -0.03f, 1.02f)];

    private static readonly int[] Mirror = MirrorOrder();

    private readonly record struct View(Vector2 Center, float Side, float Roll);

    /// <summary>Looks for landmarks in a detector's box.</summary>
    public FoundLandmarks Find(RgbImage image, FaceBox box)
    {
        var view = new View(box.Center, box.Side * 1.05f, 0);
        // Placing the view needs one look and its mirror image only.
        var first = Look(image, view, 1);
        var second = Look(image, Around(first.Points), 1);
        return Look(image, Around(second.Points), Looks.Length);
    }

    private static View Around(ImmutableArray<Vector2> points)
    {
        var eyes = Mean(points, 42, 48) - Mean(points, 36, 42);
        var roll = MathF.Atan2(eyes.Y, eyes.X);
        var upright = points.Select(p => Vector2.Transform(p, Matrix3x2.CreateRotation(-roll))).ToImmutableArray();
        var (center, size) = FaceCrops.Box(upright);
        return new View(Vector2.Transform(center, Matrix3x2.CreateRotation(roll)), Math.Max(size.X, size.Y) * BoxScale, roll);
    }

    private FoundLandmarks Look(RgbImage image, View view, int looksTaken)
    {
        const int patchSize = 256;
        var batch = 2 * looksTaken;
        const float margin = 1.7f;
        var transform = CropTransform.Around(view.Center, view.Side * margin, patchSize);
        var patch = CropResampler.Crop(image, transform, patchSize);
        var input = new float[batch * Size * Size * 3];
        var maps = new Matrix3x2[batch];
        for (var i = 0; i < batch; i++)
        {
            var (x, y, scale) = Looks[i / 2];
            var pixels = patchSize / margin * scale / Size; // patch pixels per input pixel
            maps[i] = Matrix3x2.CreateTranslation(new Vector2(-Size / 2f)) * Matrix3x2.CreateScale(i % 2 == 0 ? pixels : -pixels, pixels)
                * Matrix3x2.CreateTranslation(new Vector2(x, y) * patchSize / margin) * Matrix3x2.CreateRotation(view.Roll)
                * Matrix3x2.CreateTranslation(new Vector2(patchSize / 2f));
            Sample(patch, patchSize, maps[i], input.AsSpan(i * Size * Size * 3, Size * Size * 3));
        }
        FaceNetwork.Landmarks.Normalize(input);
        var output = run(input, batch, Size);
        var looks = Enumerable.Range(0, batch).Select(i => Enumerable.Range(0, 68).Select(k =>
        {
            var from = i * 136 + 2 * (i % 2 == 0 ? k : Mirror[k]);
            return transform.Invert(Vector2.Transform(new Vector2(output[from], output[from + 1]) * Size, maps[i]));
        }).ToArray()).ToArray();
        var points = Enumerable.Range(0, 68).Select(k => looks.Aggregate(Vector2.Zero, (sum, l) => sum + l[k]) / batch).ToImmutableArray();
        var deviation = points.Select((p, k) => MathF.Sqrt(looks.Average(l => Vector2.DistanceSquared(l[k], p)) / 2));
        return new FoundLandmarks(points, [.. deviation]);
    }

    private static void Sample(byte[] patch, int size, Matrix3x2 map, Span<float> target)
    {
        for (var i = 0; i < Size * Size; i++)
        {
            var p = Vector2.Transform(new Vector2(i % Size + 0.5f, i / Size + 0.5f), map) - new Vector2(0.5f);
            p = Vector2.Clamp(p, Vector2.Zero, new Vector2(size - 1.001f));
            var (x, y) = ((int)p.X, (int)p.Y);
            var (fx, fy) = (p.X - x, p.Y - y);
            for (var c = 0; c < 3; c++)
            {
                var at = (y * size + x) * 3 + c;
                target[i * 3 + c] = (patch[at] * (1 - fx) + patch[at + 3] * fx) * (1 - fy)
                    + (patch[at + size * 3] * (1 - fx) + patch[at + size * 3 + 3] * fx) * fy;
            }
        }
    }

    private static Vector2 Mean(ImmutableArray<Vector2> points, int from, int to) =>
        points[from..to].Aggregate(Vector2.Add) / (to - from);

    // The landmark that each becomes in a mirror, Multi-PIE order.
    private static int[] MirrorOrder() =>
    [
        .. Enumerable.Range(0, 17).Select(i => 16 - i), .. Enumerable.Range(17, 10).Select(i => 43 - i), 27, 28, 29, 30, 35, 34, 33, 32, 31,
        45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40, 54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65,
    ];
}
