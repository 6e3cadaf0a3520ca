using System.Numerics;

namespace Fml.Model;

/// <summary>
/// Draws posed, lit meshes one after the other into a supersampled picture, through the <see cref="Rasterizer"/>. For one thread at a
/// time; the buffers are kept from picture to picture.
/// </summary>
internal sealed class SceneRenderer
{
    private readonly float[] depth;
    private readonly int[] triangle;
    private readonly float[] barycentric;
    private readonly Vector3[] colours;
    private float[] coordinates = []; // all x, all y, all z, then the rasteriser's scratch

    /// <summary>Makes an empty picture of a size, with <paramref name="samples"/> samples along each pixel's side.</summary>
    public SceneRenderer(int width, int height, int samples)
    {
        (Width, Height, Samples) = (width, height, samples);
        depth = new float[width * height * samples * samples];
        triangle = new int[depth.Length];
        barycentric = new float[2 * depth.Length];
        colours = new Vector3[depth.Length];
        Clear();
    }

    public int Width { get; }

    public int Height { get; }

    public int Samples { get; }

    /// <summary>Begins another picture.</summary>
    public void Clear() => depth.AsSpan().Fill(float.PositiveInfinity);

    /// <summary>Draws a mesh.</summary>
    /// <param name="camera">Camera of the picture.</param>
    /// <param name="positions">[V] in camera space, mm.</param>
    /// <param name="triangles">[3T]; those seen from behind are left out.</param>
    /// <param name="shaded">[V] colours after light.</param>
    public void Draw(Intrinsics camera, ReadOnlySpan<Vector3> positions, ReadOnlySpan<int> triangles, ReadOnlySpan<Vector3> shaded)
    {
        var count = positions.Length;
        if (coordinates.Length < 3 * count + Rasterizer.ScratchLength(count))
            coordinates = new float[3 * count + Rasterizer.ScratchLength(count)];
        var x = coordinates.AsSpan(0, count);
        var y = coordinates.AsSpan(count, count);
        var z = coordinates.AsSpan(2 * count, count);
        for (var i = 0; i < count; i++) (x[i], y[i], z[i]) = (positions[i].X, positions[i].Y, positions[i].Z);
        triangle.AsSpan().Fill(-1); // marks what this mesh covers; the depth of the others stays
        Rasterizer.Draw(
            x, y, z, triangles, new Intrinsics(Samples * camera.Focal, Samples * camera.CenterX, Samples * camera.CenterY),
            Width * Samples, Height * Samples, cullBackFaces: true, coordinates.AsSpan(3 * count), depth, triangle, barycentric);
        for (var i = 0; i < triangle.Length; i++)
        {
            var corner = 3 * triangle[i];
            if (corner < 0) continue;
            var (b, c) = (barycentric[2 * i], barycentric[2 * i + 1]);
            colours[i] = (1 - b - c) * shaded[triangles[corner]] + b * shaded[triangles[corner + 1]] + c * shaded[triangles[corner + 2]];
        }
    }

    /// <summary>Distance along the view axis of what is seen at a place in pixels, mm; infinite for the backdrop or outside.</summary>
    public float DepthAt(Vector2 place)
    {
        var (column, row) = ((int)MathF.Floor(place.X * Samples), (int)MathF.Floor(place.Y * Samples));
        var inside = column >= 0 && row >= 0 && column < Width * Samples && row < Height * Samples;
        return inside ? depth[row * Width * Samples + column] : float.PositiveInfinity;
    }

    /// <summary>The picture, [Height * Width]: the mean of each pixel's samples, with the backdrop where nothing was drawn.</summary>
    public void Resolve(Func<Vector2, Vector3> backdrop, Span<Vector3> picture)
    {
        var stride = Width * Samples;
        var whole = Samples * Samples;
        for (var row = 0; row < Height; row++)
            for (var column = 0; column < Width; column++)
            {
                var sum = Vector3.Zero;
                var covered = 0;
                for (var y = 0; y < Samples; y++)
                    for (var x = 0; x < Samples; x++)
                    {
                        var index = (row * Samples + y) * stride + column * Samples + x;
                        if (float.IsPositiveInfinity(depth[index])) continue;
                        sum += colours[index];
                        covered++;
                    }
                if (covered < whole) sum += (whole - covered) * backdrop(new Vector2(column + 0.5f, row + 0.5f));
                picture[row * Width + column] = sum / whole;
            }
    }
}
