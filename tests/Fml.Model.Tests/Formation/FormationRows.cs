using System.Collections.Immutable;
using System.Numerics;
using System.Reflection;
using Fml.Conformance;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

/// <summary>The table: every primitive of the model library, and every function of image formation and loss on a small mesh.</summary>
public abstract class FormationRows : IConformanceTable
{
    /// <summary>A bent grid of 42 vertices that looks at the camera, with expressions, landmarks and jaw strips.</summary>
    public static FaceTemplate Template { get; } = MakeTemplate();

    public static DeformationGraph Graph { get; } = DeformationGraph.Build(Template, 8);

    private const int V = 42, Size = 20;

    private static FaceTemplate MakeTemplate()
    {
        var grid = TestMeshes.Grid(7, 6, 12);
        var random = new Random(3);
        Vector3[] positions =
        [
            .. grid.Positions.Select(p => p - new Vector3(36, 30, 0)).Select(p => new Vector3(p.X, p.Y, -0.02f * p.LengthSquared())),
        ];
        Blendshape Bump(int i) => new(
            $"bump{i}", [.. positions.Select(p => new Vector3(0, 0, 8 * MathF.Exp(-Vector3.DistanceSquared(p, positions[i * 9]) / 200)))],
            0.1f + 0.05f * i, -0.1f, 0.8f);
        return (grid with { Positions = [.. positions] }).AsTemplate(Bump(0), Bump(1), Bump(2)) with
        {
            Landmarks = [.. Enumerable.Range(0, 68).Select(_ => Point(random))],
            JawStrips = [.. Enumerable.Range(0, 17).Select(j => Enumerable.Range(j, 3 + j % 2).ToImmutableArray())],
        };
    }

    private static SurfacePoint Point(Random random)
    {
        var (a, b) = (0.2f + 0.3f * (float)random.NextDouble(), 0.2f + 0.3f * (float)random.NextDouble());
        return new SurfacePoint(random.Next(V), random.Next(V), random.Next(V), a, b, 1 - a - b);
    }

    public static TemplateConstants Constants(ElementType element) => TemplateConstants.Of(Template, Graph, element);

    public static Node Constant(ElementType element, Shape shape, IEnumerable<double> values) => element == ElementType.F64
        ? Ops.Constant<double>([.. values], shape)
        : Ops.Constant<float>([.. values.Select(x => (float)x)], shape);

    /// <summary>The template's positions in each of F frames, moved by x (a few millimetres).</summary>
    private static Node Moved(Node x) => x + Constant(x.Type.Element, [3, V], Planar.From(Template.Positions.AsSpan()));

    // A flat grid of more vertices and triangles than a block has threads, in front of the camera.
    private const int LargeV = 20 * 15;
    private static readonly TestMesh LargeGrid = TestMeshes.Grid(20, 15, 9);
    private static readonly MeshConstants Large = MeshConstants.Of(LargeGrid.Topology);

    private static Node Spread(Node x) =>
        x + Constant(x.Type.Element, [3, LargeV], Planar.From([.. LargeGrid.Positions.Select(p => p - new Vector3(85, 63, 1000))]));

    private static Node InFront(Node x) => Moved(x) + Constant(x.Type.Element, [3, 1], [0, 0, -1000]);

    private static Node Cameras(ElementType element, int frames) =>
        Constant(element, [frames, 3], Enumerable.Range(0, frames).SelectMany(f => new[] { 200.0 + f, Size / 2 + 0.3, Size / 2 - 0.4 }));

    private static Node Bytes(int frames, int height, int width)
    {
        var bytes = new byte[frames * height * width * 3];
        new Random(5).NextBytes(bytes);
        return Ops.Constant<byte>(bytes, [frames, height, width, 3]);
    }

    private static Node Normals(Node positions) => MeshNormals.Of(positions, Constants(positions.Type.Element).Mesh);

    private static ConformanceRow Row<TPrimitive>(string name, Func<Node[], Node> build, params InputRange[] inputs) =>
        new(typeof(TPrimitive), name, build, inputs);

    private static InputRange In(params int[] shape) => new(new Shape(shape));

    private static InputRange Between(double minimum, double maximum, params int[] shape) => new(new Shape(shape), minimum, maximum);

    public static Assembly Library => typeof(MeshNormals).Assembly;

    public static ImmutableArray<ConformanceRow> All { get; } =
    [
        Row<MeshNormals>("of a bent grid", x => Normals(Moved(x[0])), Between(-3, 3, 2, 3, V)),
        Row<MeshNormals>("of one frame", x => Normals(Moved(x[0])), Between(-3, 3, 1, 3, V)),
        Row<MeshNormals>("of many vertices and frames", x => MeshNormals.Of(Spread(x[0]), Large), Between(-3, 3, 9, 3, LargeV)),
        Row<MeshNormalsGradient>(
            "as a value", x => Node.Apply.Of(
                new MeshNormalsGradient(), Moved(x[0]), x[1], Constants(x[0].Type.Element).Mesh.Triangles,
                Constants(x[0].Type.Element).Mesh.CornerStart, Constants(x[0].Type.Element).Mesh.Corner),
            Between(-3, 3, 2, 3, V), In(2, 3, V)) with { Differentiable = false },
        Row<SampleImage>("bytes", x => SampleImage.Of(Bytes(2, 9, 7), InCells(x[0], 9, 7)), Between(-0.4, 0.4, 2, 2, 63)),
        Row<SampleImage>("numbers", x => SampleImage.Of(x[1], InCells(x[0], 9, 7)), Between(-0.4, 0.4, 2, 2, 63), Image(2, 9, 7)),
        Row<SampleImage>("at many points", x => SampleImage.Of(Bytes(3, 17, 19), InCells(x[0], 17, 19)), Between(-0.4, 0.4, 3, 2, 323)),
        Row<SampleImage>("outside", x => SampleImage.Of(Bytes(2, 9, 7), x[0] + 30), Between(-9, 9, 2, 2, 5)),
        Row<SampleImage>("a single pixel", x => SampleImage.Of(Bytes(2, 1, 1), x[0]), Between(-9, 9, 2, 2, 5)),
        Row<SampleImageGradient>(
            "as a value", x => Node.Apply.Of(new SampleImageGradient(), Bytes(2, 9, 7), InCells(x[0], 9, 7), x[1]),
            Between(-0.4, 0.4, 2, 2, 63), In(2, 3, 63)) with { Differentiable = false },
        Row<VisibleVertices>(
            "of a bent grid", x => VisibleVertices.Of(
                InFront(x[0]), Normals(InFront(x[0])), Cameras(x[0].Type.Element, 2), Constants(x[0].Type.Element).Mesh, Size),
            Between(-3, 3, 2, 3, V)) with { Differentiable = false },
        Row<VisibleVertices>(
            "without occlusion", x => VisibleVertices.Of(
                InFront(x[0]), Normals(InFront(x[0])), Cameras(x[0].Type.Element, 2), Constants(x[0].Type.Element).Mesh, Size,
                occlusion: false),
            Between(-3, 3, 2, 3, V)) with { Differentiable = false },

        Row<VisibleVertices>(
            "of many vertices", x => VisibleVertices.Of(
                Spread(x[0]), MeshNormals.Of(Spread(x[0]), Large), Cameras(x[0].Type.Element, 3), Large, Size),
            Between(-3, 3, 3, 3, LargeV)) with { Differentiable = false },
        .. PictureRows.All,

        Row<Map>("rotation near zero", x => Pose.Rotation(x[0]), Between(-0.01, 0.01, 4, 3)),
        Row<Map>("rotation", x => Pose.Rotation(x[0]), Between(-3, 3, 4, 3)),
        Row<Map>("pose", x => Pose.Apply(Pose.Rotation(x[0]), x[1], Moved(x[2])), In(2, 3), In(2, 3), In(2, 3, V)),
        Row<Map>("projection", x => Camera.Project(InFront(x[0]), Cameras(x[0].Type.Element, 2)), Between(-9, 9, 2, 3, V)),
        Row<Map>("projection and intrinsics", x => Camera.Project(InFront(x[0]), x[1] + 5), Between(-9, 9, 2, 3, V), In(2, 3)),
        Row<Map>("shading", x => Lighting.Shade(x[0], x[1]), In(2, 3, V), In(2, 9, 3)),

        Row<Map>("photometric loss", x => Losses.Photometric(x[0], x[1], x[2]), Between(0, 1, 2, 3, V), Between(0, 1, 2, 3, V), Mask(2)),
        Row<Map>(
            "photometric loss, squared", x => Losses.Photometric(x[0], x[1], x[2], new PhotometricOptions { Squared = true }),
            Between(0, 1, 2, 3, V), Between(0, 1, 2, 3, V), Mask(2)),
        Row<Map>(
            "photometric loss by area", x => Losses.Photometric(x[0], x[1], x[2], areas: Constants(x[0].Type.Element).VertexArea),
            Between(0, 1, 2, 3, V), Between(0, 1, 2, 3, V), Mask(2)),
        Row<Map>("landmark loss", x => Losses.Landmarks(x[0], x[1], x[2], Size), In(2, 2, 68), In(2, 68, 2), Between(0, 1, 2, 68)),
        Row<Gather>(
            "landmark points", x => LandmarkPoints.Of(Constants(x[0].Type.Element), InFront(x[0]), InFront(x[0]), Normals(InFront(x[0]))),
            Between(-3, 3, 2, 3, V)),
        Row<SparseProduct>("sliding loss", x => Losses.Sliding(Constants(x[0].Type.Element), x[0]), In(2, 3, 8)),
        Row<SparseProduct>("bending loss", x => Losses.Bending(Constants(x[0].Type.Element), x[0]), In(2, 3, 8)),
        Row<SparseProduct>("asymmetry loss", x => Losses.Asymmetry(Constants(x[0].Type.Element), x[0]), In(2, 3, 8)),
        Row<SparseProduct>("smoothness loss", x => Losses.Smoothness(Constants(x[0].Type.Element), x[0]), In(2, 3, 8)),
        Row<SparseProduct>(
            "albedo sparsity", x => Losses.AlbedoSparsity(Constants(x[0].Type.Element), x[0], x[1]), In(2, 3, V), Weights(2)),
        Row<Map>("landmark loss, jaw counting less", x => Losses.Landmarks(x[0], x[1], x[2], Size, jaw: 0.1), In(2, 2, 68), In(2, 68, 2), Between(0, 1, 2, 68)),
        Row<Map>("expression prior", x => Losses.ExpressionPrior(Constants(x[0].Type.Element), x[0]), Between(-1, 2, 4, 3)),
        Row<Reduce>("ridges", x => Losses.DisplacementRidge(x[0]) + 2 * Losses.AlbedoRidge(x[0]), In(2, 3, V)),
        Row<Reduce>("light prior", x => Losses.LightPrior(x[0]), In(2, 9, 3)),
        Row<SampleImage>(
            "the whole of image formation", WholeLoss, Between(-0.05, 0.05, 2, 3), In(2, 3), Between(-0.2, 0.2, 2, 3, V),
            Between(0.2, 0.8, 1, 3, V), In(2, 9, 3)),
    ];

    // Points at a distance from the borders between bilinear patches, where the slope jumps.
    private static Node InCells(Node offset, int height, int width) =>
        offset + Constant(
            offset.Type.Element, [2, height * width],
            from axis in Enumerable.Range(0, 2)
            from i in Enumerable.Range(0, height * width)
            select axis == 0 ? 1.0 + i % width : 1.0 + i / width);

    private static InputRange Image(int frames, int height, int width) =>
        Between(0, 1, frames, height, width, 3) with { Differentiable = false };

    private static InputRange Mask(int frames) => Between(0, 1, frames, V) with { Differentiable = false };

    private static InputRange Weights(int people) =>
        Between(0, 1, people, Constants(ElementType.F64).EdgeCount) with { Differentiable = false };

    // A smooth image, in which no border between bilinear patches matters.
    private static Node WholeLoss(Node[] x)
    {
        var element = x[0].Type.Element;
        var constants = Constants(element);
        var image = Constant(
            element, [2, Size, Size, 3], Enumerable.Range(0, 2 * Size * Size * 3).Select(i => 0.03 * (i / 3 % Size) + 0.01 * (i % 3)));
        var positions = Moved(x[2]);
        var rotation = Pose.Rotation(x[0]);
        var inCamera = Pose.Apply(rotation, x[1] + Constant(element, [3], [0, 0, -1000]), positions);
        var normals = Pose.Rotate(rotation, MeshNormals.Of(positions, constants.Mesh));
        var cameras = Cameras(element, 2);
        var points = Camera.Project(inCamera, cameras);
        var mask = VisibleVertices.Of(inCamera, normals, cameras, constants.Mesh, Size);
        var landmarks = LandmarkPoints.Of(constants, points, inCamera, normals);
        var light = x[4] * 0.1 + Lighting.Ambient(element);
        var targets = Constant(element, [2, 68, 2], Enumerable.Repeat(7.0, 272));
        var confidence = Constant(element, [2, 68], Enumerable.Repeat(0.5, 136));
        return Losses.Photometric(SampleImage.Of(image, points), x[3] * Lighting.Shade(normals, light), mask)
            + 200 * Losses.Landmarks(landmarks, targets, confidence, Size);
    }
}
