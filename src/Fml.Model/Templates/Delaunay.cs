namespace Fml.Model;

/// <summary>
/// Delaunay triangulation of points in the plane by insertion and edge flips (Lawson 1977). Deterministic; the points should lie within a
/// few units of the origin and be distinct, and those of the hull in strictly convex position (not on a straight line).
/// </summary>
internal sealed class Delaunay
{
    private readonly double[] _x, _y;
    private readonly List<int> _corner = [], _across = [];
    private readonly Stack<int> _suspects = new();
    private int _last;

    private Delaunay(double[] x, double[] y) => (_x, _y) = (x, y);

    /// <summary>Triangles, [3T] indices, counter-clockwise.</summary>
    public static int[] Triangulate(ReadOnlySpan<(double X, double Y)> points)
    {
        int n = points.Length;
        var (x, y) = (new double[n + 3], new double[n + 3]);
        for (int i = 0; i < n; i++) (x[i], y[i]) = points[i];
        // A triangle around everything, far enough away that it hides no edge of the hull.
        const double far = 50;
        (x[n], y[n], x[n + 1], y[n + 1], x[n + 2], y[n + 2]) = (-1.71 * far, -far, 1.73 * far, -1.01 * far, 0.013 * far, 1.9 * far);
        var mesh = new Delaunay(x, y);
        mesh._corner.AddRange([n, n + 1, n + 2]);
        mesh._across.AddRange([-1, -1, -1]);
        foreach (int point in Order(points)) mesh.Insert(point);
        var result = new List<int>();
        for (int t = 0; t < mesh._corner.Count; t += 3)
            if (mesh._corner[t] < n && mesh._corner[t + 1] < n && mesh._corner[t + 2] < n)
                result.AddRange([mesh._corner[t], mesh._corner[t + 1], mesh._corner[t + 2]]);
        return [.. result];
    }

    // Rows of a coarse grid walked to and fro, so that each point is found near the one before.
    private static int[] Order(ReadOnlySpan<(double X, double Y)> points)
    {
        int rows = Math.Max(1, (int)Math.Sqrt(points.Length / 2.0));
        var keys = new (int Row, double Along)[points.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            int row = (int)Math.Floor((points[i].Y + 1) * 0.5 * rows);
            keys[i] = (row, row % 2 == 0 ? points[i].X : -points[i].X);
        }
        int[] order = [.. Enumerable.Range(0, keys.Length)];
        Array.Sort(keys, order);
        return order;
    }

    private double Orient(int a, int b, int c) => (_x[b] - _x[a]) * (_y[c] - _y[a]) - (_x[c] - _x[a]) * (_y[b] - _y[a]);

    // Half edges: edge e of triangle e / 3 runs from _corner[e] to the next corner; _across[e] is its twin.
    private static int Next(int e) => e % 3 == 2 ? e - 2 : e + 1;

    private static int Previous(int e) => e % 3 == 0 ? e + 2 : e - 1;

    private void Insert(int point)
    {
        int inside = Locate(point);
        int e0 = 3 * inside, e1 = e0 + 1, e2 = e0 + 2;
        int a = _corner[e0], b = _corner[e1], c = _corner[e2];
        int twinB = _across[e1], twinC = _across[e2], n = _corner.Count;
        // (a, b, p) stays in place, (b, c, p) and (c, a, p) are new.
        _corner[e2] = point;
        _corner.AddRange([b, c, point, c, a, point]);
        _across.AddRange([-1, -1, -1, -1, -1, -1]);
        Join(n, twinB);
        Join(n + 3, twinC);
        Join(e1, n + 2);
        Join(n + 1, n + 5);
        Join(n + 4, e2);
        _suspects.Push(e0);
        _suspects.Push(n);
        _suspects.Push(n + 3);
        while (_suspects.TryPop(out int edge)) Legalise(edge, point);
        _last = inside;
    }

    private void Join(int e, int f)
    {
        _across[e] = f;
        if (f >= 0) _across[f] = e;
    }

    private int Locate(int point)
    {
        int t = _last;
        for (int steps = 0; steps < _corner.Count; steps++)
        {
            int worst = -1;
            double least = 0;
            for (int e = 3 * t; e < 3 * t + 3; e++)
            {
                double side = Orient(_corner[e], _corner[Next(e)], point);
                if (side < least && _across[e] >= 0) (worst, least) = (e, side);
            }
            if (worst < 0) return t;
            t = _across[worst] / 3;
        }
        return t;
    }

    // Edge e lies opposite the new point; flips it when the far corner lies in the circle.
    private void Legalise(int e, int point)
    {
        int f = _across[e];
        if (f < 0) return;
        int a = _corner[e], b = _corner[Next(e)], far = _corner[Previous(f)];
        if (!InCircle(a, b, point, far)) return;
        // The flip must leave two triangles of positive area.
        if (Orient(a, far, point) <= 0 || Orient(far, b, point) <= 0) return;
        int eNext = Next(e), fNext = Next(f), fPrevious = Previous(f);
        int outerB = _across[eNext], outerFar = _across[fNext];
        // Triangles (a, b, p) and (b, a, far) become (a, far, p) and (far, b, p).
        _corner[eNext] = far;
        _corner[f] = far;
        _corner[fNext] = b;
        _corner[fPrevious] = point;
        int outerOfFar = _across[fPrevious];
        Join(e, outerFar);
        Join(f, outerOfFar);
        Join(fNext, outerB);
        Join(eNext, fPrevious);
        _suspects.Push(e);
        _suspects.Push(f);
    }

    private bool InCircle(int a, int b, int c, int d)
    {
        double ax = _x[a] - _x[d], ay = _y[a] - _y[d], bx = _x[b] - _x[d], by = _y[b] - _y[d], cx = _x[c] - _x[d], cy = _y[c] - _y[d];
        double a2 = ax * ax + ay * ay, b2 = bx * bx + by * by, c2 = cx * cx + cy * cy;
        double determinant = a2 * (bx * cy - by * cx) + b2 * (cx * ay - cy * ax) + c2 * (ax * by - ay * bx);
        // Nearly on the circle counts as outside, so that flips cannot go round in circles.
        return determinant > 1e-15 * (a2 * (Math.Abs(bx * cy) + Math.Abs(by * cx)) + b2 * (Math.Abs(cx * ay) + Math.Abs(cy * ax))
            + c2 * (Math.Abs(ax * by) + Math.Abs(ay * bx)));
    }
}
