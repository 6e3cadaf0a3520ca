using System.Numerics;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class TrueScanTests : IDisposable
{
    private static readonly FaceTemplate Head = ProceduralHead.Create(2500);

    private readonly ProtocolFolder data = new();

    public void Dispose() => data.Dispose();

    private static Vector3[] Moved(float scale = 1) => [.. ProtocolFolder.Elsewhere.Apply(Head.Positions.AsSpan()).Select(p => scale * p)];

    private TrueScan Read(double? unit = null, double radius = 95) => TrueScan.Read(data.File("a.obj"), data.Path, Head, unit, radius);

    private string Refused(double? unit = null, double radius = 95) => Assert.Throws<FmlException>(() => Read(unit, radius)).Message;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.1f, 10)]
    [InlineData(0.01f, 100)]
    [InlineData(0.001f, 1000)]
    public void The_unit_is_told_by_the_eyes_and_the_region_is_a_ball_around_the_nose(float scale, double unit)
    {
        var shape = Moved(scale);
        data.Obj("a.obj", Head, Array.ConvertAll(shape, p => p)); // five decimals: enough in metres for a hundredth of a millimetre
        data.Landmarks("a.lm.txt", Head, shape);
        var scan = Read();
        Assert.Equal(unit, scan.Unit, 1e-9 * unit);
        var tip = Head.Landmarks[30].On(Head.Positions.AsSpan());
        var near = Enumerable.Range(0, Head.VertexCount).Where(v => Vector3.Distance(Head.Positions[v], tip) <= 95).ToArray();
        Assert.InRange(scan.Region.Length, near.Length - 3, near.Length + 3);
        Assert.True(scan.Region.Length < Head.VertexCount);
        var error = scan.To(Head, Head.Positions.AsSpan());
        Assert.True(error.Rigid.Mean <= 0.02 && error.Scaled.Mean <= 0.02, $"{error}");
        Assert.Equal(unit / 2, Read(unit / 2, 40).Unit);
    }

    [Fact]
    public void A_head_that_stands_3_mm_out_all_around_is_3_mm_away_until_its_size_is_free()
    {
        var ball = BallHead.Create();
        var shape = ProtocolFolder.Elsewhere.Apply(ball.Positions.AsSpan());
        data.Obj("a.obj", ball, shape);
        data.Landmarks("a.lm.txt", ball, shape, first: 17);
        var scan = TrueScan.Read(data.File("a.obj"), data.Path, ball, null, 500);
        Vector3[] larger = [.. ball.Positions.Select(p => p + 3 * Vector3.Normalize(p))];
        var error = scan.To(ball, larger);
        Assert.Equal(3, error.Rigid.Mean, 0.1);
        Assert.True(error.Rigid.Deviation <= 0.1 && error.Scaled.Mean <= 0.02, $"{error}");
        Assert.True(scan.To(ball, ball.Positions.AsSpan()).Rigid.Mean <= 0.01);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_83_points_of_BU_3DFE_give_the_corners_of_eyes_and_mouth_whichever_eye_comes_first(bool leftEyeFirst)
    {
        var shape = Moved();
        data.Obj("a.obj", Head, shape);
        data.Bnd("a.bnd", Head, shape, leftEyeFirst);
        var scan = Read();
        Assert.Equal([36, 39, 42, 45, 48, 54], scan.Landmarks.Indices);
        foreach (var (index, point) in scan.Landmarks.Indices.Zip(scan.Landmarks.Points))
            Assert.True(Vector3.Distance(point, Head.Landmarks[index].On(shape)) <= 1e-2, $"{index}");
        Assert.True(scan.To(Head, Head.Positions.AsSpan()).Rigid.Mean <= 0.01);
    }

    [Fact]
    public void Points_that_no_triangle_uses_do_not_count()
    {
        var shape = Moved();
        data.Obj("a.obj", Head, shape);
        data.Landmarks("a.lm.txt", Head, shape);
        var plain = Read();
        var nose = Head.Landmarks[30].On(shape) + new Vector3(5);
        File.AppendAllText(data.File("a.obj"), FormattableString.Invariant($"v {nose.X} {nose.Y} {nose.Z}\n"));
        Assert.Equal(plain.Region, Read().Region);
    }

    [Fact]
    public void Landmarks_that_do_not_go_with_the_mesh_are_refused_with_what_is_wrong()
    {
        var shape = Moved();
        data.Obj("a.obj", Head, shape);
        Assert.Contains("a.lm.txt", Refused());
        var lines = Head.Landmarks.Select(point => point.On(shape)).Select(p => FormattableString.Invariant($"{p.X}, {p.Y}, {p.Z}")).ToArray();
        void Write(IEnumerable<string> text) => File.WriteAllLines(data.File("a.lm.txt"), text);

        Write(lines.Skip(1));
        Assert.Contains("67 landmarks", Refused());
        Write(lines.Select((line, i) => i == 4 ? "1 2" : line).Prepend("# x y z"));
        Assert.Contains("line 6", Refused());
        Write(lines.Select(line => "7,7,7"));
        Assert.Contains("--unit", Refused());
        Write(lines.Reverse());
        Assert.Contains("Multi-PIE", Refused(unit: 1));
        data.Landmarks("a.lm.txt", Head, [.. shape.Select(p => p + new Vector3(300))]);
        Assert.Contains("off the mesh", Refused());
        Write(lines);
        Assert.Contains("--radius", Refused(radius: 1e-6));

        File.Delete(data.File("a.lm.txt"));
        File.WriteAllText(data.File(ScanLandmarks.SharedFile), $"0 1 {Head.VertexCount}");
        Assert.Contains($"'{Head.VertexCount}' is no vertex", Refused());
        File.WriteAllText(data.File("a.bnd"), "0 1 2 3\n");
        Assert.Contains("1 points instead of the 83", Refused());
    }

    [Fact]
    public void A_photo_in_the_BMP_of_BU_3DFE_is_read()
    {
        var path = data.File("a.bmp");
        int[] head = [54 + 8, 0, 54, 40, 2, 1, 1 | 24 << 16, 0, 8, 0, 0, 0, 0];
        // Blue, green, red; rows of a multiple of four bytes.
        File.WriteAllBytes(path, [.. "BM"u8, .. head.SelectMany(BitConverter.GetBytes), 3, 2, 1, 30, 20, 10, 0, 0]);
        var image = PhotoReader.Read(path);
        Assert.Equal((2, 1), (image.Width, image.Height));
        Assert.Equal([1, 2, 3, 10, 20, 30], image.Pixels);
    }
}
