namespace Fml.Model.Tests;

public class DelaunayTests
{
    [Fact]
    public void No_circle_of_a_triangle_holds_another_point_and_the_hull_is_filled()
    {
        var random = new Random(2);
        (double X, double Y)[] points =
        [
            .. Enumerable.Range(0, 40).Select(i => (Math.Cos(i * Math.PI / 20), Math.Sin(i * Math.PI / 20))),
            .. Enumerable.Range(0, 300).Select(_ => (0.65 * (2 * random.NextDouble() - 1), 0.65 * (2 * random.NextDouble() - 1))),
        ];
        int[] triangles = Delaunay.Triangulate(points);
        double filled = 0;
        for (int t = 0; t < triangles.Length; t += 3)
        {
            var (a, b, c) = (points[triangles[t]], points[triangles[t + 1]], points[triangles[t + 2]]);
            double area = 0.5 * ((b.X - a.X) * (c.Y - a.Y) - (c.X - a.X) * (b.Y - a.Y));
            Assert.True(area > 0);
            filled += area;
            double d = 4 * area, a2 = a.X * a.X + a.Y * a.Y, b2 = b.X * b.X + b.Y * b.Y, c2 = c.X * c.X + c.Y * c.Y;
            double x = (a2 * (b.Y - c.Y) + b2 * (c.Y - a.Y) + c2 * (a.Y - b.Y)) / d,
                y = (a2 * (c.X - b.X) + b2 * (a.X - c.X) + c2 * (b.X - a.X)) / d;
            double radius = Math.Sqrt((a.X - x) * (a.X - x) + (a.Y - y) * (a.Y - y));
            Assert.All(points, p => Assert.True(Math.Sqrt((p.X - x) * (p.X - x) + (p.Y - y) * (p.Y - y)) >= radius * (1 - 1e-7)));
        }
        // A regular polygon of 40 corners.
        Assert.True(Math.Abs(filled - 20 * Math.Sin(Math.PI / 20)) <= 1e-9);
        Assert.Equal(2 * points.Length - 2 - 40, triangles.Length / 3);
    }
}
