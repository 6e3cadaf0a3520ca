using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class BenchmarkExportTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private static readonly FaceTemplate Head = ProceduralHead.Create(2500);

    private static (Vector3[] Positions, int[] Triangles) ReadObj(string path)
    {
        var lines = File.ReadLines(path).Select(line => line.Split(' ')).ToArray();
        return (
            [.. lines.Where(l => l[0] == "v").Select(l => new Vector3(Number(l[1]), Number(l[2]), Number(l[3])))],
            [.. lines.Where(l => l[0] == "f").SelectMany(l => l[1..]).Select(i => int.Parse(i, CultureInfo.InvariantCulture) - 1)]);

        static float Number(string text) => float.Parse(text, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Points_are_read_back_from_npy()
    {
        var path = Path.Combine(tiny.Folder, "points.npy");
        NpyFile.Write(path, [new(1, 2, 3), new(-4.5f, 5, 6)]);
        var bytes = File.ReadAllBytes(path);
        Assert.Equal("\u0093NUMPY\u0001\0", Encoding.Latin1.GetString(bytes, 0, 8));
        var header = BitConverter.ToUInt16(bytes, 8);
        Assert.Equal(0, (10 + header) % 64);
        Assert.StartsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", Encoding.ASCII.GetString(bytes, 10, header));
        Assert.Equal((byte)'\n', bytes[9 + header]);
        float[] values = [.. Enumerable.Range(0, 6).Select(i => BitConverter.ToSingle(bytes, 10 + header + 4 * i))];
        Assert.Equal([1, 2, 3, -4.5f, 5, 6], values);
        Assert.Equal(10 + header + 24, bytes.Length);
    }

    [Fact]
    public void Key_points_read_as_REALY_reads_them_are_the_landmarks()
    {
        var points = JsonSerializer.Deserialize<double[][]>(BenchmarkFiles.KeyPoints(Head))!;
        Assert.Equal(68, points.Length);
        for (var i = 0; i < points.Length; i++)
        {
            var t = 3 * (int)points[i][0];
            var (wa, wb) = ((float)points[i][1], (float)points[i][2]);
            var found = new SurfacePoint(Head.Triangles[t], Head.Triangles[t + 1], Head.Triangles[t + 2], wa, wb, 1 - wa - wb);
            Assert.True(Vector3.Distance(found.On(Head.Positions.AsSpan()), Head.Landmarks[i].On(Head.Positions.AsSpan())) <= 1e-3);
        }
    }

    [Fact]
    public void The_seven_landmarks_go_from_the_subjects_right_eye_to_the_left_corner_of_the_mouth()
    {
        var seven = BenchmarkFiles.Seven(Head, Head.Positions.AsSpan());
        Assert.True(seven[0].X < seven[1].X && seven[1].X < seven[2].X && seven[2].X < seven[3].X); // +x is the subject's left
        Assert.True(seven[5].X < 0 && seven[6].X > 0);
        Assert.True(seven[0].Y > seven[4].Y && seven[4].Y > seven[5].Y);
        Assert.True(seven.MaxBy(p => p.Z) == seven[4]);
    }

    [Theory]
    [InlineData(BenchmarkPreset.Now)]
    [InlineData(BenchmarkPreset.Realy)]
    public void Every_picture_becomes_a_neutral_mesh_with_the_templates_vertices_in_order(BenchmarkPreset preset)
    {
        var run = Path.Combine(tiny.Folder, "model");
        if (!Directory.Exists(run)) tiny.Train("model");
        var folder = Path.Combine(tiny.Folder, $"export-{preset}");
        var result = BenchmarkExport.Run(
            new ReconstructionRunOptions { Model = run, Dataset = tiny.DatasetFolder, Folder = folder, Device = Device.Default }, preset,
            cancel: TestContext.Current.CancellationToken);
        Assert.Equal(6, result.Written.Length);
        Assert.Empty(result.Missing);
        foreach (var name in result.Written)
        {
            var path = Path.Combine(folder, preset == BenchmarkPreset.Realy ? "predictions" : "", name);
            var (positions, triangles) = ReadObj(path + ".obj");
            Assert.Equal(tiny.Template.VertexCount, positions.Length);
            Assert.Equal(tiny.Template.Triangles, triangles);
            Assert.Equal(preset == BenchmarkPreset.Now, File.Exists(path + ".npy"));
        }
        Assert.Equal(preset == BenchmarkPreset.Realy, File.Exists(Path.Combine(folder, "topology", "fml-68.txt")));
    }
}
