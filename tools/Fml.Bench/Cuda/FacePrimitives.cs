using System.Collections.Immutable;
using Fml.Graph;
using Fml.Model;

namespace Fml.Bench;

/// <summary>Rows of the face's own primitives on a real mesh: neighbours lie in memory as they do in a head.</summary>
internal static class FacePrimitives
{
    public static IEnumerable<PrimitiveRow> Rows(FaceTemplate template, DeformationGraph graph, bool tiny)
    {
        var (people, frames, side) = tiny ? (2, 2, 48) : (16, 64, 240);
        var v = template.VertexCount;
        var mesh = new Lazy<TemplateConstants>(() => TemplateConstants.Of(template, graph));
        var camera = Intrinsics.Default(side);
        var positions = Positions(template, frames);
        var points = Points(positions, frames, v, camera);
        Node.Input Meshes(string name) => Ops.Input(name, [frames, 3, v]);
        PrimitiveRow Row(string name, Func<MeasuredWork> build) => new(name, _ => build());
        MeasuredWork With(Node output, params (Node.Input Input, float[] Values)[] known) =>
            new([output]) { Values = known.ToImmutableDictionary(pair => pair.Input, pair => pair.Values) };

        yield return Row($"MeshNormals, {frames} frames", () =>
        {
            var x = Meshes("positions");
            return With(MeshNormals.Of(x, mesh.Value.Mesh), (x, positions));
        });
        yield return Row($"MeshNormals gradient, {frames} frames", () =>
        {
            var x = Meshes("positions");
            return With(Gradients.Of(MeshNormals.Of(x, mesh.Value.Mesh), Meshes("adjoint"), [x])[0], (x, positions));
        });
        yield return Row($"SampleImage, {frames} frames", () =>
        {
            var p = Ops.Input("points", [frames, 2, v]);
            return With(SampleImage.Of(Images(frames, side), p), (p, points));
        });
        yield return Row($"SampleImage gradient, {frames} frames", () =>
        {
            var p = Ops.Input("points", [frames, 2, v]);
            return With(Gradients.Of(SampleImage.Of(Images(frames, side), p), Meshes("adjoint"), [p])[0], (p, points));
        });
        yield return Row($"VisibleVertices, {frames} frames", () =>
        {
            Node.Input x = Meshes("positions"), normals = Meshes("normals"), intrinsics = Ops.Input("intrinsics", [frames, 3]);
            var towards = VertexNormals.Of(template.Positions.AsSpan(), template.Triangles.AsSpan());
            return With(
                VisibleVertices.Of(x, normals, intrinsics, mesh.Value.Mesh, side), (x, positions),
                (normals, Repeated(Planar.Single(towards), frames)), (intrinsics, Repeated([camera.Focal, camera.CenterX, camera.CenterY], frames)));
        });
        yield return Row($"Lighting, {frames} frames", () => With(Lighting.Shade(Meshes("normals"), Ops.Input("light", [frames, 9, 3]))));
        var skinning = graph.Skinning();
        yield return Row(
            $"SparseProduct: skinning, {people} people", () => With(Ops.SparseMultiply(skinning, Ops.Input("nodes", [people, 3, graph.NodeCount]))));
        yield return Row($"SparseProduct: skinning gradient, {people} people", () =>
        {
            var x = Ops.Input("nodes", [people, 3, graph.NodeCount]);
            return With(Gradients.Of(Ops.SparseMultiply(skinning, x), Ops.Input("adjoint", [people, 3, v]), [x])[0]);
        });
        yield return Row($"SparseProduct: mesh edges, {people} people", () => With(mesh.Value.MeshEdges.Times(Ops.Input("albedo", [people, 3, v]))));
    }

    private static Node Images(int frames, int side) => Ops.Input("images", [frames, side, side, 3], Native.ElementType.U8);

    // A metre in front of the camera, each frame a little elsewhere.
    private static float[] Positions(FaceTemplate template, int frames)
    {
        var planar = Planar.Single(template.Positions.AsSpan());
        var v = template.VertexCount;
        var values = Repeated(planar, frames);
        for (var f = 0; f < frames; f++)
            for (var i = 0; i < v; i++)
            {
                values[(3L * f * v) + i] += f % 7 - 3;
                values[((3L * f) + 2) * v + i] -= 1000 + f % 5;
            }
        return values;
    }

    private static float[] Points(float[] positions, int frames, int v, Intrinsics camera)
    {
        var points = new float[2L * frames * v];
        for (var f = 0; f < frames; f++)
            for (var i = 0; i < v; i++)
            {
                var x = 3L * f * v + i;
                points[2L * f * v + i] = camera.CenterX - camera.Focal * positions[x] / positions[x + 2L * v];
                points[(2L * f + 1) * v + i] = camera.CenterY + camera.Focal * positions[x + v] / positions[x + 2L * v];
            }
        return points;
    }

    private static float[] Repeated(ReadOnlySpan<float> values, int times)
    {
        var result = new float[(long)values.Length * times];
        for (var i = 0; i < times; i++) values.CopyTo(result.AsSpan(i * values.Length));
        return result;
    }
}
