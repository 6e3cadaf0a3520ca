using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
    public const float Near = Camera.Near;

    /// <summary>Vertices snap to fractions of a pixel of so many bits, and lie within so many pixels of the origin.</summary>
    internal const int SubpixelBits = 8, Subpixels = 1 << SubpixelBits, Reach = 16384;

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
        long* corners = (long*)scratch; // [V] of snapped x and y
        float* inverse = scratch + 2 * vertexCount;
        Project(x, y, z, vertexCount, camera, corners, inverse);
        var half = Vector128.Create(Subpixels / 2);
        var last = Vector128.Create(width - 1, height - 1, width - 1, height - 1);
        for (int t = 0; t < triangleCount; t++)
        {
            int a = triangles[3 * t], b = triangles[3 * t + 1], c = triangles[3 * t + 2];
            Vector128<int> pa = Corner(corners, a), pb = Corner(corners, b), pc = Corner(corners, c);
            // Bounding box in pixels whose centres may be covered; most triangles of a small picture end here, covering no centre.
            var first = Vector128.Max(
                (Vector128.Min(pa, Vector128.Min(pb, pc)) + half - Vector128<int>.One) >> SubpixelBits, Vector128<int>.Zero);
            var end = Vector128.Min((Vector128.Max(pa, Vector128.Max(pb, pc)) - half) >> SubpixelBits, last);
            if (Vector128.GreaterThanAny(first, end)) continue;
            if (inverse[a] == 0 || inverse[b] == 0 || inverse[c] == 0) continue;
            int ua = pa[0], ub = pb[0], uc = pc[0], va = pa[1], vb = pb[1], vc = pc[1];
            int left = first[0], right = end[0], top = first[1], bottom = end[1];
            // Image y points down, so a triangle that is counter-clockwise seen from outside has a negative area here when it faces the
            // camera.
            long area = (long)(ub - ua) * (vc - va) - (long)(uc - ua) * (vb - va);
            if (area == 0 || (cullBackFaces && area > 0)) continue;
            var target = new Target(width, depth, triangle, barycentric, t);
            if (area > 0) Fill(ua, va, ub, vb, uc, vc, area, inverse[a], inverse[b], inverse[c], left, right, top, bottom, false, target);
            else Fill(ua, va, uc, vc, ub, vb, -area, inverse[a], inverse[c], inverse[b], left, right, top, bottom, true, target);
        }
    }

    // x, y, x, y
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Corner(long* corners, int vertex) => Vector128.Create(corners[vertex]).AsInt32();

    private readonly struct Target(int width, float* depth, int* triangle, float* barycentric, int index)
    {
        public readonly int Width = width;
        public readonly float* Depth = depth;
        public readonly int* Triangle = triangle;
        public readonly float* Barycentric = barycentric;
        public readonly int Index = index;
    }

    private static void Project(float* x, float* y, float* z, int count, Intrinsics camera, long* corners, float* inverse)
    {
        var lanes = Vector256<float>.Count;
        var i = 0;
        for (; i + lanes <= count; i += lanes)
        {
            var w = Project(Vector256.Load(x + i), Vector256.Load(y + i), Vector256.Load(z + i), camera, out var u, out var v);
            w.Store(inverse + i);
            (Vector256.WidenLower(u) | Vector256.WidenLower(v) << 32).Store((ulong*)corners + i);
            (Vector256.WidenUpper(u) | Vector256.WidenUpper(v) << 32).Store((ulong*)corners + i + lanes / 2);
        }
        for (; i < count; i++)
        {
            inverse[i] = Project(
                Vector256.CreateScalar(x[i]), Vector256.CreateScalar(y[i]), Vector256.CreateScalar(z[i]), camera, out var u, out var v)[0];
            corners[i] = (long)(u[0] | (ulong)v[0] << 32);
        }
    }

    // Snapped coordinates, and the inverse distance, 0 where a vertex is not drawn.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Project(
        Vector256<float> x, Vector256<float> y, Vector256<float> z, Intrinsics camera, out Vector256<uint> u, out Vector256<uint> v)
    {
        var distance = -z;
        var w = Vector256<float>.One / distance;
        var px = Vector256.Create(camera.CenterX) + Vector256.Create(camera.Focal) * x * w;
        var py = Vector256.Create(camera.CenterY) - Vector256.Create(camera.Focal) * y * w;
        var (near, reach) = (Vector256.Create(Near), Vector256.Create((float)Reach));
        var drawn = Vector256.GreaterThanOrEqual(distance, near)
            & Vector256.LessThan(Vector256.Abs(px), reach) & Vector256.LessThan(Vector256.Abs(py), reach);
        var nowhere = Vector256.Create(int.MinValue / 4);
        u = Vector256.ConditionalSelect(drawn.AsInt32(), Snap(px), nowhere).AsUInt32();
        v = Vector256.ConditionalSelect(drawn.AsInt32(), Snap(py), nowhere).AsUInt32();
        return w & drawn;
    }

    private static Vector256<int> Snap(Vector256<float> pixels) => Vector256.ConvertToInt32Native(Vector256.Round(pixels * Subpixels));

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
