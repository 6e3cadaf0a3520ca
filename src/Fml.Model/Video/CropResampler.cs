namespace Fml.Model;

/// <summary>Cuts a square out of an image at a new scale.</summary>
internal static class CropResampler
{
    /// <summary>
    /// The crop of <paramref name="size"/> x <paramref name="size"/> pixels, RGB bytes HWC. Mitchell-Netravali filter (B = C = 1/3),
    /// widened when shrinking so that nothing aliases; pixels outside the image repeat its edge, or are black.
    /// </summary>
    public static byte[] Crop(RgbImage image, CropTransform transform, int size, bool repeatEdge = true)
    {
        var columns = Taps.Along(transform.Scale, transform.OffsetX, size, image.Width, repeatEdge);
        var rows = Taps.Along(transform.Scale, transform.OffsetY, size, image.Height, repeatEdge);
        var firstRow = rows.Index.Min();
        var strip = new float[(rows.Index.Max() - firstRow + 1) * size * 3];
        for (var y = 0; y < strip.Length / (size * 3); y++)
            Across(image.Pixels.AsSpan((firstRow + y) * image.Width * 3, image.Width * 3), columns, strip.AsSpan(y * size * 3, size * 3));
        var crop = new byte[size * size * 3];
        var sums = new float[size * 3];
        for (var y = 0; y < size; y++)
        {
            Array.Clear(sums);
            for (var k = y * rows.Count; k < (y + 1) * rows.Count; k++)
            {
                var row = strip.AsSpan((rows.Index[k] - firstRow) * sums.Length, sums.Length);
                var weight = rows.Weight[k];
                for (var x = 0; x < row.Length; x++) sums[x] += weight * row[x];
            }
            for (var x = 0; x < sums.Length; x++) crop[y * sums.Length + x] = (byte)Math.Clamp(sums[x] + 0.5f, 0, 255);
        }
        return crop;
    }

    private static void Across(ReadOnlySpan<byte> row, Taps columns, Span<float> result)
    {
        for (int x = 0, k = 0; x < result.Length; x += 3)
        {
            float red = 0, green = 0, blue = 0;
            for (var end = k + columns.Count; k < end; k++)
            {
                var at = columns.Index[k] * 3;
                var weight = columns.Weight[k];
                red += weight * row[at];
                green += weight * row[at + 1];
                blue += weight * row[at + 2];
            }
            (result[x], result[x + 1], result[x + 2]) = (red, green, blue);
        }
    }

    /// <summary>
    /// For each of the output pixels, <c>Count</c> input pixels and their weights, which add up to 1 (less where black is mixed in).
    /// </summary>
    private sealed record Taps(int Count, int[] Index, float[] Weight)
    {
        public static Taps Along(float scale, float offset, int size, int length, bool repeatEdge)
        {
            var widen = Math.Max(1, 1 / scale);
            var count = (int)Math.Ceiling(4 * widen) + 1;
            var (index, weight) = (new int[size * count], new float[size * count]);
            for (var i = 0; i < size; i++)
            {
                var center = (i + 0.5f - offset) / scale - 0.5f; // in input pixels counted at their centres
                var first = (int)Math.Floor(center - 2 * widen);
                var sum = 0f;
                for (var k = 0; k < count; k++)
                {
                    index[i * count + k] = Math.Clamp(first + k, 0, length - 1);
                    sum += weight[i * count + k] = Mitchell((first + k - center) / widen);
                }
                for (var k = 0; k < count; k++)
                    weight[i * count + k] = repeatEdge || (first + k >= 0 && first + k < length) ? weight[i * count + k] / sum : 0;
            }
            return new Taps(count, index, weight);
        }

        private static float Mitchell(float x) => Math.Abs(x) switch
        {
            < 1 and var a => (7 * a * a * a - 12 * a * a + 16 / 3f) / 6,
            < 2 and var a => (-7 / 3f * a * a * a + 12 * a * a - 20 * a + 32 / 3f) / 6,
            _ => 0,
        };
    }
}
