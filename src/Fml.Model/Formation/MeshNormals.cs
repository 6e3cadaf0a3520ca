using System.Collections.Immutable;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Unit normals of a mesh, <c>n_i = s_i / |s_i|</c> with <c>s_i = sum_t (x_b - x_a) x (x_c - x_a)</c> over the triangles at vertex i,
/// that is weighted by area; 0, and without influence on the gradient, where <c>|s_i|</c> is below <see cref="LeastArea"/>. Inputs:
/// positions [F,3,V], then the three constants of <see cref="MeshConstants"/>. Output [F,3,V].
/// </summary>
public sealed record MeshNormals : Primitive
{
    /// <summary>Least length of the sum of cross products, mm^2.</summary>
    public const double LeastArea = 1e-6;

    /// <summary>Normals of posed or unposed positions.</summary>
    /// <param name="positions">[F,3,V].</param>
    /// <param name="mesh">The triangles.</param>
    /// <returns>[F,3,V], unit length or 0.</returns>
    /// <exception cref="ShapeException">The positions are not those of the mesh.</exception>
    public static Node Of(Node positions, MeshConstants mesh) =>
        Node.Apply.Of(new MeshNormals(), positions, mesh.Triangles, mesh.CornerStart, mesh.Corner);

    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var vertices = inputs[2].Shape[0] - 1;
        return inputs[0].Element.IsFloat() && inputs[0].Shape.Rank == 3 && inputs[0].Shape[1] == 3 && inputs[0].Shape[2] == vertices
            ? inputs[0]
            : throw Mismatch("the positions", $"floating point of shape [F,3,{vertices}]", inputs[0]);
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint)
    {
        var x = output.Inputs;
        return [Node.Apply.Of(new MeshNormalsGradient(), x[0], adjoint, x[1], x[2], x[3]), null, null, null];
    }

    /// <inheritdoc/>
    public override void Lower(Lowering lowering)
    {
        var sizes = NormalSizes.Of(lowering.OutputType, lowering.InputType(1).Shape);
        lowering.Run(
            NormalKernels.Normals.For(lowering.OutputType.Element), sizes,
            lowering.Input(0), lowering.Input(1), lowering.Input(2), lowering.Input(3),
            lowering.Scratch(sizes.ScratchOf(sizes.Vertices)), lowering.Scratch(sizes.ScratchOf(sizes.Triangles)), lowering.Output);
    }
}

/// <summary>
/// The reverse of <see cref="MeshNormals"/>: with the adjoint <c>a_i</c> of <c>n_i</c>, <c>g_i = (a_i - n_i (n_i . a_i)) / |s_i|</c>; a
/// triangle receives <c>g_t = g_a + g_b + g_c</c>, and a vertex i with the other corners p, q (in the triangle's order)
/// <c>sum_t (x_p - x_q) x g_t</c>. Inputs: positions [F,3,V], adjoint [F,3,V], the constants of <see cref="MeshConstants"/>. Output
/// [F,3,V]. There is no second derivative.
/// </summary>
public sealed record MeshNormalsGradient : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs) =>
        inputs[1] == inputs[0] ? inputs[0] : throw Mismatch("the adjoint", inputs[0].ToString(), inputs[1]);

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
        throw new NotSupportedException("the gradient of vertex normals has no derivative itself");

    /// <inheritdoc/>
    public override void Lower(Lowering lowering)
    {
        var sizes = NormalSizes.Of(lowering.OutputType, lowering.InputType(2).Shape);
        lowering.Run(
            NormalKernels.Gradient.For(lowering.OutputType.Element), sizes,
            lowering.Input(0), lowering.Input(1), lowering.Input(2), lowering.Input(3), lowering.Input(4),
            lowering.Scratch(sizes.ScratchOf(sizes.Vertices)), lowering.Scratch(sizes.ScratchOf(sizes.Triangles)),
            lowering.Scratch(sizes.ScratchOf(sizes.Vertices)), lowering.Output);
    }
}
