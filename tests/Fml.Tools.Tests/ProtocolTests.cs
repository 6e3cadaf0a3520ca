using System.Globalization;
using System.Numerics;
using Fml.Model;
using Fml.Native;

namespace Fml.Tools.Tests;

/// <summary><c>fml protocol</c> on a run of a few steps and meshes of the built-in head.</summary>
public sealed class ProtocolTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fml-protocol-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_run_is_measured_on_photos_with_meshes_beside_them()
    {
        var (run, dataset) = TrainedRun.Make(folder);
        var data = Path.Combine(folder, "meshes");
        Lay(dataset, data);
        var results = Path.Combine(folder, "results");
        var (code, output, error) = Run("protocol", "facewarehouse", run, data, "-o", results, "--device", "cpu", "--unit", "cm");
        Assert.True(code == 0, error);
        Assert.Contains("FaceWarehouse, 2 people, 2 pairs", output);
        Assert.Contains("mean face                            0.00 ± 0.00", output);
        Assert.Contains("each photo alone                  1", output);
        Assert.Contains("Left out", output);
        Assert.EndsWith("protocol.json", output.TrimEnd());
        Assert.Equal(["protocol.csv", "protocol.json"], Directory.GetFiles(results).Select(Path.GetFileName).Order());

        Assert.Contains("FaceWarehouse out for research", OneSentence(Run("protocol", "facewarehouse", run, folder, "-o", results).Error));
        Assert.Contains("BU-3DFE out", OneSentence(Run("protocol", "bu3dfe", run, Path.Combine(folder, "nowhere"), "-o", results).Error));
        Assert.Contains("inch", OneSentence(Run("protocol", "bu3dfe", run, data, "-o", results, "--unit", "inch").Error));
        Assert.Contains("ears", OneSentence(Run("protocol", "ears", run, data, "-o", results).Error));
    }

    // The built-in head turned and in centimetres as everybody's truth, and pictures of others: the mean face is right, and nothing else.
    private static void Lay(string dataset, string data)
    {
        var head = new IdentitySource.BuiltIn(2_500).Template;
        var turn = Quaternion.CreateFromYawPitchRoll(0.4f, -0.2f, 0.1f);
        Vector3[] truth = [.. head.Positions.Select(p => Vector3.Transform(p, turn) / 10 + new Vector3(3, 2, 1))];
        string Line(Vector3 p) => string.Create(CultureInfo.InvariantCulture, $"{p.X} {p.Y} {p.Z}");
        var mesh = truth.Select(p => $"v {Line(p)}")
            .Concat(head.Triangles.Chunk(3).Select(t => $"f {t[0] + 1} {t[1] + 1} {t[2] + 1}")).ToArray();
        using var pictures = FaceDataset.Open(dataset);
        var rgb = new byte[pictures.CropSize * pictures.CropSize * 3];
        foreach (var person in pictures.People.Take(2))
        {
            var frame = person.Frames[0];
            pictures.ReadImage(frame, rgb);
            var name = Path.Combine(data, person.Name, "smile");
            Directory.CreateDirectory(Path.GetDirectoryName(name)!);
            File.WriteAllBytes(name + ".bmp", Bmp(rgb, pictures.CropSize));
            File.WriteAllLines(name + ".obj", mesh);
            File.WriteAllLines(name + ".lm.txt", head.Landmarks.Select(point => Line(point.On(truth))));
            var points = frame.Landmarks.SelectMany(p => new[] { p.X, p.Y }).Select(x => x.ToString(CultureInfo.InvariantCulture));
            File.WriteAllText(name + ".landmarks.csv", $"smile,0,{string.Join(',', points)}\n");
        }
        File.WriteAllText(Path.Combine(data, pictures.People[0].Name, "frown.obj"), "v 0 0 0\n");
    }

    // Rows from the bottom, blue before red; a row of 48 pixels needs no filling up.
    private static byte[] Bmp(byte[] rgb, int side)
    {
        int[] head = [54 + rgb.Length, 0, 54, 40, side, side, 1 | 24 << 16, 0, rgb.Length, 0, 0, 0, 0];
        var rows = rgb.Chunk(3 * side).Reverse().SelectMany(row => row.Chunk(3).SelectMany(p => p.Reverse()));
        return [.. "BM"u8, .. head.SelectMany(BitConverter.GetBytes), .. rows];
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = FmlCommand.Run(args, new Terminal(output, error));
        return (code, output.ToString(), error.ToString());
    }

    private static string OneSentence(string error)
    {
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return error;
    }
}
