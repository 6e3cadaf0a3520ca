using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>Constants with which codes become posed vertices: all of a template, or the part that carries its landmarks.</summary>
internal sealed class FaceGeometry
{
    private readonly TemplatePart part;
    private readonly ConstantMatrix skinning;
    private readonly Node.Constant mean, blendshapes;

    private FaceGeometry(TemplatePart part, DeformationGraph graph)
    {
        this.part = part;
        Constants = TemplateConstants.Of(part.Template, graph);
        skinning = ConstantMatrix.Of(part.Skinning, Native.ElementType.F32);
        mean = Constant<float>(Planar.Single(part.Template.Positions.AsSpan()), [1, 3, VertexCount]);
        blendshapes = Blendshapes(part.Template);
    }

    /// <summary>The whole template.</summary>
    public static FaceGeometry Whole(FaceTemplate template, DeformationGraph graph) => new(TemplatePart.Whole(template, graph), graph);

    /// <summary>The vertices of the landmarks; normals are right where the jaw slides.</summary>
    public static FaceGeometry Landmarks(FaceTemplate template, DeformationGraph graph) => new(TemplatePart.Landmarks(template, graph), graph);

    /// <summary>What the losses need to know.</summary>
    public TemplateConstants Constants { get; }

    /// <summary>Number of vertices.</summary>
    public int VertexCount => part.Vertices.Length;

    /// <summary>The expressions as a matrix, <c>B</c>, [b,3V], mm.</summary>
    public static Node.Constant Blendshapes(FaceTemplate template) => Constant<float>(
        [.. template.Expressions.SelectMany(expression => Planar.Single(expression.Offsets.AsSpan()))],
        [template.Expressions.Length, 3 * template.VertexCount]);

    /// <summary>Poses people's faces in their frames.</summary>
    /// <param name="displacement">Node displacements of K people, [K,3,N], mm.</param>
    /// <param name="frame">Parameters of the F frames, with all that is worn.</param>
    /// <param name="intrinsics">Cameras of the crops, [F,3].</param>
    public PosedFace Pose(Node displacement, FrameParameters frame, Node intrinsics)
    {
        var frames = frame.Rotation.Shape[0];
        var skinned = skinning.Times(displacement);
        var neutral = skinned + mean;
        var expressed = FramesOfPeople.Repeat(neutral, frames) + Reshape(MatMul(frame.Expression, blendshapes), [frames, 3, VertexCount]);
        var rotation = Model.Pose.Rotation(frame.Rotation);
        var positions = Model.Pose.Apply(rotation, frame.Translation, expressed);
        var normals = MeshNormals.Of(expressed, Constants.Mesh);
        return new PosedFace(skinned, positions, Model.Pose.Rotate(rotation, normals), Camera.Project(positions, intrinsics));
    }
}

/// <summary>Faces in front of their cameras.</summary>
/// <param name="Skinned">Identity displacement of the vertices, <c>S d</c>, [K,3,V], mm.</param>
/// <param name="Positions">Vertices in camera space, [F,3,V], mm.</param>
/// <param name="Normals">Their unit normals in camera space, [F,3,V].</param>
/// <param name="Projected">Their image points, [F,2,V], pixels.</param>
internal sealed record PosedFace(Node Skinned, Node Positions, Node Normals, Node Projected)
{
    /// <summary>The faces as their cameras see them, with soft outlines and no background, [F,W,W,4]; see <see cref="Antialias"/>.</summary>
    /// <param name="colours">Of the vertices, [F,3,V].</param>
    /// <param name="intrinsics">Cameras of the crops, [F,3].</param>
    /// <param name="mesh">The triangles.</param>
    /// <param name="imageSize">W, pixels.</param>
    public Node Picture(Node colours, Node intrinsics, MeshConstants mesh, int imageSize)
    {
        var pixels = RasterizeMesh.Of(Positions, intrinsics, mesh, imageSize);
        return Antialias.Of(InterpolateColours.Of(Projected, colours, pixels, mesh), Projected, pixels, mesh);
    }
}
