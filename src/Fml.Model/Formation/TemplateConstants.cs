using System.Collections.Immutable;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>A constant sparse matrix with its nodes made once, so that all products with it share them.</summary>
/// <param name="Matrix">The matrix.</param>
/// <param name="Nodes">Its constants.</param>
public sealed record ConstantMatrix(SparseMatrix Matrix, ImmutableArray<Node> Nodes)
{
    /// <summary>The matrix in one precision.</summary>
    public static ConstantMatrix Of(SparseMatrix matrix, ElementType element) => new(matrix, matrix.Nodes(element));

    /// <summary>Rows are the differences <c>x_A - x_B</c> over edges, [E,V].</summary>
    public static ConstantMatrix Differences(IReadOnlyCollection<(int A, int B)> edges, int vertexCount, ElementType element) => Of(
        SparseMatrix.OfRows(vertexCount, [.. edges.Select(edge => ((int, double)[])[(edge.A, 1), (edge.B, -1)])]), element);

    /// <summary>The Laplacian: rows are what a vertex differs from the mean of its neighbours by, <c>x_i - mean x_j</c> over the edges, [V,V]; 0 where
    /// it has none.</summary>
    public static ConstantMatrix Laplacian(IReadOnlyCollection<(int A, int B)> edges, int vertexCount, ElementType element)
    {
        var neighbours = edges.Neighbours();
        (int, double)[] Row(int i)
        {
            int[] others = [.. neighbours[i].Order()];
            return others.Length == 0 ? [] : [(i, 1), .. others.Select(other => (other, -1.0 / others.Length))];
        }
        return Of(SparseMatrix.OfRows(vertexCount, [.. Enumerable.Range(0, vertexCount).Select(Row)]), element);
    }

    /// <summary>The product along the last axis: [.., columns] to [.., rows].</summary>
    public Node Times(Node x) => Ops.SparseMultiply(Matrix, Nodes, x);
}

/// <summary>What the losses know of a template, as constants of a graph in one precision, made once.</summary>
public sealed record TemplateConstants
{
    private TemplateConstants()
    {
    }

    /// <summary>The template.</summary>
    public required FaceTemplate Template { get; init; }

    /// <summary>f32, or f64 for checking.</summary>
    public required ElementType Element { get; init; }

    /// <summary>Its triangles.</summary>
    public required MeshConstants Mesh { get; init; }

    /// <summary>Area of each vertex over the mean area, [V].</summary>
    public required Node.Constant VertexArea { get; init; }

    /// <summary>Differences over the mesh edges, [E,V].</summary>
    public required ConstantMatrix MeshEdges { get; init; }

    /// <summary>Differences over the edges of the deformation graph, [E',N]; null when made without one.</summary>
    public required ConstantMatrix? GraphEdges { get; init; }

    /// <summary>What a node of the deformation graph differs from its neighbours' mean by, [N,N]; null when made without one.</summary>
    public required ConstantMatrix? GraphLaplacian { get; init; }

    /// <summary>What of a node's displacement is not affine in its surroundings, [N,N]; see <see cref="Model.NodeBending"/>. Null when made without
    /// a deformation graph.</summary>
    public required ConstantMatrix? NodeBending { get; init; }

    /// <summary>Places of the nodes and those opposite; null when made without a deformation graph.</summary>
    public required MirrorPlaces? Mirror { get; init; }

    /// <summary>Unit normals of the undeformed face at the nodes, [3,N]; null when made without a deformation graph.</summary>
    public required Node.Constant? NodeNormals { get; init; }

    /// <summary>The 51 landmarks that do not slide (17 to 67) from the vertices, [51,V].</summary>
    public required ConstantMatrix FixedLandmarks { get; init; }

    /// <summary>Vertices over which the jaw landmarks slide, [17 n], i32; shorter strips repeat their last vertex.</summary>
    public required Node.Constant JawCandidates { get; init; }

    /// <summary>Where each jaw landmark's candidates begin, [17], i32.</summary>
    public required Node.Constant JawStart { get; init; }

    /// <summary>Standard deviations of the expressions' weights, [b].</summary>
    public required Node.Constant ExpressionDeviation { get; init; }

    /// <summary>Least sensible weights, [b].</summary>
    public required Node.Constant ExpressionMinimum { get; init; }

    /// <summary>Greatest sensible weights, [b].</summary>
    public required Node.Constant ExpressionMaximum { get; init; }

    /// <summary>Number of mesh edges.</summary>
    public int EdgeCount => MeshEdges.Matrix.Rows;

    /// <summary>The constants of a template.</summary>
    /// <param name="template">The template.</param>
    /// <param name="graph">Its deformation graph; without one there are no losses of smoothness, bending, sliding and asymmetry.</param>
    /// <param name="element">f32, or f64 for checking.</param>
    /// <exception cref="FmlException">The template is damaged: an index outside its vertices, an empty jaw strip, not 68
    /// landmarks.</exception>
    public static TemplateConstants Of(FaceTemplate template, DeformationGraph? graph = null, ElementType element = ElementType.F32)
    {
        if (template.Landmarks.Length != FaceFrame.LandmarkCount || template.JawStrips.Length != LandmarkPoints.JawCount)
            throw new FmlException(
                $"The template {template.Name} has {template.Landmarks.Length} landmarks and {template.JawStrips.Length} jaw strips; "
                + "it needs 68 and 17.");
        if (template.JawStrips.Any(strip => strip.IsEmpty))
            throw new FmlException($"The template {template.Name} has a jaw strip without a vertex.");
        var topology = MeshTopology.Build(template.VertexCount, template.Triangles);
        var longest = template.JawStrips.Max(strip => strip.Length);
        int[] candidates =
        [
            .. template.JawStrips.SelectMany(strip => Enumerable.Range(0, longest).Select(i => strip[Math.Min(i, strip.Length - 1)])),
        ];
        var areas = MeshArea.PerVertex(template.Positions.AsSpan(), template.Triangles.AsSpan());
        var mean = Math.Max(areas.Average(), double.Epsilon);
        Node.Constant Weights(Func<Blendshape, float> of) =>
            Constants.Of(element, [template.Expressions.Length], template.Expressions.Select(e => (double)of(e)).ToArray());
        return new TemplateConstants
        {
            Template = template,
            Element = element,
            Mesh = MeshConstants.Of(topology),
            VertexArea = Constants.Of(element, [areas.Length], areas.Select(area => area / mean).ToArray()),
            MeshEdges = ConstantMatrix.Differences(topology.Edges, template.VertexCount, element),
            GraphEdges = graph is null ? null : ConstantMatrix.Differences(graph.Edges, graph.NodeCount, element),
            GraphLaplacian = graph is null ? null : ConstantMatrix.Laplacian(graph.Edges, graph.NodeCount, element),
            NodeBending = graph is null ? null : ConstantMatrix.Of(Model.NodeBending.Of(graph), element),
            Mirror = graph is null ? null : MirrorPlaces.Of(graph, element),
            NodeNormals = graph is null ? null : Constants.Of(element, [3, graph.NodeCount], Planar.From(graph.Normals.AsSpan())),
            FixedLandmarks = ConstantMatrix.Of(Landmarks(template), element),
            JawCandidates = Ops.Constant<int>(candidates, [candidates.Length]),
            JawStart = Ops.Constant<int>(
                [.. Enumerable.Range(0, LandmarkPoints.JawCount).Select(j => j * longest)], [LandmarkPoints.JawCount]),
            ExpressionDeviation = Weights(e => e.Deviation),
            ExpressionMinimum = Weights(e => e.Minimum),
            ExpressionMaximum = Weights(e => e.Maximum),
        };
    }

    private static SparseMatrix Landmarks(FaceTemplate template) => SparseMatrix.OfRows(
        template.VertexCount,
        [
            .. template.Landmarks.Skip(LandmarkPoints.JawCount)
                .Select(point => ((int, double)[])[(point.A, point.WeightA), (point.B, point.WeightB), (point.C, point.WeightC)]),
        ]);
}
