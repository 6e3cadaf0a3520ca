using Fml.Graph;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>
/// Landmarks as numbers a network learns from quickly: where they differ from the template's once position, size and roll are taken out,
/// and these themselves. What people differ by is then not drowned by where the head happens to be.
/// </summary>
internal static class LandmarkShape
{
    /// <summary>Numbers a frame: two for each landmark, and position, size and roll.</summary>
    public const int FeatureCount = 2 * FaceFrame.LandmarkCount + 4;

    private const double ResidualUnit = 4; // mm, about what people and expressions differ by
    private const double MotionUnit = 0.2;

    // Width of the mean face's crop, mm: at 1000 mm in front of the default camera.
    private const double CropWidth = 1000 / Intrinsics.DefaultFocalPerWidth;

    /// <summary>The features.</summary>
    /// <param name="template">Its landmarks, seen from the front, are what the frame's are compared with.</param>
    /// <param name="points">[F,68,2], pixels.</param>
    /// <param name="imageSize">W, pixels.</param>
    /// <returns>[F,140].</returns>
    public static Node Features(FaceTemplate template, Node points, int imageSize)
    {
        var frames = points.Shape[0];
        var positions = template.Positions.AsSpan().ToArray();
        var mean = template.Landmarks.Select(landmark => landmark.On(positions)).ToArray();
        var (middleX, middleY) = (mean.Average(p => p.X), mean.Average(p => p.Y));
        Node Column(Func<int, float> value) => Constant<float>([.. Enumerable.Range(0, mean.Length).Select(value)], [mean.Length]);
        var (meanX, meanY) = (Column(i => mean[i].X - middleX), Column(i => middleY - mean[i].Y));
        var square = mean.Sum(p => (p.X - middleX) * (p.X - middleX) + (p.Y - middleY) * (p.Y - middleY));

        // Best similarity z = a m of complex numbers, pixels per mm.
        var (x, y) = (Reshape(Slice(points, 2, 0, 1), [frames, mean.Length]), Reshape(Slice(points, 2, 1, 1), [frames, mean.Length]));
        var (centreX, centreY) = (Mean(x, [1], keepDimensions: true), Mean(y, [1], keepDimensions: true));
        var (zx, zy) = (x - centreX, y - centreY);
        var real = Sum(zx * meanX + zy * meanY, [1], keepDimensions: true) / square;
        var imaginary = Sum(zy * meanX - zx * meanY, [1], keepDimensions: true) / square;
        var scale = Square(real) + Square(imaginary) + 1e-12;
        var residualX = (real * zx + imaginary * zy) / scale - meanX;
        var residualY = (real * zy - imaginary * zx) / scale - meanY;
        return Concat(
            1,
            residualX / ResidualUnit, residualY / ResidualUnit,
            0.5 * Log(scale * (CropWidth * CropWidth / imageSize / imageSize)) / MotionUnit,
            imaginary / Sqrt(scale) / MotionUnit,
            (centreX / imageSize - 0.5) / MotionUnit,
            (centreY / imageSize - 0.5) / MotionUnit);
    }
}
