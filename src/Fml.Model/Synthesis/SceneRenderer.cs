using System.Numerics;

namespace Fml.Model;

/// <summary>
/// Draws posed, lit meshes into a supersampled picture with a depth buffer. Made for speed at small sizes; one per thread.
/// </summary>
internal sealed class SceneRenderer
{
    private readonly int samples;
    private readonly Vector3[] colours;
    private readonly float[] inverseDepth;

    public SceneRenderer(int width, int height, int samples)
    {
        (Width, Height, this.samples) = (width, height, samples);
        colours = new Vector3[width * height * samples * samples];
        inverseDepth = new float[colours.Length];
    }

    public int Width { get; }

    public int Height { get; }

    public int Samples => samples;

    public void Clear() => Array.Clear(inverseDepth);

    /// <summary>Draws a mesh.</summary>
    /// <param name="camera">Camera of the picture.</param>
    /// <param name="positions">[V] in camera space, mm.</param>
    /// <param name="triangles">[3T]; those seen from behind are left out.</param>
    /// <param name="shaded">[V] colours after light.</param>
    public void Draw(Intrinsics camera, ReadOnlySpan<Vector3> positions, ReadOnlySpan<int> triangles, ReadOnlySpan<Vector3> shaded)
    {
        var projected = new Vector3[positions.Length]; // sample coordinates and 1 / distance
        for (var i = 0; i < positions.Length; i++)
        {
            var near = 1 / MathF.Max(-positions[i].Z, 1);
            projected[i] = new Vector3(
                samples * (camera.CenterX + camera.Focal * positions[i].X * near),
                samples * (camera.CenterY - camera.Focal * positions[i].Y * near), near);
        }
        for (var i = 0; i + 2 < triangles.Length; i += 3)
        {
            var (a, b, c) = (triangles[i], triangles[i + 1], triangles[i + 2]);
            Fill(in projected[a], in projected[b], in projected[c], in shaded[a], in shaded[b], in shaded[c]);
        }
    }

    /// <summary>Distance along the view axis of what is seen at a place in pixels, mm; infinite for the backdrop or outside.</summary>
    public float DepthAt(Vector2 place)
    {
        var (column, row) = ((int)MathF.Floor(place.X * samples), (int)MathF.Floor(place.Y * samples));
        var inside = column >= 0 && row >= 0 && column < Width * samples && row < Height * samples;
        var near = inside ? inverseDepth[row * Width * samples + column] : 0;
        return near > 0 ? 1 / near : float.PositiveInfinity;
    }

    /// <summary>The picture, [Height * Width]: the mean of each pixel's samples, with the backdrop where nothing was drawn.</summary>
    public void Resolve(Func<Vector2, Vector3> backdrop, Span<Vector3> picture)
    {
        var stride = Width * samples;
        var whole = samples * samples;
        for (var row = 0; row < Height; row++)
            for (var column = 0; column < Width; column++)
            {
                var sum = Vector3.Zero;
                var covered = 0;
                for (var y = 0; y < samples; y++)
                    for (var x = 0; x < samples; x++)
                    {
                        var index = (row * samples + y) * stride + column * samples + x;
                        if (inverseDepth[index] <= 0) continue;
                        sum += colours[index];
                        covered++;
                    }
                if (covered < whole) sum += (whole - covered) * backdrop(new Vector2(column + 0.5f, row + 0.5f));
                picture[row * Width + column] = sum / whole;
            }
    }

    private void Fill(
        ref readonly Vector3 a, ref readonly Vector3 b, ref readonly Vector3 c,
        ref readonly Vector3 colourA, ref readonly Vector3 colourB, ref readonly Vector3 colourC)
    {
        // Counter-clockwise seen from the camera is clockwise in an image whose y points down.
        var (abX, abY, acX, acY) = (b.X - a.X, b.Y - a.Y, c.X - a.X, c.Y - a.Y);
        var area = abY * acX - abX * acY;
        if (!(area > 0)) return;
        var stride = Width * samples;
        var left = Math.Max(0, (int)(MathF.Min(a.X, MathF.Min(b.X, c.X)) + 0.5f));
        var right = Math.Min(stride - 1, (int)(MathF.Max(a.X, MathF.Max(b.X, c.X)) + 0.5f) - 1);
        var top = Math.Max(0, (int)(MathF.Min(a.Y, MathF.Min(b.Y, c.Y)) + 0.5f));
        var bottom = Math.Min(Height * samples - 1, (int)(MathF.Max(a.Y, MathF.Max(b.Y, c.Y)) + 0.5f) - 1);
        if (left > right || top > bottom) return;
        var scale = 1 / area;
        var (bX, bY, cX, cY) = (-scale * acY, scale * acX, scale * abY, -scale * abX);
        for (var y = top; y <= bottom; y++)
        {
            var (dx, dy) = (left + 0.5f - a.X, y + 0.5f - a.Y);
            var weightB = bX * dx + bY * dy;
            var weightC = cX * dx + cY * dy;
            var index = y * stride + left;
            for (var x = left; x <= right; x++, index++, weightB += bX, weightC += cX)
            {
                var weightA = 1 - weightB - weightC;
                if (weightA < 0 || weightB < 0 || weightC < 0) continue;
                var near = weightA * a.Z + weightB * b.Z + weightC * c.Z;
                if (near <= inverseDepth[index]) continue;
                inverseDepth[index] = near;
                colours[index] = weightA * colourA + weightB * colourB + weightC * colourC;
            }
        }
    }
}
