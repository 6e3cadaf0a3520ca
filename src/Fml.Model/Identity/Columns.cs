using System.Numerics;
using System.Runtime.InteropServices;

namespace Fml.Model;

/// <summary>Plain linear algebra on a matrix kept as a list of its columns.</summary>
internal static class Columns
{
    /// <summary>Inner product.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var va = MemoryMarshal.Cast<double, Vector<double>>(a);
        var vb = MemoryMarshal.Cast<double, Vector<double>>(b);
        var (even, odd) = (Vector<double>.Zero, Vector<double>.Zero);
        var i = 0;
        for (; i + 1 < va.Length; i += 2)
        {
            even += va[i] * vb[i];
            odd += va[i + 1] * vb[i + 1];
        }
        if (i < va.Length) even += va[i] * vb[i];
        var sum = Vector.Sum(even + odd);
        for (var r = va.Length * Vector<double>.Count; r < a.Length; r++) sum += a[r] * b[r];
        return sum;
    }

    /// <summary><c>y += factor x</c>.</summary>
    public static void Add(double factor, ReadOnlySpan<double> x, Span<double> y)
    {
        var vx = MemoryMarshal.Cast<double, Vector<double>>(x);
        var vy = MemoryMarshal.Cast<double, Vector<double>>(y);
        var f = new Vector<double>(factor);
        for (var i = 0; i < vx.Length; i++) vy[i] += f * vx[i];
        for (var r = vx.Length * Vector<double>.Count; r < x.Length; r++) y[r] += factor * x[r];
    }

    /// <summary>Euclidean norm.</summary>
    public static double Norm(ReadOnlySpan<double> a) => Math.Sqrt(Dot(a, a));

    /// <summary>
    /// Orthonormal columns that span what <paramref name="columns"/> span beyond <paramref name="given"/>, by Gram-Schmidt with column
    /// pivoting, each column orthogonalised twice. A column counts as dependent, and is dropped, when less than
    /// <paramref name="tolerance"/> of its own length is left; one shorter than 1e-6 of the longest counts as zero.
    /// </summary>
    public static double[][] Orthonormalise(
        IReadOnlyList<double[]> columns, IReadOnlyList<double[]>? given = null, double tolerance = 1e-4)
    {
        var longest = columns.Select(c => Norm(c)).DefaultIfEmpty(0).Max();
        var remaining = columns.Where(c => Norm(c) > 1e-6 * longest).Select(Normalised).ToList();
        foreach (var column in remaining) Remove(given ?? [], column);
        var basis = new List<double[]>();
        while (remaining.Count > 0)
        {
            var pivot = remaining.Select((column, i) => (Norm(column), -i)).Max();
            var chosen = remaining[-pivot.Item2];
            if (!(pivot.Item1 > tolerance)) break;
            remaining.RemoveAt(-pivot.Item2);
            Remove(given ?? [], chosen);
            Remove(basis, chosen);
            chosen = Normalised(chosen);
            foreach (var column in remaining) Add(-Dot(chosen, column), chosen, column);
            basis.Add(chosen);
        }
        return [.. basis];
    }

    /// <summary>Takes the part in an orthonormal basis away from a vector.</summary>
    public static void Remove(IReadOnlyList<double[]> basis, Span<double> vector)
    {
        foreach (var b in basis) Add(-Dot(b, vector), b, vector);
    }

    private static double[] Normalised(double[] column)
    {
        var norm = Norm(column);
        return [.. column.Select(x => x / norm)];
    }
}
