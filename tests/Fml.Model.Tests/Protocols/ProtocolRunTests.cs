using System.Numerics;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class ProtocolRunTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    // The whole head: a part of a ball can be turned and moved along itself.
    private const double Everything = 500;

    // A few steps of training hardly leave the mean face: with a basis this much stronger, faces are some millimetres from it.
    private const float Stronger = 2000;

    private string Model()
    {
        var path = Path.Combine(tiny.Folder, "stronger.safetensors");
        if (File.Exists(path)) return path;
        var model = FaceModel.Load(tiny.Train("model"));
        var basis = model.Weights[FaceBases.Names.Shape];
        var stronger = HostTensor.Of([.. basis.To<float>().Select(x => Stronger * x)], [.. basis.Dimensions]);
        (model with { Weights = model.Weights.SetItem(FaceBases.Names.Shape, stronger) }).Save(path);
        return path;
    }

    private CropFrame[] Crops(int person, int count)
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        return [.. dataset.People[person].Frames.Take(count).Select(frame => CropFrame.Read(dataset, frame))];
    }

    private ProtocolRunOptions Options(MeshProtocol protocol, ProtocolFolder data) => new()
    {
        Protocol = protocol,
        Run = Model(),
        Folder = data.Path,
        Output = Path.Combine(data.Path, "out"),
        Device = Device.Default,
        Radius = Everything,
    };

    private static ProtocolResult Run(ProtocolRunOptions options) => ProtocolRun.Run(options, cancel: TestContext.Current.CancellationToken);

    private static Vector3[] Scaled(ReadOnlySpan<Vector3> shape, float scale) => (ProtocolFolder.Elsewhere with { Scale = scale }).Apply(shape);

    [Fact]
    public void Faces_that_the_network_itself_makes_are_at_the_distance_that_they_were_put_at()
    {
        using var data = new ProtocolFolder();
        var template = tiny.Template;
        var crops = Crops(0, 3);
        CropFrame[] frames = [.. crops.Select((crop, i) => data.Photo($"Tester_2/TrainingPose/pose_{i}.png", crop, "Tester_2", TinyRun.ImageSize))];
        data.Photo("Tester_1/TrainingPose/pose_0.png", crops[0], "Tester_1", TinyRun.ImageSize);
        using var network = new FaceReconstructor(FaceModel.Load(Model()), Device.Default);
        Vector3[] Alone(int i)
        {
            var face = network.Reconstruct("Tester_2", [frames[i]]);
            return face.Expressed(face.Frames[0]);
        }

        // In metres: the network's own face of the photo alone; a twentieth larger; and the mean face.
        var together = network.Reconstruct("Tester_2", frames);
        Vector3[][] truths = [Alone(0), Scaled(Alone(1), 1.05f), template.Positions.ToArray()];
        for (var i = 0; i < 3; i++)
            data.Obj($"Tester_2/TrainingPose/pose_{i}.obj", template, [.. Scaled(truths[i], 1).Select(p => p / 1000)]);
        // In millimetres: one photo is all.
        data.Obj("Tester_1/TrainingPose/pose_0.obj", template, Scaled(Alone(0), 1));
        File.WriteAllLines(data.File(ScanLandmarks.SharedFile), template.Landmarks.Select(point => $"{point.A}"));

        var result = Run(Options(MeshProtocol.FaceWarehouse, data));
        Assert.Empty(result.Skipped);
        Assert.Equal(["Tester_1/pose_0", "Tester_2/pose_0", "Tester_2/pose_1", "Tester_2/pose_2"], result.Pairs.Select(p => $"{p.Person}/{p.Expression}"));
        Assert.Equal([1, 3, 3, 3], result.Pairs.Select(p => p.Photos));
        Assert.Equal([1, 1000, 1000, 1000], result.Pairs.Select(p => p.Unit));
        Assert.All(result.Pairs, p => Assert.Equal(template.VertexCount, p.Vertices));

        var (single, same, larger, mean) = (result.Pairs[0], result.Pairs[1], result.Pairs[2], result.Pairs[3]);
        Assert.True(single.Alone.Rigid.Mean <= 0.01 && single.Alone.Scaled.Mean <= 0.01, $"{single.Alone}");
        Assert.Equal(single.Alone, single.Together);
        Assert.True(same.Alone.Rigid.Mean <= 0.01 && same.MeanFace.Rigid.Mean > 0.5, $"{same}");
        Assert.True(mean.MeanFace.Rigid.Mean <= 0.01 && mean.Alone.Rigid.Mean > 0.5, $"{mean}");
        // A ball of radius r that is a twentieth larger is r / 20 away, until its size is free.
        var radius = truths[1].Average(p => Vector3.Distance(p, truths[1].Aggregate(Vector3.Add) / truths[1].Length)) / 1.05;
        Assert.Equal(radius / 20, larger.Alone.Rigid.Mean, 0.1);
        Assert.True(larger.Alone.Scaled.Mean <= 0.01, $"{larger.Alone}");

        // The figures by the photos together are those of the shared identity, by the same comparison.
        var scan = TrueScan.Read(data.File("Tester_2/TrainingPose/pose_0.obj"), data.Path, template, null, Everything);
        Assert.Equal(scan.To(template, together.Expressed(together.Frames[0])).Rigid.Mean, same.Together.Rigid.Mean, 1e-3);
    }

    [Fact]
    public void BU_3DFE_is_read_as_it_is_handed_out_and_what_is_no_pair_is_listed()
    {
        using var data = new ProtocolFolder();
        var template = tiny.Template;
        string[] names = ["F0001_NE00WH", "F0001_AN01WH"];
        foreach (var (name, i) in names.Select((name, i) => (name, i)))
        {
            data.Photo($"F0001/{name}_F2D.png", Crops(0, 2)[i], "F0001", TinyRun.ImageSize);
            var truth = Scaled(template.Positions.AsSpan(), 1);
            data.Wrl($"F0001/{name}_F3D.wrl", template, truth);
            data.Bnd($"F0001/{name}_F3D.bnd", template, truth, leftEyeFirst: i == 1);
            data.Wrl($"F0001/{name}_RAW.wrl", template, truth);
        }
        File.WriteAllText(data.File("F0001/F0001_AN01WH_F3D.bmp"), "a texture");
        File.WriteAllText(data.File("F0001/F0001_HA04WH_F3D.wrl"), "no photo");
        File.WriteAllText(data.File("M0002/M0002_SU02BL_F2D.bmp"), "no mesh");
        data.Photo("M0002/M0002_SU03BL_F2D.png", Crops(1, 1)[0], "M0002", TinyRun.ImageSize);
        File.WriteAllText(data.File("M0002/M0002_SU03BL_F3D.wrl"), "#VRML V2.0 utf8\nShape { ]\n");

        var options = Options(MeshProtocol.Bu3dfe, data);
        var result = Run(options);
        Assert.Equal(["AN01", "NE00"], result.Pairs.Select(p => p.Expression));
        // The corners of the ball's eyes are vertices near them, by which it is turned a little.
        Assert.All(result.Pairs, p => Assert.True(p.MeanFace.Rigid.Mean <= 0.1 && p.MeanFace.Scaled.Mean <= 0.1, $"{p}"));
        Assert.Equal(["F0001/HA04", "M0002/SU02", "M0002/SU03"], result.Skipped.Select(s => s.Clip));
        Assert.Contains("no photo beside", result.Skipped[0].Reason);
        Assert.Contains("no mesh beside", result.Skipped[1].Reason);
        Assert.Contains("line 2", result.Skipped[2].Reason);

        // The files say what the result says.
        var file = ProtocolFile.Load(options.Output);
        Assert.Equal("BU-3DFE", file.Protocol);
        Assert.Equal(result.Pairs, file.Pairs);
        Assert.Equal(result.Skipped, file.Skipped);
        Assert.Equal(EvaluationFile.FromCsv(File.ReadAllText(Path.Combine(options.Output, "protocol.csv"))), file.Rows);
        var alone = file.Rows.Single(r => r is { Expression: ProtocolResult.AllExpressions, Method: "each photo alone", Figure: "error, rigid, mm" });
        Assert.Equal(result.Pairs.Average(p => p.Alone.Rigid.Mean), alone.Mean, 1e-9);
        var text = ProtocolText.Render(result);
        Assert.Contains("Left out M0002/SU03", text);
        Assert.Contains("BU-3DFE, 1 person, 2 pairs", text);
        Assert.Contains("500 mm of the nose's tip", text);
        var tables = text[text.IndexOf("All expressions", StringComparison.Ordinal)..].Split('\n');
        Assert.All(tables, line => Assert.True(line.Length <= 110, line));
    }

    [Fact]
    public void Means_are_over_a_persons_pairs_and_then_over_people_beside_the_mean_faces_gain()
    {
        static GeometryError Error(double rigid) => new(new(rigid, 9), new(rigid / 2, 9));
        static ProtocolMeasurement Pair(string person, string expression, double mean, double alone, double together) =>
            new(person, expression, person == "a" ? 2 : 1, 1, 100, Error(mean), Error(alone), Error(together));
        var result = new ProtocolResult(
            MeshProtocol.FaceWarehouse, "run", "folder", 95,
            [Pair("a", "smile", 4, 2, 1), Pair("a", "neutral", 2, 2, 3), Pair("b", "smile", 5, 4, 3)], []);
        var overall = result.Overall;
        Assert.Equal(4, overall.MeanFace.Rigid.Mean, 1e-12);                // (3 + 5) / 2
        Assert.Equal(1, overall.MeanFace.Rigid.Deviation, 1e-12);
        Assert.Equal([3, 2.5], overall.Network.Select(row => row.Rigid.Mean));
        Assert.Equal([1.5, 1.25], overall.Network.Select(row => row.Scaled.Mean));
        Assert.Equal(1.5, overall.Network[1].Rigid.Gain!.Value.Mean, 1e-12);
        Assert.Equal([1, 0], overall.Network.Select(row => row.Frames));    // not the same number of photos for all
        Assert.Equal(["smile", "neutral"], result.Expressions.Select(e => e.Expression));
        Assert.Equal(4.5, result.Expressions[0].Table.MeanFace.Rigid.Mean, 1e-12);
        Assert.Equal(0, result.Expressions[1].Table.Network[0].Rigid.Gain!.Value.Mean, 1e-12);
        Assert.Contains("smile                   2  4.50 ± 0.50", ProtocolText.Render(result));
    }

    [Fact]
    public void No_data_is_an_error_that_says_how_to_come_by_it()
    {
        using var data = new ProtocolFolder();
        var options = Options(MeshProtocol.FaceWarehouse, data);
        string Refused(ProtocolRunOptions with) => Assert.Throws<FmlException>(() => Run(with)).Message;
        Assert.Contains("facewarehouse", Refused(options with { Folder = data.File("nowhere") }));
        Assert.Contains("pose_0.png", Refused(options));
        data.Obj("PERSON/smile.obj", tiny.Template, tiny.Template.Positions.AsSpan());
        var message = Refused(options with { Protocol = MeshProtocol.Bu3dfe });
        Assert.Contains("no photo beside", message);
        Assert.Contains("binghamton", message);
        // A pair, but nothing says where the face is.
        data.Photo("PERSON/smile.png", Crops(0, 1)[0], "PERSON", TinyRun.ImageSize);
        message = Refused(options);
        Assert.Contains("smile.lm.txt", message);
        Assert.Contains(ScanLandmarks.SharedFile, message);
        Assert.Contains("--radius", Refused(options with { Radius = 0 }));
        Assert.Contains("unit", Refused(options with { Unit = -1 }));
        Assert.False(Directory.Exists(options.Output));
    }
}
