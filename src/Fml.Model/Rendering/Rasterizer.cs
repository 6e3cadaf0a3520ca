using System.Runtime.CompilerServices;

namespace Fml.Model;

/// <summary>
/// A z-buffer rasteriser for triangle meshes in camera space (pinhole at the origin looking along -z, <c>method.md</c> section 0). Plain
/// C#, single-threaded, no allocation: the caller owns every buffer.
/// <para> Buffers, row-major, image x right and y down, pixel (i, j) sampled at its centre (i + 0.5, j + 0.5):
/// <c>depth</c> holds the distance <c>-z</c> in mm of the nearest surface and <c>+infinity</c> where there is none;
/// <c>triangle</c> holds the index of the nearest triangle, -1 where there is none;
/// <c>barycentric</c> holds two numbers a pixel, the perspective-correct weights of the triangle's second and third vertex.
/// </para>
/// <para> Vertices snap to 1/256 pixel and edges follow the top-left rule in integers, so that triangles sharing an edge leave no gap and
/// hit no pixel twice. Triangles with a vertex nearer than <see cref="Near"/> or further than 16 384 pixels outside are left out, not
/// clipped.
/// </para>
/// </summary>
public static unsafe class Rasterizer
{
    /// <summary>Least distance <c>-z</c> at which a vertex is drawn, mm.</summary>
    public const float Near = 1;

    private const int SubpixelBits = 8;
    private const int Subpixels = 1 << SubpixelBits;
    private const float Reach = 16384;

    /// <summary>How many numbers <c>Draw</c> needs as scratch.</summary>
    /// <param name="vertexCount">Number of vertices V.</param>
    /// <returns>3 V.</returns>
    public static int ScratchLength(int vertexCount) => 3 * vertexCount;

    /// <summary>Empties the buffers: depth to +infinity, triangles to -1 (barycentrics need no clearing).</summary>
    /// <param name="depth">[height, width].</param>
    /// <param name="triangle">[height, width] or empty.</param>
    public static void Clear(Span<float> depth, Span<int> triangle)
    {
        depth.Fill(float.PositiveInfinity);
        triangle.Fill(-1);
    }

    /// <summary>Draws a mesh into buffers (see the class); call <see cref="Clear"/> first. Arguments are checked.</summary>
    /// <param name="x">Camera-space x, [V], mm.</param>
    /// <param name="y">Camera-space y, [V], mm.</param>
    /// <param name="z">Camera-space z, [V], mm, negative in front of the camera.</param>
    /// <param name="triangles">[3T] vertex indices, counter-clockwise seen from outside.</param>
    /// <param name="camera">Intrinsics in pixels of this image.</param>
    /// <param name="width">Image width.</param>
    /// <param name="height">Image height.</param>
    /// <param name="cullBackFaces">Leave out triangles seen from their back.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/> numbers.</param>
    /// <param name="depth">[height, width].</param>
    /// <param name="triangle">[height, width], or empty when not wanted.</param>
    /// <param name="barycentric">[height, width, 2], or empty when not wanted.</param>
    /// <exception cref="ArgumentException">A buffer is too short.</exception>
    public static void Draw(
        ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> z, ReadOnlySpan<int> triangles, Intrinsics camera,
        int width, int height, bool cullBackFaces, Span<float> scratch, Span<float> depth, Span<int> triangle, Span<float> barycentric)
    {
        int pixels = width * height;
        if (y.Length < x.Length || z.Length < x.Length || scratch.Length < ScratchLength(x.Length) || depth.Length < pixels
            || (!triangle.IsEmpty && triangle.Length < pixels) || (!barycentric.IsEmpty && barycentric.Length < 2 * pixels))
            throw new ArgumentException(
                $"A buffer is too short for {x.Length} vertices and {width}x{height} pixels: "
                + $"y {y.Length}, z {z.Length}, scratch {scratch.Length}, "
                + $"depth {depth.Length}, triangle {triangle.Length}, barycentric {barycentric.Length}.");
        fixed (float* px = x, py = y, pz = z, ps = scratch, pd = depth, pb = barycentric)
        fixed (int* pt = triangles, pi = triangle)
            Draw(px, py, pz, x.Length, pt, triangles.Length / 3, camera, width, height, cullBackFaces, ps, pd, pi, pb);
    }

    /// <summary>The same over pointers, unchecked, for kernels. <paramref name="triangle"/> and <paramref name="barycentric"/> may be
    /// null.</summary>
    /// <param name="x">[V].</param>
    /// <param name="y">[V].</param>
    /// <param name="z">[V].</param>
    /// <param name="vertexCount">V.</param>
    /// <param name="triangles">[3T].</param>
    /// <param name="triangleCount">T.</param>
    /// <param name="camera">Intrinsics in pixels of this image.</param>
    /// <param name="width">Image width.</param>
    /// <param name="height">Image height.</param>
    /// <param name="cullBackFaces">Leave out triangles seen from their back.</param>
    /// <param name="scratch">[3V].</param>
    /// <param name="depth">[height, width].</param>
    /// <param name="triangle">[height, width] or null.</param>
    /// <param name="barycentric">[height, width, 2] or null.</param>
    public static void Draw(
        float* x, float* y, float* z, int vertexCount, int* triangles, int triangleCount, Intrinsics camera,
        int width, int height, bool cullBackFaces, float* scratch, float* depth, int* triangle, float* barycentric)
    {
        int* u = (int*)scratch;
        int* v = u + vertexCount;
        float* inverse = scratch + 2 * vertexCount;
        Project(x, y, z, vertexCount, camera, u, v, inverse);
        for (int t = 0; t < triangleCount; t++)
        {
            int a = triangles[3 * t], b = triangles[3 * t + 1], c = triangles[3 * t + 2];
            int ua = u[a], ub = u[b], uc = u[c], va = v[a], vb = v[b], vc = v[c];
            // Bounding box in pixels whose centres may be covered; most triangles of a small picture end here, covering no centre.
            int left = Math.Max((Min(ua, ub, uc) + Subpixels / 2 - 1) >> SubpixelBits, 0);
            int right = Math.Min((Max(ua, ub, uc) - Subpixels / 2) >> SubpixelBits, width - 1);
            int top = Math.Max((Min(va, vb, vc) + Subpixels / 2 - 1) >> SubpixelBits, 0);
            int bottom = Math.Min((Max(va, vb, vc) - Subpixels / 2) >> SubpixelBits, height - 1);
            if (left > right || top > bottom) continue;
            if (inverse[a] == 0 || inverse[b] == 0 || inverse[c] == 0) continue;
            // Image y points down, so a triangle that is counter-clockwise seen from outside has a negative area here when it faces the
            // camera.
            long area = (long)(ub - ua) * (vc - va) - (long)(uc - ua) * (vb - va);
            if (area == 0 || (cullBackFaces && area > 0)) continue;
            var target = new Target(width, depth, triangle, barycentric, t);
            if (area > 0) Fill(ua, va, ub, vb, uc, vc, area, inverse[a], inverse[b], inverse[c], left, right, top, bottom, false, target);
            else Fill(ua, va, uc, vc, ub, vb, -area, inverse[a], inverse[c], inverse[b], left, right, top, bottom, true, target);
        }
    }

    private readonly struct Target(int width, float* depth, int* triangle, float* barycentric, int index)
    {
        public readonly int Width = width;
        public readonly float* Depth = depth;
        public readonly int* Triangle = triangle;
        public readonly float* Barycentric = barycentric;
        public readonly int Index = index;
    }

    private static void Project(float* x, float* y, float* z, int count, Intrinsics camera, int* u, int* v, float* inverse)
    {
        for (int i = 0; i < count; i++)
        {
            float distance = -z[i];
            float w = 1 / distance;
            float px = camera.CenterX + camera.Focal * x[i] * w, py = camera.CenterY - camera.Focal * y[i] * w;
            bool drawn = distance >= Near && MathF.Abs(px) < Reach && MathF.Abs(py) < Reach;
            u[i] = drawn ? (int)MathF.Round(px * Subpixels) : int.MinValue / 4;
            v[i] = drawn ? (int)MathF.Round(py * Subpixels) : int.MinValue / 4;
            inverse[i] = drawn ? w : 0;
        }
    }

    // Fills a triangle of positive area (clockwise on the screen, y down); swapped: b and c have changed places.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fill(
        int ua, int va, int ub, int vb, int uc, int vc, long area, float wa, float wb, float wc,
        int left, int right, int top, int bottom, bool swapped, in Target target)
    {
        // Edge functions at the first pixel centre; E_a is opposite a, and E_a + E_b + E_c = area.
        int px = (left << SubpixelBits) + Subpixels / 2, py = (top << SubpixelBits) + Subpixels / 2;
        long rowA = Edge(ub, vb, uc, vc, px, py), rowB = Edge(uc, vc, ua, va, px, py), rowC = Edge(ua, va, ub, vb, px, py);
        long stepXa = (long)(vb - vc) << SubpixelBits, stepYa = (long)(uc - ub) << SubpixelBits;
        long stepXb = (long)(vc - va) << SubpixelBits, stepYb = (long)(ua - uc) << SubpixelBits;
        long stepXc = (long)(va - vb) << SubpixelBits, stepYc = (long)(ub - ua) << SubpixelBits;
        // The top-left rule: a centre exactly on an edge belongs to the triangle only if the edge is a top or a left one.
        long biasA = TopLeft(ub, vb, uc, vc), biasB = TopLeft(uc, vc, ua, va), biasC = TopLeft(ua, va, ub, vb);
        float scale = 1f / area;
        for (int row = top; row <= bottom; row++, rowA += stepYa, rowB += stepYb, rowC += stepYc)
        {
            long ea = rowA, eb = rowB, ec = rowC;
            int pixel = row * target.Width + left;
            for (int column = left; column <= right; column++, pixel++, ea += stepXa, eb += stepXb, ec += stepXc)
            {
                if (((ea + biasA) | (eb + biasB) | (ec + biasC)) < 0) continue;
                float pa = ea * scale * wa, pb = eb * scale * wb, pc = ec * scale * wc;
                float distance = 1 / (pa + pb + pc);
                if (!(distance < target.Depth[pixel])) continue;
                target.Depth[pixel] = distance;
                if (target.Triangle != null) target.Triangle[pixel] = target.Index;
                if (target.Barycentric == null) continue;
                target.Barycentric[2 * pixel] = (swapped ? pc : pb) * distance;
                target.Barycentric[2 * pixel + 1] = (swapped ? pb : pc) * distance;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Edge(int ua, int va, int ub, int vb, int px, int py) => (long)(ub - ua) * (py - va) - (long)(vb - va) * (px - ua);

    // 0 for a top or left edge of a screen-clockwise triangle (y down), -1 otherwise.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long TopLeft(int ua, int va, int ub, int vb) => vb < va || (vb == va && ub > ua) ? 0 : -1;

    private static int Min(int a, int b, int c) => Math.Min(a, Math.Min(b, c));

    private static int Max(int a, int b, int c) => Math.Max(a, Math.Max(b, c));
}
