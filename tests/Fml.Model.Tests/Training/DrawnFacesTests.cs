using System.Numerics;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class DrawnFacesTests : IDisposable
{
    private const int Size = 48, People = 2, Frames = 6;

    private readonly ParameterStore store = new(Device.Default);
    private readonly FaceTemplate template = BallHead.Create();
    private readonly FaceGeometry geometry;
    private readonly FaceBases bases;
    private readonly BatchInputs inputs = BatchInputs.Of(People, Frames / People, Size);
    private readonly Codes own;
    private readonly float[] landmarks, intrinsics;

    public DrawnFacesTests()
    {
        var graph = DeformationGraph.Build(template, 40);
        geometry = FaceGeometry.Landmarks(template, graph);
        bases = new FaceBases(store, template, graph, SeparationMode.Soft, 4, 2);
        var random = new Random(7);
        store.Set<float>(bases.ExpressionBasis!, [.. Enumerable.Range(0, 4 * Expressions).Select(_ => 0.1f * random.Normal())]);
        own = new Codes(
            Normal(1, 2, People, 4), Normal(2, 0, People, 2), Normal(4, 0.4, Frames, 6),
            Normal(5, 0.5, Frames, Expressions), Normal(6, 0, Frames, 27));
        intrinsics = [.. Enumerable.Range(0, Frames).SelectMany(f => new float[] { 200 + 5 * f, 20 + f, 30 - f })];
        landmarks = [.. Run(Projected(own, Ops.Constant<float>(intrinsics, [Frames, 3]), own.Pose)).Select(x => x + random.Normal())];
    }

    private int Expressions => template.Expressions.Length;

    private static Node Normal(int seed, double deviation, int rows, int columns)
    {
        var random = new Random(seed);
        return Ops.Constant<float>([.. Enumerable.Range(0, rows * columns).Select(_ => (float)deviation * random.Normal())], [rows, columns]);
    }

    private Node Projected(Codes codes, Node cameras, Node pose)
    {
        var frame = FrameParameters.Of(pose, codes.Expression, codes.Light, cameras, template, Size);
        var face = geometry.Pose(bases.Displacement(codes.Shape), bases.Worn(frame, codes.Shape), cameras);
        return Ops.Transpose(LandmarkPoints.Of(geometry.Constants, face.Projected, face.Positions, face.Normals), 0, 2, 1);
    }

    private float[] Run(Node output)
    {
        using var program = GraphProgram.Compile(store, [output]);
        if (program.Reads(inputs.Landmarks)) program.Set<float>(inputs.Landmarks, landmarks);
        if (program.Reads(inputs.Intrinsics)) program.Set<float>(inputs.Intrinsics, intrinsics);
        program.Run();
        return program.Get<float>(output);
    }

    private (Node Landmarks, Node Intrinsics, Node Pose) Draw(Codes codes) =>
        new DrawnFaces(bases, geometry, Size).Of(inputs, own, codes.Shape, codes.Expression);

    private static float Farthest(float[] a, float[] b)
    {
        Assert.Equal(a.Length, b.Length);
        Assert.All(a.Concat(b), x => Assert.True(float.IsFinite(x)));
        return a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
    }

    [Fact]
    public void The_person_of_a_frame_with_its_expression_looks_as_it_did()
    {
        var (points, cameras, pose) = Draw(own);
        Assert.True(Farthest(landmarks, Run(points)) < 2e-3);
        Assert.True(Farthest(intrinsics, Run(cameras)) < 2e-2);
        Assert.True(Farthest(Run(own.Pose), Run(pose)) < 2e-3);
    }

    [Fact]
    public void Somebody_else_is_cropped_alike_and_the_pose_in_that_crop_is_the_one_given()
    {
        var other = own with
        {
            Shape = Normal(11, 3, People, 4),
            Expression = Normal(13, 0.8, Frames, Expressions),
        };
        var (points, cameras, pose) = Draw(other);
        float[] drawn = Run(points), camera = Run(cameras);
        Assert.True(Farthest(landmarks, drawn) > 0.5);
        var (wanted, given) = (Boxes(landmarks), Boxes(drawn));
        for (var f = 0; f < Frames; f++)
        {
            Assert.True((wanted[f].Middle - given[f].Middle).Length() < 1e-3);
            Assert.True(Math.Abs(wanted[f].Side - given[f].Side) < 1e-3);
        }

        // Projected with that camera and pose they lie where they were drawn, but for what the frame leaves unexplained, as large as the crop shows it.
        var exact = Run(Projected(other, cameras, pose));
        var unexplained = landmarks.Zip(Run(Projected(own, Ops.Constant<float>(intrinsics, [Frames, 3]), own.Pose)), (a, b) => a - b).ToArray();
        for (var i = 0; i < exact.Length; i++)
        {
            var scale = camera[i / (2 * FaceFrame.LandmarkCount) * 3] / intrinsics[i / (2 * FaceFrame.LandmarkCount) * 3];
            Assert.True(Math.Abs(exact[i] + scale * unexplained[i] - drawn[i]) < 5e-3, $"{i}: {exact[i]} + {scale * unexplained[i]}, {drawn[i]}");
        }
    }

    // Means, then covariances, of rows of three.
    private static double[] Moments(float[][] rows)
    {
        double[] mean = [.. Enumerable.Range(0, 3).Select(i => rows.Average(row => (double)row[i]))];
        return
        [
            .. mean,
            .. Enumerable.Range(0, 9).Select(k => rows.Sum(row => (row[k / 3] - mean[k / 3]) * (row[k % 3] - mean[k % 3])) / (rows.Length - 1)),
        ];
    }

    private static (Vector2 Middle, float Side)[] Boxes(float[] points) =>
    [
        .. points.Chunk(2 * FaceFrame.LandmarkCount).Select(frame =>
        {
            Vector2[] p = [.. frame.Chunk(2).Select(xy => new Vector2(xy[0], xy[1]))];
            var (least, most) = (p.Aggregate(Vector2.Min), p.Aggregate(Vector2.Max));
            return ((least + most) / 2, Math.Max(most.X - least.X, most.Y - least.Y));
        }),
    ];

    [Fact]
    public void Rows_are_drawn_with_the_mean_and_the_covariance_of_a_table()
    {
        var random = new Random(5);
        float[][] rows = [.. Enumerable.Range(0, 400).Select(_ =>
        {
            var (a, b) = (random.Normal(), random.Normal());
            return new[] { 1 + a, 2 * b - a, 3 + 0.5f * a };
        })];
        var distribution = CodeDistribution.Of(store, store.Add<float>("rows", [rows.Length, 3], [.. rows.SelectMany(row => row)]));
        const int Draws = 20_000;
        var drawn = Run(distribution.Rows(Normal(8, 1, Draws, 3))).Chunk(3).ToArray();
        var (wanted, given) = (Moments(rows), Moments(drawn));
        Assert.All(wanted.Zip(given), pair => Assert.True(Math.Abs(pair.First - pair.Second) < 0.12, $"{pair}"));
    }

    public void Dispose() => store.Dispose();
}
