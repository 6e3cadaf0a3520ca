using static Fml.Model.HeadCurves;

namespace Fml.Model;

/// <summary>
/// The mesh of the head in its chart: points, dense on the face and denser around eyes, mouth and nose, and their Delaunay triangles.
/// Made for the left half and mirrored. The lips' and the lids' rims are curves of points; the mouth's hole is cut out.
/// </summary>
/// <param name="Chart">Chart coordinates, [V].</param>
/// <param name="Triangles">[3T], counter-clockwise in the chart.</param>
/// <param name="Mirror">The vertex on the other side, [V]; itself on the midline.</param>
internal sealed record HeadLayout((double U, double V)[] Chart, int[] Triangles, int[] Mirror)
{
    private const int Columns = 128, Rows = 256, Rounds = 24;

    // Wanted spacing in the chart for a head whose finest spacing is 1 mm, at the nodes of a grid over the left half.
    private static readonly Lazy<double[]> Spacing = new(MeasureSpacing);

    private static readonly Lazy<(double U, double V)[]> Rim = new(() => Sampled(t => Lid(2 * t, 0)));
    private static readonly Lazy<(double U, double V)[]> Waterline = new(() => Sampled(t => Lid(2 * t, 1.05)));

    private static (double U, double V)[] Sampled(Func<double, (double U, double V)> curve) =>
        [.. Enumerable.Range(0, 1601).Select(i => curve(i / 1600.0))];

    // The rim of the lids: t from 0 (inner corner) over the upper lid to 1 (outer corner) and back below to 2.
    private static (double U, double V) Lid(double t, double inset)
    {
        double dx = HeadEye.HalfWidth * -Math.Cos(Math.PI * t), open = 0.5 * (HeadEye.Upper(dx) - HeadEye.Lower(dx));
        double y = t < 1 ? HeadEye.Upper(dx) - Math.Min(inset, open) : HeadEye.Lower(dx) + Math.Min(inset, open);
        return HeadChart.FromFront(HeadEye.CentreX + dx, y);
    }

    /// <summary>Lays out a head with as nearly as possible the given number of vertices.</summary>
    public static HeadLayout Of(int vertexCount)
    {
        double scale = Math.Sqrt(ExpectedCount() / vertexCount);
        var best = Build(scale);
        for (int attempt = 0; attempt < 4 && Math.Abs(best.Chart.Length - vertexCount) > 0.004 * vertexCount; attempt++)
        {
            scale *= Math.Sqrt((double)best.Chart.Length / vertexCount);
            var next = Build(scale);
            if (Math.Abs(next.Chart.Length - vertexCount) < Math.Abs(best.Chart.Length - vertexCount)) best = next;
        }
        return best.Relaxed().Meshed();
    }

    private static Half Build(double scale)
    {
        var half = new Half(scale);
        half.AddCurves();
        half.Fill();
        return half;
    }

    // How fine the mesh should be, in units of the finest spacing.
    private static double Fineness(in HeadSite site)
    {
        double ax = Math.Abs(site.Bare.X), y = site.Bare.Y;
        double face = Plateau(ax / 62, (y + 30) / 74) * site.Front;
        double eye = Plateau((ax - HeadEye.CentreX) / 19, y / 10.5), mouth = Plateau(ax / 29, (y + 71.5) / 14);
        double nose = Plateau(ax / 19, (y + 44) / 12), brow = Bell((ax - 30) / 18, (y - 19) / 6);
        double ear = Plateau((site.Bare.Z + 14) / 19, (y + 20) / 33) * (1 - site.Front);
        double fine = 0.20 + 0.30 * face + 0.18 * ear;
        double features = Math.Max(eye, Math.Max(0.75 * mouth, Math.Max(0.72 * nose, 0.6 * brow)));
        fine = Mix(fine, 1, site.Front * features);
        return 1 / Mix(fine, 0.30, Step(0.05, 0.6, site.Mouth.Inner));
    }

    private static double[] MeasureSpacing()
    {
        var spacing = new double[(Columns + 1) * (Rows + 1)];
        for (int row = 0; row <= Rows; row++)
            for (int column = 0; column <= Columns; column++)
            {
                double u = column / (double)Columns, v = 2.0 * row / Rows - 1, r = Math.Sqrt(u * u + v * v);
                if (r > 0.998) (u, v) = (u * 0.998 / r, v * 0.998 / r);
                const double step = 1.5e-3;
                var site = HeadFeatures.At(Math.Max(u, step), v);
                var along = HeadFeatures.At(Math.Max(u, step) + step, v).Position - site.Position;
                var up = HeadFeatures.At(Math.Max(u, step), v - Math.CopySign(step, v)).Position - site.Position;
                double stretch = Math.Sqrt(System.Numerics.Vector3.Cross(along, up).Length()) / step;
                spacing[row * (Columns + 1) + column] = Fineness(site) / Math.Max(stretch, 20);
            }
        return spacing;
    }

    private static double SpacingAt(double u, double v)
    {
        double x = Math.Clamp(u, 0, 1) * Columns, y = Math.Clamp((v + 1) / 2, 0, 1) * Rows;
        int column = Math.Min((int)x, Columns - 1), row = Math.Min((int)y, Rows - 1);
        var grid = Spacing.Value;
        int i = row * (Columns + 1) + column;
        return Mix(Mix(grid[i], grid[i + 1], x - column), Mix(grid[i + Columns + 1], grid[i + Columns + 2], x - column), y - row);
    }

    private static double ExpectedCount()
    {
        double sum = 0;
        for (int row = 0; row < Rows; row++)
            for (int column = 0; column < Columns; column++)
            {
                double u = (column + 0.5) / Columns, v = 2 * (row + 0.5) / Rows - 1;
                if (u * u + v * v < 1 && !InHole(u, v)) sum += 2.0 / (Columns * Rows) / (Math.Sqrt(0.75) * Math.Pow(SpacingAt(u, v), 2));
            }
        return 2 * sum;
    }

    private static bool InHole(double u, double v)
    {
        if (u > 0.4 || v > 0.2 || v < -0.6) return false;
        var (azimuth, y) = HeadChart.ToHead(u, v);
        if (Math.Abs(y - HeadMouth.Line(0)) > 8 || azimuth > 0.6) return false;
        double ax = HeadLoft.At(azimuth, y).X;
        return ax < HeadMouth.HalfWidth && Math.Abs(y - HeadMouth.Line(ax)) < HeadMouth.Hole * HeadMouth.Gap(ax) - 1e-4;
    }

    // The left half while it is being made: fixed points (curves) first, then free ones.
    private sealed class Half(double scale)
    {
        private readonly List<(double U, double V)> _points = [];
        private readonly PointGrid _grid = new();
        private (double U, double V)[] _hole = [];
        private int _fixed;

        public (double U, double V)[] Chart => [.. _points.Where(p => p.U > 0).SelectMany(p => new[] { p, p }),
            .. _points.Where(p => p.U <= 0)];

        private double Size(double u, double v) => scale * SpacingAt(u, v);

        public void AddCurves()
        {
            AddMouth();
            Curve(Rim.Value, 0.9);
            Curve(Waterline.Value, 0.9);
            double top = _hole[0].V, bottom = _hole[^1].V;
            Curve(Sampled(t => (Math.Sin(Math.PI * t), -Math.Cos(Math.PI * t))), 1);
            Curve(Sampled(t => (0, Mix(-1, bottom, t))), 1);
            Curve(Sampled(t => (0, Mix(top, 1, t))), 1);
            _fixed = _points.Count;
        }

        // The rims of the lips and the edge of the hole, at the same stations above and below, so that every edge of the hole is an edge
        // of the mesh.
        private void AddMouth()
        {
            const int fine = 250;
            var length = new double[fine + 1];
            static (double U, double V) At(double ax, double part) =>
                HeadChart.FromFront(ax, HeadMouth.Line(ax) + part * HeadMouth.Gap(ax));
            for (int i = 1; i <= fine; i++)
            {
                var (a, b) = (At(HeadMouth.HalfWidth * (i - 1) / fine, HeadMouth.Hole), At(HeadMouth.HalfWidth * i / fine, HeadMouth.Hole));
                double size = 0.5 * Math.Min(Size(b.U, b.V), 1.3 * Size(At(HeadMouth.HalfWidth * i / fine, 1).U,
                    At(HeadMouth.HalfWidth * i / fine, 1).V));
                length[i] = length[i - 1] + 0.5 * Math.Sqrt(Math.Pow(a.U - b.U, 2) + Math.Pow(a.V - b.V, 2)) / size;
            }
            int count = Math.Max(6, (int)Math.Round(length[fine]));
            var stations = Enumerable.Range(0, count).Select(i => HeadMouth.HalfWidth
                * Array.FindIndex(length, l => l >= length[fine] * i / count - 1e-9) / fine).ToArray();
            double step = HeadMouth.HalfWidth / count;
            var upper = stations.Where(ax => 2 * HeadMouth.Hole * HeadMouth.Gap(ax) > 0.25 * step).Select(ax =>
                At(ax, HeadMouth.Hole)).ToArray();
            var lower = stations.Where(ax => 2 * HeadMouth.Hole * HeadMouth.Gap(ax) > 0.25 * step).Select(ax =>
                At(ax, -HeadMouth.Hole)).Reverse().ToArray();
            _hole = [.. upper, At(HeadMouth.HalfWidth, 0), .. lower];
            foreach (var (u, v) in _hole) Add(u < 1e-9 ? 0 : u, v); // all of them: the hole's edge
            // The rims, a ring between them and the hole, and the border of the red.
            foreach (double side in (double[])[1, -1])
                foreach (double ax in stations)
                {
                    double gap = (1 - HeadMouth.Hole) * HeadMouth.Gap(ax), red = HeadMouth.Vermilion(side, ax);
                    if (gap > 0.45 * step) AddSnapped(At(ax, side));
                    if (gap > 1.2 * step) AddSnapped(At(ax, side * Mix(1, HeadMouth.Hole, 0.55)));
                    if (red > 0.8 * step) AddSnapped(HeadChart.FromFront(ax, HeadMouth.Unroll(ax, side, red)));
                }
        }

        private void AddSnapped((double U, double V) point)
        {
            double u = point.U < 1e-9 ? 0 : point.U;
            if (_grid.Nearest(u, point.V) > 0.35 * Size(u, point.V)) Add(u, point.V);
        }

        private bool Cut(double u, double v)
        {
            // Even-odd rule; the polygon closes along the midline.
            bool inside = false;
            for (int i = 0, j = _hole.Length - 1; i < _hole.Length; j = i++)
            {
                var (a, b) = (_hole[i], _hole[j]);
                if (a.V > v != b.V > v && u < (b.U - a.U) * (v - a.V) / (b.V - a.V) + a.U) inside = !inside;
            }
            return inside;
        }

        // The Delaunay triangles of the half; the midline is bowed outwards a little, so that the hull is strictly convex.
        private static int[] Triangulate((double U, double V)[] points) =>
            Delaunay.Triangulate(Array.ConvertAll(points, p => (p.U - 0.05 * (1 - p.V * p.V), p.V)));

        // Points along a curve at the wanted spacing; where it comes too near to earlier points they are left out.
        private void Curve((double U, double V)[] curve, double density)
        {
            int fine = curve.Length - 1;
            var length = new double[fine + 1];
            for (int i = 1; i <= fine; i++)
            {
                double du = curve[i].U - curve[i - 1].U, dv = curve[i].V - curve[i - 1].V;
                length[i] = length[i - 1] + density * Math.Sqrt(du * du + dv * dv) / Size(curve[i].U, curve[i].V);
            }
            int count = Math.Max(4, 2 * (int)Math.Round(length[fine] / 2));
            for (int i = 0, at = 0; i <= count; i++)
            {
                double wanted = length[fine] * i / count;
                while (at < fine && length[at] < wanted - 1e-9) at++;
                var (u, v) = curve[at];
                if (u < 1e-9) u = 0;
                if (_grid.Nearest(u, v) > 0.5 * Size(u, v)) Add(u, v);
            }
        }

        private void Add(double u, double v)
        {
            _points.Add((u, v));
            _grid.Add(u, v);
        }

        // Darts thrown where the mesh is fine, kept when no other point is near (Poisson disk).
        public void Fill()
        {
            var random = new Random(20190616);
            var cumulative = new double[Columns * Rows];
            double sum = 0;
            for (int i = 0; i < cumulative.Length; i++)
            {
                double u = (i % Columns + 0.5) / Columns, v = 2 * (i / Columns + 0.5) / Rows - 1;
                cumulative[i] = sum += 1 / Math.Pow(SpacingAt(u, v), 2);
            }
            double darts = 16 * 0.5 * ExpectedCount() / (scale * scale);
            for (int dart = 0; dart < darts; dart++)
            {
                int cell = Array.BinarySearch(cumulative, sum * random.NextDouble());
                if (cell < 0) cell = Math.Min(~cell, cumulative.Length - 1);
                double u = (cell % Columns + random.NextDouble()) / Columns, v = 2 * (cell / Columns + random.NextDouble()) / Rows - 1;
                double size = Size(u, v);
                if (u < 0.5 * size || u * u + v * v > Math.Pow(1 - 0.5 * size, 2) || InHole(u, v)) continue;
                if (_grid.Nearest(u, v, 0.79 * size) >= 0.79 * size) Add(u, v);
            }
        }

        // Springs that push neighbours to the wanted distance (Persson and Strang 2004), on the free points.
        public Half Relaxed()
        {
            int[] triangles = [];
            var points = _points.ToArray();
            var push = new (double U, double V)[points.Length];
            for (int round = 0; round < Rounds; round++)
            {
                if (round % 3 == 0) triangles = Triangulate(points);
                Array.Clear(push);
                for (int e = 0; e < triangles.Length; e++)
                {
                    int a = triangles[e], b = triangles[e % 3 == 2 ? e - 2 : e + 1];
                    double du = points[b].U - points[a].U, dv = points[b].V - points[a].V, l = Math.Sqrt(du * du + dv * dv);
                    double size = Size(0.5 * (points[a].U + points[b].U), 0.5 * (points[a].V + points[b].V));
                    double force = 0.1 * Math.Max(0, 1.15 * size - l) / l;
                    push[a] = (push[a].U - force * du, push[a].V - force * dv);
                    push[b] = (push[b].U + force * du, push[b].V + force * dv);
                }
                for (int i = _fixed; i < points.Length; i++)
                {
                    double u = points[i].U + push[i].U, v = points[i].V + push[i].V, size = Size(u, v);
                    if (u > 0.4 * size && u * u + v * v < Math.Pow(1 - 0.4 * size, 2) && !InHole(u, v)) points[i] = (u, v);
                }
            }
            _points.Clear();
            _points.AddRange(points);
            return this;
        }

        // Both halves with their triangles; vertices of the midline first, then left and right by turns.
        public HeadLayout Meshed()
        {
            var half = _points.OrderBy(p => p.U > 0).ThenBy(p => Math.Floor(p.V * 40)).ThenBy(p => p.U).ToArray();
            int middle = half.Count(p => p.U <= 0);
            int Right(int i) => i < middle ? i : middle + 2 * (i - middle) + 1;
            int Left(int i) => i < middle ? i : middle + 2 * (i - middle);
            var chart = new (double U, double V)[2 * half.Length - middle];
            var mirror = new int[chart.Length];
            for (int i = 0; i < half.Length; i++)
            {
                (chart[Left(i)], chart[Right(i)]) = (half[i], (-half[i].U, half[i].V));
                if (i < middle) chart[i] = (0, half[i].V);
                (mirror[Left(i)], mirror[Right(i)]) = (Right(i), Left(i));
            }
            int[] all = Triangulate(half);
            var triangles = new List<int>();
            for (int t = 0; t < all.Length; t += 3)
            {
                int a = all[t], b = all[t + 1], c = all[t + 2];
                double u = (half[a].U + half[b].U + half[c].U) / 3, v = (half[a].V + half[b].V + half[c].V) / 3;
                if ((a < middle && b < middle && c < middle) || Cut(u, v)) continue;
                triangles.AddRange([Left(a), Left(b), Left(c), Right(a), Right(c), Right(b)]);
            }
            return new(chart, [.. triangles], mirror);
        }
    }

    // Points in buckets, for finding near ones.
    private sealed class PointGrid
    {
        private const int Cells = 128;
        private readonly List<(double U, double V)>?[] _cells = new List<(double, double)>?[Cells * 2 * Cells];

        private static int Column(double u) => Math.Clamp((int)(u * Cells), 0, Cells - 1);

        private static int Row(double v) => Math.Clamp((int)((v + 1) * Cells), 0, 2 * Cells - 1);

        public void Add(double u, double v) => (_cells[Row(v) * Cells + Column(u)] ??= []).Add((u, v));

        /// <summary>Distance of the nearest point, or something above reach when none is within it.</summary>
        public double Nearest(double u, double v, double reach = 0.1)
        {
            double best = 4;
            int left = Column(u - reach), right = Column(u + reach), low = Row(v - reach), high = Row(v + reach);
            for (int row = low; row <= high; row++)
                for (int column = left; column <= right; column++)
                {
                    if (_cells[row * Cells + column] is not { } cell) continue;
                    foreach (var p in cell) best = Math.Min(best, (p.U - u) * (p.U - u) + (p.V - v) * (p.V - v));
                }
            return Math.Sqrt(best);
        }
    }
}
