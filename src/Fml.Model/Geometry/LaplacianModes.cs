using System.Collections.Immutable;
using Fml.Native;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Fml.Model;

/// <summary>
/// The smoothest functions on a deformation graph: eigenvectors of its Laplacian (degree minus adjacency), lowest frequency first. They
/// know nothing of faces, which makes them an honest start for the learned bases.
/// </summary>
public sealed record LaplacianModes
{
    private LaplacianModes()
    {
    }

    /// <summary>Number of nodes <c>N</c>.</summary>
    public required int NodeCount { get; init; }

    /// <summary>Number of modes <c>m</c>.</summary>
    public int Count => Eigenvalues.Length;

    /// <summary>[m], ascending, 0 for constants.</summary>
    public required ImmutableArray<double> Eigenvalues { get; init; }

    /// <summary>[m,N], mode by mode: orthonormal, the largest entry of each positive.</summary>
    public required ImmutableArray<double> Vectors { get; init; }

    /// <summary>One mode, [N].</summary>
    public ReadOnlySpan<double> this[int mode] => Vectors.AsSpan().Slice(mode * NodeCount, NodeCount);

    /// <summary>Computes the <paramref name="count"/> lowest modes.</summary>
    /// <exception cref="FmlException">More modes than nodes.</exception>
    public static LaplacianModes Build(DeformationGraph graph, int count)
    {
        var n = graph.NodeCount;
        if (count < 1 || count > n)
            throw new FmlException($"A graph of {n} nodes has {n} modes, but {count} were asked for; use more nodes or ask for fewer.");
        var laplacian = new DenseMatrix(n, n);
        foreach (var (a, b) in graph.Edges)
        {
            laplacian[a, a]++;
            laplacian[b, b]++;
            laplacian[a, b]--;
            laplacian[b, a]--;
        }
        var decomposition = laplacian.Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric);
        var vectors = new double[count * n];
        for (var m = 0; m < count; m++)
        {
            var mode = vectors.AsSpan(m * n, n);
            for (var i = 0; i < n; i++) mode[i] = decomposition.EigenVectors[i, m];
            Orient(mode);
        }
        return new LaplacianModes
        {
            NodeCount = n,
            Eigenvalues = [.. decomposition.EigenValues.Take(count).Select(e => Math.Max(0, e.Real))],
            Vectors = [.. vectors],
        };
    }

    // An eigenvector's sign is free: the entry that is largest (the first of those nearly as large) is made positive.
    private static void Orient(Span<double> mode)
    {
        var largest = 0.0;
        foreach (var x in mode) largest = Math.Max(largest, Math.Abs(x));
        foreach (var x in mode)
            if (Math.Abs(x) > 0.999 * largest)
            {
                if (x < 0)
                    for (var i = 0; i < mode.Length; i++) mode[i] = -mode[i];
                return;
            }
    }
}
