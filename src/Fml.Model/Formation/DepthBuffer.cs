namespace Fml.Model;

/// <summary>The distance <c>-z</c> of the nearest surface at each pixel's centre; both sides of a triangle count.</summary>
internal static unsafe class DepthBuffer
{
    /// <summary>Draws a mesh; triangles with a vertex nearer than <see cref="Camera.Near"/> are left out.</summary>
    /// <param name="positions">[3,V] camera space, mm.</param>
    /// <param name="vertexCount">V.</param>
    /// <param name="triangles">[3T].</param>
    /// <param name="triangleCount">T.</param>
    /// <param name="camera">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="projected">Scratch, [V,3]: image x and y, and the inverse distance (0 where not drawn).</param>
    /// <param name="depth">[height,width], mm, +infinity where there is nothing.</param>
    public static void Draw(
        float* positions, int vertexCount, int* triangles, int triangleCount, Intrinsics camera, int width, int height,
        float* projected, float* depth)
    {
        new Span<float>(depth, width * height).Fill(float.PositiveInfinity);
        for (var v = 0; v < vertexCount; v++)
        {
            var distance = -positions[v + 2 * vertexCount];
            var inverse = distance >= Camera.Near ? 1 / distance : 0;
            projected[3 * v] = camera.CenterX + camera.Focal * positions[v] * inverse;
            projected[3 * v + 1] = camera.CenterY - camera.Focal * positions[v + vertexCount] * inverse;
            projected[3 * v + 2] = inverse;
        }
        for (var t = 0; t < triangleCount; t++)
            Fill(
                projected + 3L * triangles[3 * t], projected + 3L * triangles[3 * t + 1], projected + 3L * triangles[3 * t + 2],
                width, height, depth);
    }

    // The inverse distance is linear over the image, so it is the plane through the three corners.
    private static void Fill(float* a, float* b, float* c, int width, int height, float* depth)
    {
        // Most triangles of a small image cover no pixel's centre and end here.
        var left = First(float.MinNative(a[0], float.MinNative(b[0], c[0])));
        var right = Math.Min(width - 1, Last(float.MaxNative(a[0], float.MaxNative(b[0], c[0]))));
        if (left > right) return;
        var top = First(float.MinNative(a[1], float.MinNative(b[1], c[1])));
        var bottom = Math.Min(height - 1, Last(float.MaxNative(a[1], float.MaxNative(b[1], c[1]))));
        if (top > bottom || a[2] == 0 || b[2] == 0 || c[2] == 0) return;
        var area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
        if (area == 0) return;
        var scale = 1 / area;
        for (var row = top; row <= bottom; row++)
            for (var column = left; column <= right; column++)
            {
                float x = column + 0.5f, y = row + 0.5f;
                var toB = ((x - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (y - a[1])) * scale;
                var toC = ((b[0] - a[0]) * (y - a[1]) - (x - a[0]) * (b[1] - a[1])) * scale;
                if (!(toB >= 0 && toC >= 0 && toB + toC <= 1)) continue;
                var distance = 1 / (a[2] + toB * (b[2] - a[2]) + toC * (c[2] - a[2]));
                if (distance < depth[row * width + column]) depth[row * width + column] = distance;
            }
    }

    // The first pixel whose centre is not before a coordinate, and the last whose centre is not behind it.
    private static int First(float coordinate) => float.ConvertToIntegerNative<int>(MathF.Ceiling(float.MaxNative(coordinate - 0.5f, 0)));

    private static int Last(float coordinate) =>
        float.ConvertToIntegerNative<int>(MathF.Floor(float.MinNative(coordinate - 0.5f, Largest)));

    private const float Largest = 1 << 20;
}
