using System.Numerics;

namespace Fml.Model;

/// <summary>What a frame shows at the vertices of a face that is held where it is.</summary>
/// <param name="Vertices">The n vertices that are seen, ascending.</param>
/// <param name="Weights">How well, [n], above 0.</param>
/// <param name="Colours">The image at their projections: three channels, each [n].</param>
/// <param name="Harmonics">The nine functions <c>H_b</c> of their normals in camera space, each [n].</param>
internal sealed record FrameColours(int[] Vertices, double[] Weights, double[][] Colours, double[][] Harmonics)
{
    /// <summary>From planar arrays over all V vertices.</summary>
    /// <param name="colours">[3,V].</param>
    /// <param name="normals">[3,V], unit vectors.</param>
    /// <param name="weights">[V]; 0 where a vertex is not seen.</param>
    public static FrameColours Of(ReadOnlySpan<float> colours, ReadOnlySpan<float> normals, ReadOnlySpan<float> weights)
    {
        var count = weights.Length;
        var seen = new List<int>();
        for (var v = 0; v < count; v++)
            if (weights[v] > 0) seen.Add(v);
        var frame = new FrameColours([.. seen], new double[seen.Count], Planes(3, seen.Count), Planes(Lighting.Count, seen.Count));
        Span<float> harmonics = stackalloc float[Lighting.Count];
        for (var i = 0; i < seen.Count; i++)
        {
            var v = seen[i];
            frame.Weights[i] = weights[v];
            for (var c = 0; c < 3; c++) frame.Colours[c][i] = colours[c * count + v];
            SphericalHarmonics.Evaluate(new Vector3(normals[v], normals[count + v], normals[2 * count + v]), harmonics);
            for (var b = 0; b < Lighting.Count; b++) frame.Harmonics[b][i] = harmonics[b];
        }
        return frame;
    }

    /// <summary>What of each channel arrives at the seen vertices, three times [n].</summary>
    /// <param name="light"><c>gamma</c>, [9,3].</param>
    public double[][] Shading(ReadOnlySpan<double> light)
    {
        var shading = Planes(3, Weights.Length);
        for (var c = 0; c < 3; c++)
            for (var b = 0; b < Lighting.Count; b++) Columns.Add(light[3 * b + c], Harmonics[b], shading[c]);
        return shading;
    }

    private static double[][] Planes(int count, int length) => [.. Enumerable.Range(0, count).Select(_ => new double[length])];
}
