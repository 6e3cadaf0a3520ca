namespace Fml.Model;

/// <summary>Changes the size of square pictures, pixel edges on pixel edges.</summary>
internal static class SquareResampler
{
    /// <summary>
    /// Each new pixel is the mean of what lies under it: exact when shrinking, nearest-neighbour with soft edges when growing.
    /// </summary>
    /// <param name="rgb">[from,from,3] bytes.</param>
    /// <param name="from">Side now.</param>
    /// <param name="to">Side wanted.</param>
    /// <returns>[to,to,3] bytes.</returns>
    public static byte[] Resample(ReadOnlySpan<byte> rgb, int from, int to)
    {
        var across = new float[from * to * 3];
        for (var y = 0; y < from; y++)
            for (var x = 0; x < to; x++)
                foreach (var (source, weight) in Under(x, from, to))
                    for (var c = 0; c < 3; c++) across[3 * (y * to + x) + c] += weight * rgb[3 * (y * from + source) + c];
        var result = new byte[to * to * 3];
        var sums = new float[to * 3];
        for (var y = 0; y < to; y++)
        {
            Array.Clear(sums);
            foreach (var (source, weight) in Under(y, from, to))
                for (var i = 0; i < sums.Length; i++) sums[i] += weight * across[source * to * 3 + i];
            for (var i = 0; i < sums.Length; i++) result[y * sums.Length + i] = (byte)Math.Clamp(sums[i] + 0.5f, 0, 255);
        }
        return result;
    }

    // Which old pixels lie under a new one, with their shares of it, which add up to 1.
    private static IEnumerable<(int Source, float Weight)> Under(int pixel, int from, int to)
    {
        var (begin, end) = ((double)pixel * from / to, (double)(pixel + 1) * from / to);
        for (var source = (int)begin; source < from && source < end; source++)
        {
            var weight = (Math.Min(end, source + 1) - Math.Max(begin, source)) / (end - begin);
            if (weight > 1e-9) yield return (source, (float)weight);
        }
    }
}
