using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;
using Fml.Native;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>Sizes of a person's codes.</summary>
/// <param name="Shape"><c>g</c>.</param>
/// <param name="Albedo"><c>h</c>.</param>
public readonly record struct CodeSizes(int Shape, int Albedo)
{
    /// <summary>Both.</summary>
    public int Total => Shape + Albedo;
}

/// <summary>
/// What is learned of identity (<c>method.md</c> section 1): the bases <c>Theta_s</c> and <c>Theta_a</c> and the mean albedo
/// <c>rbar</c>, with the fixed deformation graph and nullspace projection they work through.
/// </summary>
public sealed class FaceBases
{
    private readonly SparseMatrix skinning;
    private readonly ImmutableArray<Node> skinningNodes;
    private readonly Node.Constant q, qTransposed;

    /// <summary>Adds the bases to a store, or finds them there.</summary>
    public FaceBases(ParameterStore store, FaceTemplate template, DeformationGraph graph, SeparationMode mode, int shapeCodes, int albedoCodes)
    {
        (Template, Graph) = (template, graph);
        Nullspace = Nullspace.Build(template, graph, mode);
        Sizes = new CodeSizes(shapeCodes, albedoCodes);
        skinning = graph.Skinning();
        skinningNodes = skinning.Nodes(ElementType.F32);
        q = Constant(Nullspace.Q.AsSpan(), [3 * graph.NodeCount, Nullspace.Rank]);
        qTransposed = Constant<float>(Transposed(Nullspace.Q.AsSpan(), Nullspace.Rank), [Nullspace.Rank, 3 * graph.NodeCount]);
        var modes = new Lazy<LaplacianModes>(() => LaplacianModes.Build(graph, graph.NodeCount));
        ShapeBasis = store.Find(Names.Shape) ?? store.Add<float>(
            Names.Shape, [shapeCodes, 3 * graph.NodeCount], Scaled(
                Transposed(InitialBases.Shape(modes.Value, Nullspace, shapeCodes), shapeCodes), InitialMillimetres * Math.Sqrt(graph.NodeCount)));
        AlbedoBasis = store.Find(Names.Albedo) ?? store.Add(
            Names.Albedo, [albedoCodes, 3 * template.VertexCount],
            InitialBases.Albedo(modes.Value, graph, albedoCodes).Select(row => Scaled(row, InitialAlbedo * Math.Sqrt(template.VertexCount))));
        if (mode != SeparationMode.Off)
            ExpressionBasis = store.FindOrAddZeros(Names.Expression, TensorType.F32([shapeCodes, template.Expressions.Length]));
        UsualLight = store.Find(Names.Light) ?? store.Add<float>(Names.Light, [Lighting.Count, 3], FrameParameters.WhiteAmbient);
        MeanAlbedo = store.Find(Names.Mean) ?? store.Add<float>(Names.Mean, [3, template.VertexCount], Planar.Single(template.Albedo.AsSpan()));
    }

    /// <summary>Puts given shapes into a store as the shape basis, each as near as the nodes come to it; they are then found there.</summary>
    /// <param name="store">Where the basis will live.</param>
    /// <param name="graph">The deformation graph.</param>
    /// <param name="shapes">Displacements [V], mm.</param>
    public static void Give(ParameterStore store, DeformationGraph graph, IReadOnlyList<Vector3[]> shapes) => store.Add<float>(
        Names.Shape, [shapes.Count, 3 * graph.NodeCount],
        [.. new GraphFit(graph).Fit(shapes.Select(shape => Planar.From(shape))).SelectMany(d => d.Select(x => (float)x))]);

    private const double InitialMillimetres = 0.5, InitialAlbedo = 0.02;

    /// <summary>Names of the parameters in a store and in files.</summary>
    public static class Names
    {
        /// <summary><c>Theta_s</c>.</summary>
        public const string Shape = "identity.shape_basis";

        /// <summary>What people always wear, where identity is projected.</summary>
        public const string Expression = "identity.expression_basis";

        /// <summary><c>Theta_a</c>.</summary>
        public const string Albedo = "identity.albedo_basis";

        /// <summary><c>rbar</c>.</summary>
        public const string Mean = "identity.mean_albedo";

        /// <summary>The mean of the training frames' lights.</summary>
        public const string Light = "identity.usual_light";
    }

    /// <summary>The template.</summary>
    public FaceTemplate Template { get; }

    /// <summary>The deformation graph.</summary>
    public DeformationGraph Graph { get; }

    /// <summary>What identity must not do.</summary>
    public Nullspace Nullspace { get; }

    /// <summary>Sizes of a person's codes.</summary>
    public CodeSizes Sizes { get; }

    /// <summary><c>Theta_s</c> transposed, [g,3N], mm per unit of code; planar nodes.</summary>
    public Node.Parameter ShapeBasis { get; }

    /// <summary>
    /// <c>Phi</c> transposed, [g,b], where identity is projected: the expressions that a person of these codes always wears, since what looks like
    /// them is kept out of the displacement (<see cref="IdentityDivision"/>). Null where it is not.
    /// </summary>
    public Node.Parameter? ExpressionBasis { get; }

    /// <summary><c>Theta_a</c> transposed, [h,3V]; planar vertices.</summary>
    public Node.Parameter AlbedoBasis { get; }

    /// <summary><c>rbar</c>, [3,V].</summary>
    public Node.Parameter MeanAlbedo { get; }

    /// <summary>
    /// Mean light of the training frames, <c>gamma</c> [9,3]: how bright it is divides brightness between lights and albedos. White ambient until
    /// the tables are learned.
    /// </summary>
    public Node.Parameter UsualLight { get; }

    /// <summary>Node displacements that identity may cause, <c>d = P(Theta_s alpha)</c>.</summary>
    /// <param name="alpha">[K,g].</param>
    /// <returns>[K,3,N], mm.</returns>
    public Node Displacement(Node alpha)
    {
        var d = MatMul(alpha, ShapeBasis);
        var projected = d - MatMul(MatMul(d, q), qTransposed);
        return Reshape(projected, [alpha.Shape[0], 3, Graph.NodeCount]);
    }

    /// <summary>The parameters of frames with what their people always wear added to the expressions, <c>delta + Phi alpha</c>: what is seen.</summary>
    /// <param name="frame">Of F frames, as many of each person.</param>
    /// <param name="alpha">Shape codes of the people, [K,g].</param>
    public FrameParameters Worn(FrameParameters frame, Node alpha) => ExpressionBasis is null
        ? frame
        : frame with { Expression = frame.Expression + FramesOfPeople.Repeat(MatMul(alpha, ExpressionBasis), frame.Expression.Shape[0]) };

    /// <summary>The parameters of frames beside the neutral face: what is worn but for what that face holds of it.</summary>
    public FrameParameters BesideNeutral(FrameParameters frame, Node alpha) => NeutralHasOffset ? frame : Worn(frame, alpha);

    /// <summary>
    /// Offset of people's neutral faces in the expressions, <c>epsilon = Phi alpha</c>, [K,b]; null but in <see cref="SeparationMode.Soft"/>, where what
    /// a person always wears belongs to the neutral face.
    /// </summary>
    public Node? Offset(Node alpha) => NeutralHasOffset ? MatMul(alpha, ExpressionBasis!) : null;

    /// <summary>Neutral faces of people, <c>vbar + S d</c>, with <c>B epsilon</c> if they have such an offset.</summary>
    /// <param name="alpha">[K,g].</param>
    /// <returns>[K,3,V], mm.</returns>
    public Node Neutral(Node alpha)
    {
        var neutral = Skin(Displacement(alpha)) + Constant<float>(Planar.Single(Template.Positions.AsSpan()), [1, 3, Template.VertexCount]);
        return Offset(alpha) is { } offset ? neutral + Reshape(MatMul(offset, FaceGeometry.Blendshapes(Template)), neutral.Shape) : neutral;
    }

    private bool NeutralHasOffset => Nullspace.Mode == SeparationMode.Soft;

    /// <summary>Displacements of nodes carried to the vertices, <c>S d</c>.</summary>
    /// <param name="displacement">[K,3,N].</param>
    /// <returns>[K,3,V], mm.</returns>
    private Node Skin(Node displacement) => SparseMultiply(skinning, skinningNodes, displacement);

    /// <summary>Albedo of people, <c>r = rbar + Theta_a beta</c>.</summary>
    /// <param name="beta">[K,h].</param>
    /// <returns>The offset <c>Theta_a beta</c> and r, both [K,3,V].</returns>
    public (Node Offset, Node Albedo) Albedo(Node beta)
    {
        var offset = Reshape(MatMul(beta, AlbedoBasis), [beta.Shape[0], 3, Template.VertexCount]);
        return (offset, MeanAlbedo + offset);
    }

    // [rows, columns] row by row to [columns, rows].
    private static float[] Transposed(ReadOnlySpan<float> values, int columns)
    {
        var rows = values.Length / columns;
        var result = new float[values.Length];
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < columns; c++) result[c * rows + r] = values[r * columns + c];
        return result;
    }

    private static float[] Scaled(float[] values, double factor)
    {
        for (var i = 0; i < values.Length; i++) values[i] = (float)(values[i] * factor);
        return values;
    }
}
