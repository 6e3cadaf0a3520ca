using static Fml.Model.HeadCurves;

namespace Fml.Model;

/// <summary>
/// The mesh of the head in its chart: points, dense on the face and denser around eyes, mouth and nose, and their Delaunay triangles. Made for the
/// left half and mirrored. The lips' and the lids' rims are curves of points; the mouth's hole is cut out.
/// </summary>
/// <param name="Chart">Chart coordinates, [V].</param>
/// <param name="Triangles">[3T], counter-clockwise in the chart.</param>
/// <param name="Mirror">The vertex on the other side, [V]; itself on the midline.</param>
internal sealed record HeadLayout((double U, double V)[] Chart, int[] Triangles, int[] Mirror)
{
    private const int Columns = 128, Rows = 256, Rounds = 24;

    // Wanted spacing in the chart for a head whose finest spacing is 1 mm, at the nodes of a grid over the left half.
    private static readonly Lazy<double[]> Spacing = new(MeasureSpacing);

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
        double fine = 0.20 + 0.30 * face + 0.12 * ear;
        double features = Math.Max(eye, Math.Max(0.75 * mouth, Math.Max(0.72 * nose, 0.45 * brow)));
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
        private int _fixed;

        public (double U, double V)[] Chart => [.. _points.Where(p => p.U > 0).SelectMany(p => new[] { p, p }), .. _points.Where(p => p.U <= 0)];

        private double Size(double u, double v) => scale * SpacingAt(u, v);

        public void AddCurves()
        {
            double hole = HeadMouth.Hole;
            (double, double) Mouth(double t, double part)
            {
                // t from 0 (upper lip, midline) through 1 (corner) to 2 (lower lip, midline).
                double ax = HeadMouth.HalfWidth * (t < 1 ? t : 2 - t), side = t < 1 ? 1 : -1;
                return HeadChart.FromFront(ax, HeadMouth.Line(ax) + side * part * HeadMouth.Gap(ax));
            }
            (double, double) Lid(double t, double inset)
            {
                // t from 0 (inner corner) over the upper lid to 1 (outer corner) and back below to 2.
                double dx = HeadEye.HalfWidth * -Math.Cos(Math.PI * t), open = 0.5 * (HeadEye.Upper(dx) - HeadEye.Lower(dx));
                double y = t < 1 ? HeadEye.Upper(dx) - Math.Min(inset, open) : HeadEye.Lower(dx) + Math.Min(inset, open);
                return HeadChart.FromFront(HeadEye.CentreX + dx, y);
            }
            Curve(t => Mouth(2 * t, hole), 1, true);
            Curve(t => Lid(2 * t, 0), 0.9, false);
            Curve(t => Mouth(2 * t, 1), 0.9, false);
            Curve(t => Lid(2 * t, 1.05), 0.9, false);
            double top = HeadChart.FromFront(0, HeadMouth.Line(0) + hole * HeadMouth.Gap(0)).V;
            double bottom = HeadChart.FromFront(0, HeadMouth.Line(0) - hole * HeadMouth.Gap(0)).V;
            Curve(t => (Math.Sin(Math.PI * t), -Math.Cos(Math.PI * t)), 1, true);
            Curve(t => (0, Mix(-1, bottom, t)), 1, false);
            Curve(t => (0, Mix(top, 1, t)), 1, false);
            _fixed = _points.Count;
        }

        // Points along a curve at the wanted spacing; where it comes too near to earlier points it leaves them out, unless it must close.
        private void Curve(Func<double, (double U, double V)> curve, double density, bool boundary)
        {
            const int fine = 4000;
            var length = new double[fine + 1];
            var previous = curve(0);
            for (int i = 1; i <= fine; i++)
            {
                var next = curve(i / (double)fine);
                double du = next.U - previous.U, dv = next.V - previous.V;
                length[i] = length[i - 1] + density * Math.Sqrt(du * du + dv * dv) / Size(next.U, next.V);
                previous = next;
            }
            int count = Math.Max(4, 2 * (int)Math.Round(length[fine] / 2));
            for (int i = 0, at = 0; i <= count; i++)
            {
                double wanted = length[fine] * i / count;
                while (at < fine && length[at] < wanted - 1e-9) at++;
                var (u, v) = curve(at / (double)fine);
                if (u < 1e-9) u = 0;
                double near = _grid.Nearest(u, v);
                bool end = boundary && (i == 0 || i == count / 2 || i == count);
                if (near > (end ? 1e-9 : 0.5 * Size(u, v))) Add(u, v);
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
                if (round % 3 == 0) triangles = Delaunay.Triangulate(points);
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
            int[] all = Delaunay.Triangulate(half);
            var triangles = new List<int>();
            for (int t = 0; t < all.Length; t += 3)
            {
                int a = all[t], b = all[t + 1], c = all[t + 2];
                double u = (half[a].U + half[b].U + half[c].U) / 3, v = (half[a].V + half[b].V + half[c].V) / 3;
                if ((a < middle && b < middle && c < middle) || InHole(u, v)) continue;
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
