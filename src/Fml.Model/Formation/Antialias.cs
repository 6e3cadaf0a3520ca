using System.Collections.Immutable;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Softens the outlines of a picture, by how much of a pixel they leave covered, so that the picture depends smoothly on where they run.
/// Inputs: picture [F,H,W,4], image points [F,2,V] (pixels), pixels [F,3,H,W] of <see cref="RasterizeMesh"/>, then vertices [2E], starts
/// [V+1] and edges [2E] of the <see cref="FoldEdges"/>. Output [F,H,W,4]. The gradient flows to the picture and, through the place where an
/// outline crosses the line between two pixels' centres, to the two ends of its edge.
/// <para> With q the share of the way from the centre of the pixel I that the outlined surface covers to that of its neighbour O, to the
/// crossing: for <c>q > 1/2</c> the surface reaches <c>q - 1/2</c> into O, which becomes <c>O + (q - 1/2) (I - O)</c>; else
/// I becomes <c>I + (1/2 - q) (O - I)</c>. For an edge that is straight over the pixel and no flatter than a diagonal this is the area it
/// leaves covered. Where there is no mesh the picture is 0 in all channels, so the fourth becomes the share of a pixel that is covered and
/// the colours are multiplied by it. </para>
/// </summary>
public sealed record Antialias : Primitive
{
    /// <summary>A picture with soft outlines.</summary>
    /// <param name="picture">[F,H,W,4]; see <see cref="InterpolateColours"/>.</param>
    /// <param name="points">[F,2,V], pixels.</param>
    /// <param name="pixels">[F,3,H,W], of the same mesh where its points are.</param>
    /// <param name="mesh">The triangles.</param>
    /// <returns>[F,H,W,4].</returns>
    /// <exception cref="ShapeException">The arguments do not fit.</exception>
    public static Node Of(Node picture, Node points, Node pixels, MeshConstants mesh) =>
        Node.Apply.Of(new Antialias(), picture, points, pixels, mesh.Folds.Vertices, mesh.Folds.Start, mesh.Folds.Edge);

    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var (picture, points, pixels) = (inputs[0], inputs[1], inputs[2]);
        if (!picture.Element.IsFloat() || picture.Shape.Rank != 4 || picture.Shape[3] != InterpolateColours.Channels)
            throw Mismatch("the picture", "floating point of shape [F,H,W,4]", picture);
        if (points.Element != picture.Element || points.Shape.Rank != 3 || points.Shape[0] != picture.Shape[0] || points.Shape[1] != 2)
            throw Mismatch("the points", $"of the picture's type and shape [{picture.Shape[0]},2,V]", points);
        if (pixels != new TensorType(ElementType.I32, [picture.Shape[0], 3, picture.Shape[1], picture.Shape[2]]))
            throw Mismatch("the pixels", $"i32 of shape [{picture.Shape[0]},3,{picture.Shape[1]},{picture.Shape[2]}]", pixels);
        return picture;
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint)
    {
        var x = output.Inputs;
        return
        [
            Node.Apply.Of(new AntialiasPictureGradient(), adjoint, x[1], x[2], x[3], x[4], x[5]),
            Node.Apply.Of(new AntialiasPointsGradient(), [.. x, adjoint]),
            null, null, null, null,
        ];
    }

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) => Lower(lowering, AntialiasKernels.Soften);

    internal static void Lower(Lowering lowering, KernelFamily<AntialiasSizes> kernel) =>
        lowering.Run(
            kernel.For(lowering.OutputType.Element), AntialiasSizes.Of(lowering),
            lowering.Input(0), lowering.Input(1), lowering.Input(2), lowering.Input(3), lowering.Output);
}

/// <summary>
/// The reverse of <see cref="Antialias"/> for the picture: what flows into a pixel is shared out as its colour was mixed. Inputs: adjoint
/// [F,H,W,4], then the other inputs of <see cref="Antialias"/>. Output [F,H,W,4]. There is no second derivative.
/// </summary>
public sealed record AntialiasPictureGradient : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs) => new Antialias().Infer(inputs);

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
        throw new NotSupportedException("the gradient of soft outlines has no derivative itself");

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) => Antialias.Lower(lowering, AntialiasKernels.PictureGradient);
}

/// <summary>
/// The reverse of <see cref="Antialias"/> for the points: a crossing receives the adjoint of the pixel that it changes times
/// <c>I - O</c>, and passes it to the ends of its edge. Inputs: those of <see cref="Antialias"/>, then the adjoint [F,H,W,4]. Output
/// [F,2,V]. There is no second derivative.
/// </summary>
public sealed record AntialiasPointsGradient : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs) =>
        inputs[6] == inputs[0] ? inputs[1] : throw Mismatch("the adjoint", inputs[0].ToString(), inputs[6]);

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
        throw new NotSupportedException("the gradient of soft outlines has no derivative itself");

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) =>
        lowering.Run(
            AntialiasKernels.PointsGradient.For(lowering.OutputType.Element), AntialiasSizes.Of(lowering),
            lowering.Input(0), lowering.Input(1), lowering.Input(2), lowering.Input(3), lowering.Input(4), lowering.Input(5),
            lowering.Input(6), lowering.Output);
}

/// <summary>Frames, vertices of the mesh, size of the picture.</summary>
internal readonly record struct AntialiasSizes(int Frames, int Vertices, int Height, int Width)
{
    public int Pixels => Height * Width;

    public static AntialiasSizes Of(Lowering lowering)
    {
        var (picture, points) = (lowering.InputType(0).Shape, lowering.InputType(1).Shape);
        return new AntialiasSizes(picture[0], points[2], picture[1], picture[2]);
    }
}
