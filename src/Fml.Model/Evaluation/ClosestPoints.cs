using System.Numerics;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Fml.Model;

/// <summary>
/// Iterated closest points from points to a surface: Gauss-Newton on the squared distances, which are taken along the surface's normal, so
/// that the surface may slide. The residual is always along that normal, so the steps end where the sum of squares is stationary.
/// </summary>
internal static class ClosestPoints
{
    private const int Iterations = 60;

    // The first steps treat the pairs as fixed points (Besl and McKay 1992), which never overshoots; the later ones let them slide (Chen and
    // Medioni 1992), held back a little so that a plane or a sphere, which may slide for ever, stays where it is.
    private const int FixedIterations = 8;
    private const double Sliding = 0.02;

    // Pairs farther apart than this many medians do not pull: a hole or hair of a scan, which has nothing to do with the face.
    private const float Trim = 5;

    // Movements of the points, mm, below which it is over.
    private const double Enough = 1e-5;

    /// <summary>Refines a motion of a surface.</summary>
    /// <param name="start">The motion to begin with.</param>
    /// <param name="points">Fixed points.</param>
    /// <param name="nearest">For a motion, the point of the surface nearest to each fixed point, in the surface's own space.</param>
    /// <param name="surface">The surface that moves.</param>
    /// <param name="withScale">Let its size change too.</param>
    public static Similarity Refine(
        Similarity start, Vector3[] points, Func<Similarity, NearestPoint[]> nearest, FaceSurface surface, bool withScale)
    {
        var motion = start;
        for (var i = 0; i < Iterations; i++)
        {
            var pairs = nearest(motion);
            if (i < FixedIterations)
            {
                int[] kept = Kept(pairs);
                motion = Alignment.Align([.. pairs.Select(p => p.Point)], points, kept, withScale);
                continue;
            }
            var (next, step) = Slide(motion, points, pairs, surface, withScale);
            motion = next;
            if (!(step > Enough)) break;
        }
        return motion;
    }

    private static int[] Kept(NearestPoint[] pairs)
    {
        float[] sorted = [.. pairs.Select(p => p.Distance).Order()];
        var most = Trim * sorted[sorted.Length / 2];
        return [.. Enumerable.Range(0, pairs.Length).Where(i => pairs[i].Distance <= most)];
    }

    // One step, turned and scaled about the middle of the pairs; and how far it moves points at their usual distance from it.
    private static (Similarity Motion, double Step) Slide(
        Similarity motion, Vector3[] points, NearestPoint[] pairs, FaceSurface surface, bool withScale)
    {
        int[] kept = Kept(pairs);
        var moved = motion.Apply([.. pairs.Select(p => p.Point)]);
        var middle = kept.Aggregate(Vector3.Zero, (sum, i) => sum + moved[i]) / kept.Length;
        var radius = MathF.Sqrt(kept.Average(i => Vector3.DistanceSquared(moved[i], middle)));
        if (!(radius > 0)) return (motion, 0);

        var unknowns = withScale ? 7 : 6;
        var (matrix, right) = (new DenseMatrix(unknowns, unknowns), new DenseVector(unknowns));
        var columns = new Vector3[unknowns];
        foreach (var i in kept)
        {
            var residual = moved[i] - points[i];
            var normal = Direction(residual, motion, pairs[i].Triangle, surface);
            var arm = (moved[i] - middle) / radius;
            (columns[0], columns[1], columns[2]) = (Vector3.UnitX, Vector3.UnitY, Vector3.UnitZ);
            for (var c = 0; c < 3; c++) columns[3 + c] = Vector3.Cross(columns[c], arm);
            if (withScale) columns[6] = arm;
            for (var r = 0; r < unknowns; r++)
            {
                var along = Vector3.Dot(columns[r], normal);
                right[r] -= Vector3.Dot(columns[r], residual);
                for (var c = 0; c < unknowns; c++)
                    matrix[r, c] += (1 - Sliding) * along * Vector3.Dot(columns[c], normal) + Sliding * Vector3.Dot(columns[r], columns[c]);
            }
        }
        for (var r = 0; r < unknowns; r++) matrix[r, r] += 1e-6 * kept.Length;
        var step = matrix.Cholesky().Solve(right);
        return (Moved(motion, middle, step.AsArray(), radius), step.AbsoluteMaximum());
    }

    // Where a residual is next to nothing its direction is noise; the triangle's is meant.
    private static Vector3 Direction(Vector3 residual, Similarity motion, int triangle, FaceSurface surface)
    {
        if (residual.LengthSquared() > 1e-6f) return Vector3.Normalize(residual);
        var (a, b, c) = (Corner(0), Corner(1), Corner(2));
        var normal = Vector3.Cross(b - a, c - a);
        return normal.LengthSquared() > 0 ? Vector3.Normalize(normal) : Vector3.UnitZ;

        Vector3 Corner(int i) => motion.Apply(surface.Positions[surface.Triangles[3 * triangle + i]]);
    }

    private static Similarity Moved(Similarity motion, Vector3 middle, double[] step, float radius)
    {
        var turn = new Vector3((float)(step[3] / radius), (float)(step[4] / radius), (float)(step[5] / radius));
        var rotation = turn.LengthSquared() > 0
            ? Quaternion.CreateFromAxisAngle(Vector3.Normalize(turn), turn.Length()) : Quaternion.Identity;
        var growth = step.Length > 6 ? Math.Exp(step[6] / radius) : 1;
        var (x, y, z) = (Turned(0), Turned(1), Turned(2));
        var shift = new Vector3((float)step[0], (float)step[1], (float)step[2]);
        return new Similarity(
            motion.Scale * growth, new Vector3(x.X, y.X, z.X), new Vector3(x.Y, y.Y, z.Y), new Vector3(x.Z, y.Z, z.Z),
            (float)growth * Vector3.Transform(motion.Translation - middle, rotation) + middle + shift);

        Vector3 Turned(int column) =>
            Vector3.Normalize(Vector3.Transform(new Vector3(motion.RowX[column], motion.RowY[column], motion.RowZ[column]), rotation));
    }
}
