using System.Numerics;

namespace Fml.Model.Tests;

public class RasterizerTests
{
    private const int Width = 61, Height = 47;
    private static readonly Intrinsics Camera = new(90, 30.25f, 22.5f);

    private sealed record Image(float[] Depth, int[] Triangle, float[] Barycentric);

    private static Image Draw(Vector3[] points, int[] triangles, bool cull = false)
    {
        float[] x = [.. points.Select(p => p.X)], y = [.. points.Select(p => p.Y)], z = [.. points.Select(p => p.Z)];
        var image = new Image(new float[Width * Height], new int[Width * Height], new float[2 * Width * Height]);
        Rasterizer.Clear(image.Depth, image.Triangle);
        Rasterizer.Draw(
            x, y, z, triangles, Camera, Width, Height, cull, new float[Rasterizer.ScratchLength(points.Length)], image.Depth,
                image.Triangle, image.Barycentric);
        return image;
    }

    private static (double X, double Y) Project(Vector3 p) =>
        (Math.Round(256 * (Camera.CenterX + (double)Camera.Focal * p.X / -p.Z)) / 256,
            Math.Round(256 * (Camera.CenterY - (double)Camera.Focal * p.Y / -p.Z)) / 256);

    // Weights of a pixel's centre in the image plane, or null outside.
    private static (double A, double B, double C)? Inside(Vector3 a, Vector3 b, Vector3 c, int column, int row)
    {
        var (pa, pb, pc) = (Project(a), Project(b), Project(c));
        double area = (pb.X - pa.X) * (pc.Y - pa.Y) - (pc.X - pa.X) * (pb.Y - pa.Y);
        if (area == 0) return null;
        double x = column + 0.5 - pa.X, y = row + 0.5 - pa.Y;
        double wb = (x * (pc.Y - pa.Y) - (pc.X - pa.X) * y) / area, wc = ((pb.X - pa.X) * y - x * (pb.Y - pa.Y)) / area, wa = 1 - wb - wc;
        return wa >= 0 && wb >= 0 && wc >= 0 ? (wa, wb, wc) : null;
    }

    private static Vector3[] Scatter(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => new Vector3(
            400 * random.NextSingle() - 200, 320 * random.NextSingle() - 160, -500 - 300 * random.NextSingle()))];
    }

    [Fact]
    public void Random_triangles_give_the_depths_and_the_weights_of_the_definition()
    {
        var points = Scatter(3, 60);
        int[] triangles = [.. Enumerable.Range(0, 60)];
        var image = Draw(points, triangles);
        int covered = 0, unlike = 0;
        for (int pixel = 0; pixel < Width * Height; pixel++)
        {
            double nearest = double.PositiveInfinity;
            int owner = -1;
            Vector3 weights = default;
            for (int t = 0; t < 20; t++)
            {
                var (a, b, c) = (points[3 * t], points[3 * t + 1], points[3 * t + 2]);
                if (Inside(a, b, c, pixel % Width, pixel / Width) is not { } w) continue;
                double distance = 1 / (w.A / -a.Z + w.B / -b.Z + w.C / -c.Z);
                if (distance >= nearest) continue;
                (nearest, owner) = (distance, t);
                weights = new((float)(w.A / -a.Z * distance), (float)(w.B / -b.Z * distance), (float)(w.C / -c.Z * distance));
            }
            // On an exact edge or tie the two may choose differently; everywhere else they must agree.
            if (owner != image.Triangle[pixel])
            {
                unlike++;
                continue;
            }
            if (owner < 0)
            {
                Assert.True(float.IsPositiveInfinity(image.Depth[pixel]));
                continue;
            }
            covered++;
            Assert.True(Math.Abs(image.Depth[pixel] - nearest) <= 1e-3 * 1);
            Assert.True(Math.Abs(image.Barycentric[2 * pixel] - weights.Y) <= 1e-4);
            Assert.True(Math.Abs(image.Barycentric[2 * pixel + 1] - weights.Z) <= 1e-4);
        }
        Assert.True(covered > 1000);
        Assert.True(unlike <= 2, $"{unlike} pixels differ");
    }

    [Fact]
    public void Weights_are_correct_in_perspective()
    {
        // A triangle that leans away strongly: the point that the weights give must project onto the pixel's centre.
        Vector3[] points = [new(-60, -50, -260), new(150, -60, -900), new(10, 220, -700)];
        var image = Draw(points, [0, 1, 2]);
        int covered = 0;
        for (int pixel = 0; pixel < Width * Height; pixel++)
        {
            if (image.Triangle[pixel] < 0) continue;
            float b = image.Barycentric[2 * pixel], c = image.Barycentric[2 * pixel + 1];
            var point = (1 - b - c) * points[0] + b * points[1] + c * points[2];
            Assert.True(Math.Abs(-point.Z - image.Depth[pixel]) <= 2e-3);
            Assert.True(Math.Abs(Camera.CenterX + Camera.Focal * point.X / -point.Z - (pixel % Width + 0.5f)) <= 0.02);
            Assert.True(Math.Abs(Camera.CenterY - Camera.Focal * point.Y / -point.Z - (pixel / Width + 0.5f)) <= 0.02);
            covered++;
        }
        Assert.True(covered > 100);
    }

    [Fact]
    public void Triangles_that_share_edges_leave_no_gap_and_hit_no_pixel_twice()
    {
        // Fans around a vertex, with vertices on pixel centres and corners too, where ties are exact; drawn one by one to count.
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            int spokes = 5 + seed % 7;
            var hub = new Vector3((20.5f - Camera.CenterX) * 5, (Camera.CenterY - 20.5f) * 5, -450);
            Vector3[] points =
            [
                hub,
                .. Enumerable.Range(0, spokes).Select(i =>
                {
                    double angle = 2 * Math.PI * (i + (seed % 2 == 0 ? 0 : 0.5 * random.NextDouble())) / spokes;
                    double column = Math.Round(2 * (20.5 + 15 * Math.Cos(angle))) / 2,
                        row = Math.Round(2 * (20.5 - 15 * Math.Sin(angle))) / 2;
                    return new Vector3((float)((column - Camera.CenterX) * 5), (float)((Camera.CenterY - row) * 5), -450);
                }),
            ];
            var hits = new int[Width * Height];
            for (int i = 0; i < spokes; i++)
            {
                var image = Draw(points, [0, 1 + i, 1 + (i + 1) % spokes]);
                for (int pixel = 0; pixel < hits.Length; pixel++) hits[pixel] += image.Triangle[pixel] < 0 ? 0 : 1;
            }
            Assert.True(hits.Max() <= 1, "a pixel was hit twice");
            // Every row of the hit region is one run: no gap inside the (convex) fan.
            for (int row = 0; row < Height; row++)
            {
                var run = Enumerable.Range(0, Width).Where(column => hits[row * Width + column] > 0).ToArray();
                if (run.Length > 0) Assert.Equal(run[^1] - run[0] + 1, run.Length);
            }
            Assert.True(hits.Sum() > 300);
        }
    }

    [Fact]
    public void The_back_of_a_triangle_is_left_out_on_demand()
    {
        Vector3[] points = [new(-50, -50, -500), new(50, -50, -500), new(0, 60, -500)];
        Assert.Contains(Draw(points, [0, 1, 2], cull: true).Triangle, t => t == 0);
        Assert.DoesNotContain(Draw(points, [0, 2, 1], cull: true).Triangle, t => t == 0);
        Assert.Equal(Draw(points, [0, 1, 2]).Triangle, Draw(points, [0, 2, 1]).Triangle);
    }

    [Fact]
    public void What_lies_behind_the_camera_or_far_outside_is_left_out()
    {
        Vector3[] points = [new(-50, -50, 500), new(50, -50, -500), new(0, 60, -500), new(1e7f, 0, -500), new(float.NaN, 0, -500)];
        Assert.All(Draw(points, [0, 1, 2, 3, 1, 2, 4, 1, 2]).Triangle, t => Assert.Equal(-1, t));
    }

    [Fact]
    public void Short_buffers_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Rasterizer.Draw(
            new float[3], new float[3], new float[3], [0, 1, 2], Camera, 8, 8, false, new float[8], new float[64], default, default));
    }
}
