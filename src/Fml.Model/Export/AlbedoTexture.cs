using System.Numerics;

namespace Fml.Model;

/// <summary>Albedo baked into a texture by the template's texture coordinates.</summary>
internal static class AlbedoTexture
{
    private const int PaddingPixels = 8;

    /// <summary>Rasterises the triangles in texture space and grows the edges, so that filtering finds no holes.</summary>
    /// <returns>[size, size, 3] sRGB bytes; what no triangle reaches has the mean colour.</returns>
    public static byte[] Bake(FaceTemplate template, ReadOnlySpan<Vector3> srgb, int size = 1024)
    {
        var texels = new Vector3[size * size];
        var covered = new bool[size * size];
        var corners = TextureCorners.Of(template);
        for (var t = 0; t < corners.Length; t += 3) // a torn triangle has no area here and leaves no mark
            Fill(template, srgb, corners[t], corners[t + 1], corners[t + 2], texels, covered, size);
        for (var i = 0; i < PaddingPixels; i++) covered = Grow(texels, covered, size);

        var mean = Vector3.Zero;
        foreach (var colour in srgb) mean += colour / srgb.Length;
        var bytes = new byte[size * size * 3];
        for (var i = 0; i < texels.Length; i++)
        {
            var colour = 255 * Vector3.Clamp(covered[i] ? texels[i] : mean, Vector3.Zero, Vector3.One) + new Vector3(0.5f);
            (bytes[3 * i], bytes[3 * i + 1], bytes[3 * i + 2]) = ((byte)colour.X, (byte)colour.Y, (byte)colour.Z);
        }
        return bytes;
    }

    private static void Fill(
        FaceTemplate template, ReadOnlySpan<Vector3> srgb, int a, int b, int c, Vector3[] texels, bool[] covered, int size)
    {
        var uv = template.TextureCoordinates;
        var (pa, pb, pc) = (uv[a] * size, uv[b] * size, uv[c] * size);
        var area = Cross(pb - pa, pc - pa);
        if (area == 0) return;
        var (low, high) = (Vector2.Min(pa, Vector2.Min(pb, pc)), Vector2.Max(pa, Vector2.Max(pb, pc)));
        for (var y = Math.Max(0, (int)low.Y); y <= Math.Min(size - 1, (int)high.Y); y++)
        {
            for (var x = Math.Max(0, (int)low.X); x <= Math.Min(size - 1, (int)high.X); x++)
            {
                var p = new Vector2(x + 0.5f, y + 0.5f);
                var (wa, wb) = (Cross(pb - p, pc - p) / area, Cross(pc - p, pa - p) / area);
                var wc = 1 - wa - wb;
                if (wa < 0 || wb < 0 || wc < 0) continue;
                texels[y * size + x] = wa * srgb[a] + wb * srgb[b] + wc * srgb[c];
                covered[y * size + x] = true;
            }
        }
    }

    /// <summary>Gives every uncovered texel beside covered ones their mean colour.</summary>
    private static bool[] Grow(Vector3[] texels, bool[] covered, int size)
    {
        var grown = (bool[])covered.Clone();
        for (var y = 0; y < size; y++)
        {
            for (var x = 0; x < size; x++)
            {
                if (covered[y * size + x]) continue;
                var (sum, count) = (Vector3.Zero, 0);
                for (var j = Math.Max(0, y - 1); j <= Math.Min(size - 1, y + 1); j++)
                    for (var i = Math.Max(0, x - 1); i <= Math.Min(size - 1, x + 1); i++)
                        if (covered[j * size + i]) (sum, count) = (sum + texels[j * size + i], count + 1);
                if (count == 0) continue;
                texels[y * size + x] = sum / count;
                grown[y * size + x] = true;
            }
        }
        return grown;
    }

    private static float Cross(Vector2 a, Vector2 b) => a.X * b.Y - a.Y * b.X;
}
