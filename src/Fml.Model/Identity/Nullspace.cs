using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// What identity must not do: the orthonormal <c>Q</c> of <c>P d = d - Q (Q^T d)</c>. Displacements of nodes are planar: row
/// <c>c N + n</c> is coordinate c (x, y, z) of node n.
/// </summary>
public sealed record Nullspace
{
    private Nullspace()
    {
    }

    /// <summary>How identity and expression are separated.</summary>
    public required SeparationMode Mode { get; init; }

    /// <summary>Number of nodes <c>N</c>.</summary>
    public required int NodeCount { get; init; }

    /// <summary>Number of columns <c>q</c>, 6 of them rigid motions.</summary>
    public required int Rank { get; init; }

    /// <summary><c>Q</c>, [3N,q], row by row, orthonormal columns.</summary>
    public required ImmutableArray<float> Q { get; init; }

    /// <summary>Number of independent displacements left to identity, <c>3N - q</c>.</summary>
    public int Free => 3 * NodeCount - Rank;

    /// <summary>The columns of <c>Q</c>, [q][3N], in double.</summary>
    internal double[][] Columns { get; private init; } = [];

    /// <summary>Builds <c>Q</c> for a template and its graph.</summary>
    /// <param name="template">Mean shape and expressions.</param>
    /// <param name="graph">Deformation graph of the same template.</param>
    /// <param name="mode">How to separate.</param>
    /// <exception cref="FmlException">The graph is another mesh's, or nothing would be left to identity.</exception>
    public static Nullspace Build(FaceTemplate template, DeformationGraph graph, SeparationMode mode)
    {
        if (graph.VertexCount != template.VertexCount)
            throw new FmlException(
                $"The deformation graph binds {graph.VertexCount} vertices, but the template '{template.Name}' "
                + $"has {template.VertexCount}.");
        var rigid = RigidMotions([.. graph.Nodes.Select(v => template.Positions[v])]);
        var expressions = mode switch
        {
            SeparationMode.Graph => new GraphFit(graph).Fit(template.Expressions.Select(e => Planar.From(e.Offsets.AsSpan()))),
            SeparationMode.Mesh or SeparationMode.Soft => OnSurface(template, graph),
            SeparationMode.Off => [],
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "unknown separation mode"),
        };
        double[][] columns = [.. rigid, .. Fml.Model.Columns.Orthonormalise(expressions, rigid)];
        var (rows, rank) = (3 * graph.NodeCount, columns.Length);
        if (rank >= rows)
            throw new FmlException(
                $"{graph.NodeCount} nodes have {rows} displacements and the separation takes {rank} of them, "
                + "which leaves none to identity; use more nodes.");
        var q = new float[rows * rank];
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < rank; c++) q[r * rank + c] = (float)columns[c][r];
        return new Nullspace { Mode = mode, NodeCount = graph.NodeCount, Rank = rank, Q = [.. q], Columns = columns };
    }

    /// <summary>Projects a displacement in place: <c>d := P d</c>.</summary>
    /// <param name="displacement">[3,N], mm.</param>
    public void Project(Span<double> displacement) => Fml.Model.Columns.Remove(Columns, displacement);

    /// <summary>Projects every column of a basis: <c>P Theta</c>.</summary>
    /// <param name="basis">[3N,g], row by row.</param>
    /// <param name="columns">g.</param>
    /// <returns>[3N,g].</returns>
    public float[] Project(ReadOnlySpan<float> basis, int columns)
    {
        var rows = 3 * NodeCount;
        var projected = new float[rows * columns];
        var column = new double[rows];
        for (var c = 0; c < columns; c++)
        {
            for (var r = 0; r < rows; r++) column[r] = basis[r * columns + c];
            Project(column);
            for (var r = 0; r < rows; r++) projected[r * columns + c] = (float)column[r];
        }
        return projected;
    }

    /// <summary>
    /// An orthonormal basis, [6][3N], of what the rigid motions do to points to first order (fewer columns for points on a line).
    /// </summary>
    internal static double[][] RigidMotions(IReadOnlyList<Vector3> points)
    {
        var n = points.Count;
        var centroid = points.Aggregate(Vector3.Zero, (sum, p) => sum + p) / n;
        var size = Math.Max(1e-6f, MathF.Sqrt(points.Sum(p => Vector3.DistanceSquared(p, centroid)) / n)); // turns as long as shifts
        Vector3[] axes = [Vector3.UnitX, Vector3.UnitY, Vector3.UnitZ];
        var shifts = axes.Select(axis => Planar.From([.. Enumerable.Repeat(axis, n)]));
        var turns = axes.Select(axis => Planar.From([.. points.Select(p => Vector3.Cross(axis, p - centroid) / size)]));
        return Fml.Model.Columns.Orthonormalise([.. shifts, .. turns]);
    }

    // S^T A B: orthogonal to it in the nodes' metric is (S d)^T A B = 0, orthogonal to the blendshapes on the surface.
    private static double[][] OnSurface(FaceTemplate template, DeformationGraph graph)
    {
        var areas = MeshArea.PerVertex(template.Positions.AsSpan(), template.Triangles.AsSpan());
        return [.. template.Expressions.Select(expression =>
        {
            var weighted = Planar.From(expression.Offsets.AsSpan());
            for (var i = 0; i < weighted.Length; i++) weighted[i] *= areas[i % areas.Length];
            var gathered = new double[3 * graph.NodeCount];
            graph.Gather(weighted, gathered);
            return gathered;
        })];
    }
}
