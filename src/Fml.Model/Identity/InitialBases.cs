using Fml.Native;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Fml.Model;

/// <summary>
/// Where the learned bases start: smooth modes of the deformation graph, lowest frequency first, x, y, z (or red, green, blue) in turn.
/// The columns have unit length; the trainer scales them.
/// </summary>
public static class InitialBases
{
    /// <summary>
    /// An identity basis <c>Theta_s</c> that the projection leaves alone: among the displacements built of the modes and orthogonal to
    /// <c>Q</c>, the smoothest - those of least membrane energy <c>sum |d_i - d_j|^2</c> over the graph's edges at unit length.
    /// </summary>
    /// <param name="modes">All modes of the graph; no more are used than are needed.</param>
    /// <param name="nullspace">The projection.</param>
    /// <param name="columns">Number of shape parameters <c>g</c>.</param>
    /// <returns>[3N,g], row by row, planar nodes, orthonormal columns, smoothest first.</returns>
    /// <exception cref="FmlException">More columns than the modes can give.</exception>
    public static float[] Shape(LaplacianModes modes, Nullspace nullspace, int columns)
    {
        var n = modes.NodeCount;
        var count = Math.Min(modes.Count, (int)Math.Ceiling(1.2 * (columns + nullspace.Rank) / 3));
        var taken = Taken(modes, nullspace, count);
        var available = Math.Max(0, 3 * count - taken.Length);
        if (columns > available)
            throw new FmlException(
                $"{columns} shape parameters were asked for, but {count} modes of a graph of {n} nodes give {available} "
                + "beside the motions taken from identity; use more nodes or fewer parameters.");

        var energies = Energies(modes, count, taken);
        var coefficients = energies.Evd(Symmetricity.Symmetric).EigenVectors;
        var basis = new float[3 * n * columns];
        var column = new double[3 * n];
        for (var c = 0; c < columns; c++)
        {
            column.AsSpan().Clear();
            for (var k = 0; k < 3 * count; k++) Columns.Add(coefficients[k, c], modes[k / 3], column.AsSpan(k % 3 * n, n));
            nullspace.Project(column);
            for (var r = 0; r < column.Length; r++) basis[r * columns + c] = (float)column[r];
        }
        return basis;
    }

    // Q in terms of the modes: coefficient 3 m + axis belongs to mode m along that axis. Orthonormal, as the modes are.
    private static double[][] Taken(LaplacianModes modes, Nullspace nullspace, int count) =>
        Columns.Orthonormalise(
            [.. nullspace.Columns.Select(q => Enumerable.Range(0, 3 * count)
                .Select(k => Columns.Dot(modes[k / 3], q.AsSpan(k % 3 * modes.NodeCount, modes.NodeCount))).ToArray())],
            tolerance: 1e-9);

    // The membrane energy on what is not taken, and far more than any energy on what is: its lowest eigenvectors are free of it.
    private static DenseMatrix Energies(LaplacianModes modes, int count, double[][] taken)
    {
        var size = 3 * count;
        double[] eigenvalues = [.. Enumerable.Range(0, size).Select(k => modes.Eigenvalues[k / 3])];
        var projected = new double[size][];
        for (var k = 0; k < size; k++)
        {
            projected[k] = new double[size];
            projected[k][k] = 1;
            Columns.Remove(taken, projected[k]);
        }
        var wall = 10 * eigenvalues[^1] + 1;
        var energies = new DenseMatrix(size, size);
        Parallel.For(0, size, i =>
        {
            double[] weighted = [.. projected[i].Select((x, k) => x * eigenvalues[k])];
            for (var j = 0; j <= i; j++)
                energies[i, j] = energies[j, i] = Columns.Dot(weighted, projected[j]) + wall * ((i == j ? 1 : 0) - projected[i][j]);
        });
        return energies;
    }

    /// <summary>An albedo basis <c>Theta_a</c>, column by column: modes lifted to the vertices by <c>S</c>, one channel a column.</summary>
    /// <param name="modes">At least a third as many modes as columns.</param>
    /// <param name="graph">The graph of the modes.</param>
    /// <param name="columns">Number of albedo parameters <c>h</c>.</param>
    /// <returns>h columns [3V], planar (all red, then green, then blue), of unit length; one at a time, since all of them may be
    /// hundreds of megabytes.</returns>
    /// <exception cref="FmlException">More columns than three a mode.</exception>
    public static IEnumerable<float[]> Albedo(LaplacianModes modes, DeformationGraph graph, int columns)
    {
        if (columns > 3 * modes.Count)
            throw new FmlException(
                $"{columns} albedo parameters were asked for, but {modes.Count} modes give {3 * modes.Count}; use more nodes or fewer parameters.");
        return Enumerable.Range(0, columns).Select(c => AlbedoColumn(modes[c / 3], graph, c % 3));
    }

    private static float[] AlbedoColumn(ReadOnlySpan<double> mode, DeformationGraph graph, int channel)
    {
        var v = graph.VertexCount;
        var column = new float[3 * v];
        var square = 0.0;
        for (var i = 0; i < v; i++)
        {
            var lifted = 0.0;
            for (var e = graph.BindingStart[i]; e < graph.BindingStart[i + 1]; e++) lifted += graph.BindingWeight[e] * mode[graph.BindingNode[e]];
            column[channel * v + i] = (float)lifted;
            square += lifted * lifted;
        }
        var factor = square > 0 ? (float)(1 / Math.Sqrt(square)) : 0;
        for (var i = channel * v; i < (channel + 1) * v; i++) column[i] *= factor;
        return column;
    }
}
