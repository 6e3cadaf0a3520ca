using System.Collections.Immutable;
using System.Numerics;
using Fml.Conformance;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

/// <summary>
/// Rows of the primitives that draw: a ball before a larger one, in two frames. Which triangle a pixel shows and where outlines run are
/// decided at a fixed place; the points move by less than that could change.
/// </summary>
internal static class PictureRows
{
    private const int Width = 26, Height = 23;
    private const double Focal = 205;

    private static readonly TestMesh Scene = Moved(TestMeshes.Sphere(40, 2), new(-12, 5, -1000))
        .With(Moved(TestMeshes.Sphere(19, 1), new(16, -9, -900)));

    private static readonly MeshConstants Mesh = MeshConstants.Of(Scene.Topology);
    private static readonly int Count = Scene.Positions.Length;

    public static IEnumerable<ConformanceRow> All =>
    [
        Row<RasterizeMesh>(
            "of a ball before another", x => Node.Apply.Of(
                new RasterizeMesh(Width, Height), x[0] + Positions(x[0].Type.Element), Cameras(x[0].Type.Element), Mesh.Triangles,
                Mesh.Folds.Vertices, Mesh.Folds.Triangles),
            In(3, 2, 3, Count)) with { Differentiable = false },
        Row<InterpolateColours>("of two balls", x => InterpolateColours.Of(Points(x[0]), x[1], Pixels(), Mesh), Shift(), In(1, 2, 3, Count)),
        Row<InterpolateColoursGradient>(
            "as a value", x => Node.Apply.Of(
                new InterpolateColoursGradient(), Points(x[0]), x[1], Pixels(), Mesh.Triangles, Mesh.CornerStart, Mesh.Corner, x[2]),
            Shift(), In(1, 2, 3, Count), In(1, 2, Height, Width, 4)) with { Differentiable = false },
        Row<Antialias>("of two balls", x => Antialias.Of(x[1], Points(x[0]), Pixels(), Mesh), Shift(), In(1, 2, Height, Width, 4)),
        Row<AntialiasPictureGradient>(
            "as a value", x => Node.Apply.Of(
                new AntialiasPictureGradient(), x[1], Points(x[0]), Pixels(), Mesh.Folds.Vertices, Mesh.Folds.Start, Mesh.Folds.Edge),
            Shift(), In(1, 2, Height, Width, 4)) with { Differentiable = false },
        Row<AntialiasPointsGradient>(
            "as a value", x => Node.Apply.Of(
                new AntialiasPointsGradient(), x[1], Points(x[0]), Pixels(), Mesh.Folds.Vertices, Mesh.Folds.Start, Mesh.Folds.Edge, x[2]),
            Shift(), In(1, 2, Height, Width, 4), In(1, 2, Height, Width, 4)) with { Differentiable = false },
        Row<PixelDifferences>("bytes", x => PixelDifferences.Of(Bytes(), x[0]), In(1, 2, Height, Width, 4)),
        Row<PixelDifferences>(
            "numbers", x => PixelDifferences.Of(x[1], x[0]), In(1, 2, Height, Width, 4),
            new InputRange([2, Height, Width, 3], 0, 1) { Differentiable = false }),
        Row<PixelDifferencesGradient>(
            "as a value", x => Node.Apply.Of(new PixelDifferencesGradient(), Bytes(), x[0], x[1]),
            In(1, 2, Height, Width, 4), In(1, 2, 2, Height, Width)) with { Differentiable = false },
        Row<Antialias>("in a photometric loss, bytes", x => Loss(x, Bytes()), Shift(), Colours()),
        Row<Antialias>(
            "in a photometric loss, numbers", x => Loss(x, x[2]), Shift(), Colours(),
            new InputRange([2, Height, Width, 3], 0, 1) { Differentiable = false }),
        Row<Antialias>(
            "in a photometric loss, squared", x => Loss(x, Bytes(), new PhotometricOptions { Squared = true }), Shift(), Colours()),
    ];

    private static Node Loss(Node[] x, Node images, PhotometricOptions? options = null)
    {
        var points = Points(x[0]);
        return Losses.PhotometricPerPixel(
            images, Antialias.Of(InterpolateColours.Of(points, x[1], Pixels(), Mesh), points, Pixels(), Mesh), options);
    }

    private static TestMesh Moved(TestMesh mesh, Vector3 by) => mesh with { Positions = [.. mesh.Positions.Select(p => p + by)] };

    // Turned a little from frame to frame, and off the pixels' raster.
    private static Node Positions(ElementType element) => FormationRows.Constant(
        element, [2, 3, Count],
        Enumerable.Range(0, 2).SelectMany(f => Planar.From(
            [.. Scene.Positions.Select(p => Vector3.Transform(p + new Vector3(0, 0, 1000), Matrix4x4.CreateRotationZ(0.37f + f)) - new Vector3(0, 0, 1000))])));

    private static Node Cameras(ElementType element) =>
        FormationRows.Constant(element, [2, 3], [Focal, Width / 2 + 0.32, Height / 2 - 0.23, Focal + 2, Width / 2 + 0.17, Height / 2 + 0.41]);

    // Projected once, so that both precisions have the same numbers.
    private static readonly Lazy<double[]> Projected =
        new(() => Evaluate.Value(Camera.Project(Positions(ElementType.F32), Cameras(ElementType.F32))));

    private static Node Points(Node x) => x + FormationRows.Constant(x.Type.Element, [2, 2, Count], Projected.Value);

    // From the same numbers in both precisions.
    private static Node Pixels() => Node.Apply.Of(
        new RasterizeMesh(Width, Height), Positions(ElementType.F32), Cameras(ElementType.F32), Mesh.Triangles, Mesh.Folds.Vertices,
        Mesh.Folds.Triangles);

    private static Node Bytes()
    {
        var bytes = new byte[2 * Height * Width * 3];
        new Random(5).NextBytes(bytes);
        return Ops.Constant<byte>(bytes, [2, Height, Width, 3]);
    }

    private static InputRange In(double greatest, params int[] shape) => new(new Shape(shape), -greatest, greatest);

    // Less than what a CUDA device allows a point to differ from where it was drawn, pixels.
    private static InputRange Shift() => In(0.004, 2, 2, Count);

    private static InputRange Colours() => new([2, 3, Count], 0, 1);

    private static ConformanceRow Row<TPrimitive>(string name, Func<Node[], Node> build, params InputRange[] inputs) =>
        new(typeof(TPrimitive), name, build, inputs);
}
