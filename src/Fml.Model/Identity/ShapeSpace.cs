using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Fml.Model;

/// <summary>
/// A linear space of displacements of a mesh, for asking how near it comes to true shapes: the floor under the error of every model
/// that lives in it. Displacements are planar, [3,V], mm; "near" is least squares over all vertices.
/// </summary>
public abstract class ShapeSpace
{
    private ShapeSpace()
    {
    }

    /// <summary>All that the nodes of a graph can do, <c>S d</c>.</summary>
    public static ShapeSpace Whole(DeformationGraph graph) => new OfGraph(graph, []);

    /// <summary>
    /// What a separation mode leaves to the neutral shape: <c>S P d</c>, and in <see cref="SeparationMode.Soft"/>
    /// <c>S P d + B epsilon</c>.
    /// </summary>
    public static ShapeSpace Allowed(FaceTemplate template, DeformationGraph graph, Nullspace nullspace)
    {
        var identity = new OfGraph(graph, nullspace.Columns);
        return nullspace.Mode == SeparationMode.Soft
            ? new Sum(identity, template.Expressions.Select(e => Planar.From(e.Offsets.AsSpan())))
            : identity;
    }

    /// <summary>The span of given displacements, each [V].</summary>
    public static ShapeSpace Span(IEnumerable<Vector3[]> displacements) =>
        new OfBasis(Columns.Orthonormalise([.. displacements.Select(d => Planar.From(d))], tolerance: 1e-6));

    /// <summary>The span of the columns of an identity basis, <c>S Theta</c>.</summary>
    /// <param name="graph">Deformation graph.</param>
    /// <param name="basis">[3N,g], row by row, as it acts, that is after the projection.</param>
    /// <param name="columns">g.</param>
    public static ShapeSpace Span(DeformationGraph graph, ReadOnlySpan<float> basis, int columns) =>
        new OfNodes(graph, new GraphFit(graph).Orthonormalise(Nodes(graph, basis, columns), tolerance: 1e-6));

    /// <summary>
    /// The directions in which an identity basis moves the surface, strongest first: those of <c>S Theta alpha</c> for codes of mean square 1.
    /// </summary>
    /// <param name="graph">Deformation graph.</param>
    /// <param name="basis">[3N,g], row by row, as it acts, that is after the projection.</param>
    /// <param name="columns">g.</param>
    /// <returns>The space of the first k directions (of fewer, if the basis has fewer), and the variance of every direction, mm^2.</returns>
    internal static (Func<int, ShapeSpace> First, double[] Variances) Principal(DeformationGraph graph, ReadOnlySpan<float> basis, int columns)
    {
        var (directions, variances) = new GraphFit(graph).Principal(Nodes(graph, basis, columns));
        return (k => new OfNodes(graph, directions[..Math.Min(k, directions.Length)]), variances);
    }

    /// <summary>The directions of displacements, each [V], strongest first; see the other.</summary>
    /// <param name="displacements">Of people, or of the directions of a basis.</param>
    /// <param name="most">Most directions.</param>
    /// <returns>As the other, and how many directions there are.</returns>
    internal static (Func<int, ShapeSpace> First, int Count, double[] Variances) Principal(IEnumerable<Vector3[]> displacements, int most)
    {
        var (directions, variances) = PrincipalDirections.Of([.. displacements.Select(d => Planar.From(d))], most);
        return (k => new OfBasis(directions[..Math.Min(k, directions.Length)]), directions.Length, variances);
    }

    private static double[][] Nodes(DeformationGraph graph, ReadOnlySpan<float> basis, int columns)
    {
        var nodes = new double[columns][];
        for (var c = 0; c < columns; c++)
        {
            nodes[c] = new double[3 * graph.NodeCount];
            for (var r = 0; r < nodes[c].Length; r++) nodes[c][r] = basis[r * columns + c];
        }
        return nodes;
    }

    /// <summary>The displacement of the space nearest to a given one, [3,V].</summary>
    public abstract double[] Nearest(double[] displacement);

    /// <summary>
    /// The best that a model in this space can do for one true neutral shape: displacement and alignment in turn until neither changes.
    /// </summary>
    /// <param name="template">Mean shape and evaluation region.</param>
    /// <param name="truth">[V], mm.</param>
    /// <returns>The error over the evaluation region, best fitted with the size as it is and, beside it, with the size free.</returns>
    public GeometryError Floor(FaceTemplate template, Vector3[] truth)
    {
        var region = template.EvaluationRegion.AsSpan();
        var (rigid, scaled) = (Fit(template, truth, withScale: false), Fit(template, truth, withScale: true));
        return new GeometryError(
            DistanceStatistics.Of(GeometryError.PerVertex(rigid, truth, region, withScale: false)),
            DistanceStatistics.Of(GeometryError.PerVertex(scaled, truth, region, withScale: true)));
    }

    /// <summary>The shape of this space nearest to a true one up to a rigid motion or a similarity; see <see cref="Floor"/>.</summary>
    /// <param name="template">Mean shape.</param>
    /// <param name="truth">[V], mm.</param>
    /// <param name="withScale">Let the size be free.</param>
    /// <returns>[V], mm, where the model has it, not where the truth stands.</returns>
    public Vector3[] Fit(FaceTemplate template, Vector3[] truth, bool withScale)
    {
        int[] all = [.. Enumerable.Range(0, template.VertexCount)];
        var mean = Planar.From(template.Positions.AsSpan());
        var motions = new Motions(this, template, withScale);
        var shape = template.Positions.ToArray();
        var before = double.PositiveInfinity;
        for (var round = 0; round < 50; round++)
        {
            var motion = Alignment.Align(shape, truth, all, withScale);
            var offset = Planar.From(motion.Inverse().Apply(truth));
            Columns.Add(-1, mean, offset);
            motions.Remove(offset);
            var nearest = Nearest(offset);
            Columns.Add(-1, nearest, offset);
            Columns.Add(1, mean, nearest);
            shape = Planar.Points(nearest);
            var residual = Columns.Norm(offset) * motion.Scale;
            if (!(residual < 0.9999 * before)) break;
            before = residual;
        }
        return shape;
    }

    // Displacement and alignment in turn would creep where the space nearly holds the motions; so each round solves for both at once, the
    // motions to first order, and the alignment then makes them exact.
    private sealed class Motions
    {
        private readonly double[][] motions;
        private readonly double[][] beyond; // the part of each that the space does not hold
        private readonly Cholesky<double> normal;

        public Motions(ShapeSpace space, FaceTemplate template, bool withScale)
        {
            var rigid = Nullspace.RigidMotions(template.Positions);
            var size = Planar.From(template.Positions.AsSpan());
            var length = Columns.Norm(size);
            motions = withScale ? [.. rigid, [.. size.Select(x => x / length)]] : rigid;
            beyond = [.. motions.Select(motion =>
            {
                double[] rest = [.. motion];
                Columns.Add(-1, space.Nearest(motion), rest);
                return rest;
            })];
            // The ridge leaves to the space what it holds itself.
            normal = DenseMatrix.Create(motions.Length, motions.Length, (i, j) =>
                Columns.Dot(beyond[i], beyond[j]) + (i == j ? 1e-6 : 0)).Cholesky();
        }

        public void Remove(double[] offset)
        {
            var amounts = normal.Solve(DenseVector.Create(motions.Length, i => Columns.Dot(beyond[i], offset)));
            for (var i = 0; i < motions.Length; i++) Columns.Add(-amounts[i], motions[i], offset);
        }
    }

    private sealed class OfGraph : ShapeSpace
    {
        private readonly DeformationGraph graph;
        private readonly GraphFit fit;
        private readonly FreeNodes free;

        public OfGraph(DeformationGraph graph, double[][] q)
        {
            this.graph = graph;
            fit = new GraphFit(graph);
            free = new FreeNodes(fit, q);
        }

        public override double[] Nearest(double[] displacement)
        {
            var d = fit.Fit([displacement])[0];
            free.MoveTo(d);
            var lifted = new double[displacement.Length];
            graph.Lift(d, lifted);
            return lifted;
        }
    }

    // The same as OfBasis of the lifted columns S W, which are never formed: they are many times longer.
    private sealed class OfNodes(DeformationGraph graph, double[][] orthonormal) : ShapeSpace
    {
        public override double[] Nearest(double[] displacement)
        {
            double[] gathered = new double[3 * graph.NodeCount], d = new double[gathered.Length], lifted = new double[displacement.Length];
            graph.Gather(displacement, gathered);
            foreach (var column in orthonormal) Columns.Add(Columns.Dot(column, gathered), column, d);
            graph.Lift(d, lifted);
            return lifted;
        }
    }

    private sealed class OfBasis(double[][] orthonormal) : ShapeSpace
    {
        public override double[] Nearest(double[] displacement)
        {
            var nearest = new double[displacement.Length];
            foreach (var column in orthonormal) Columns.Add(Columns.Dot(column, displacement), column, nearest);
            return nearest;
        }
    }

    // A space and further columns: what the columns add is their part orthogonal to the space.
    private sealed class Sum : ShapeSpace
    {
        private readonly ShapeSpace first;
        private readonly OfBasis rest;

        public Sum(ShapeSpace first, IEnumerable<double[]> columns)
        {
            this.first = first;
            rest = new OfBasis(Columns.Orthonormalise([.. columns.Select(column =>
            {
                double[] beyond = [.. column];
                Columns.Add(-1, first.Nearest(column), beyond);
                return beyond;
            })]));
        }

        public override double[] Nearest(double[] displacement)
        {
            var nearest = first.Nearest(displacement);
            Columns.Add(1, rest.Nearest(displacement), nearest);
            return nearest;
        }
    }
}
