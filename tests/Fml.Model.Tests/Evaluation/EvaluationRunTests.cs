using System.Collections.Immutable;
using System.Numerics;
using System.Text.RegularExpressions;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class EvaluationRunTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private static readonly MeasurementOptions Options = MeasurementOptions.Thorough with
    {
        FrameCounts = [1, 2],
        FloorPeople = 1,
        Floors = [SeparationMode.Off],
        ParameterCounts = [2],
        RelitPairs = 2,
    };

    [Fact]
    public void The_truth_as_a_method_has_no_error_of_any_kind()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        var people = EvaluationPerson.Read(dataset, tiny.Template, dataset.People, 4);
        var truths = people.ToDictionary(p => p.Name, p => p.Truth!);
        var oracle = new FaceMethod
        {
            Name = "oracle",
            Template = tiny.Template,
            Prepare = (person, frames) => set => TrueFace.Of(tiny.Template, truths[person], FrameSets.Pick(frames, set)),
        };
        var (found, results) = MethodMeasurement.Measure(
            oracle, tiny.Template, people, [], "people", Options, null, TestContext.Current.CancellationToken);

        Assert.Equal(people.Length, results.Length);
        foreach (var table in new[] { found.Neutral!, found.Expressed! })
        {
            Assert.Equal([1, 2], table.Network.Select(row => row.Frames));
            Assert.All(table.Network, row => Assert.True(row.Rigid.Mean <= 1e-3 && row.Scaled.Mean <= 1e-3, $"{row.Rigid.Mean} mm"));
            Assert.All(table.Network, row => Assert.Equal(table.MeanFace.Rigid.Mean, row.Rigid.Gain!.Value.Mean, 1e-3));
        }
        var expected = people.Average(p => GeometryError.Between(
            tiny.Template.Positions.AsSpan(), p.Truth!.Neutral, tiny.Template.EvaluationRegion.AsSpan()).Scaled.Mean);
        Assert.Equal(expected, found.Neutral!.MeanFace.Scaled.Mean, 1e-9);
        Assert.True(found.Errors!.Shares[1] == 1 && found.MeanFaceErrors!.Shares[10] < 1);
        Assert.Equal(found.Neutral.MeanFace.Rigid.Mean, found.MeanFaceErrors.Map.Average(), 1e-9);
        Assert.True(found.Pose!.Degrees.Mean <= 1e-3 && found.Pose.Correlation > 0.9999);
        Assert.True(found.Appearance.Light!.Error.Mean <= 1e-6 && found.Appearance.Light.Correlation > 0.9999);
        Assert.True(found.Spread.Within <= 1e-4 && found.Spread.Correlation > 0.9999);
        Assert.Equal(["expression", "turn of the head"], found.Contrasts.Select(c => c.Between));
        Assert.All(found.Contrasts, c => Assert.True(c.Contrasted.Mean <= 1e-4 && c.AtRandom.Mean <= 1e-4));
        var relit = found.Appearance.Relit!;
        Assert.Equal(2, relit.Pairs);
        Assert.True(relit.AlbedoOfOnePerson.Mean <= 1e-6 && relit.NeutralMm.Mean <= 1e-4);
        Assert.Equal(relit.TrueAlbedos!.Value.Mean, relit.AlbedoOfTwoPeople.Mean, 1e-6);
        Assert.Null(found.Separation); // it is no model
        Assert.Empty(found.Generality);
    }

    [Fact]
    public void A_picture_redrawn_under_its_own_light_stays_and_under_a_darker_one_gets_darker()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        var person = EvaluationPerson.Read(dataset, tiny.Template, dataset.People.Take(1), 2)[0];
        var face = TrueFace.Of(tiny.Template, person.Truth!, person.Frames);
        var light = face.Frames[0].Light;
        double Mean(CropFrame frame) => frame.Rgb.Average(b => (double)b);
        var same = TrueFace.Relit(face, person.Frames, light);
        Assert.True(same[0].Rgb.Zip(person.Frames[0].Rgb, (a, b) => (double)Math.Abs(a - b)).Average() <= 6);
        var darker = TrueFace.Relit(face, person.Frames, [.. light.Select(c => 0.5f * c)]);
        Assert.True(Mean(darker[0]) < 0.85 * Mean(same[0]), $"{Mean(darker[0])} and {Mean(same[0])}");
        Assert.Equal(person.Frames[0].Frame, same[0].Frame);
    }

    [Fact]
    public void Only_people_that_were_not_learned_from_are_measured()
    {
        var folder = tiny.Train("split");
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        var split = DatasetSplit.ByPerson(dataset.People, TinyRun.Training.HeldOut, TinyRun.Training.Seed);
        var (people, label) = EvaluationPeople.Choose(dataset, [(folder, TinyRun.Training)]);
        Assert.Equal(split.HeldOut.Select(p => p.Name), people.Select(p => p.Name));
        Assert.Equal("held-out people", label);
        Assert.Equal(split.Train.Length, EvaluationPeople.TrainingTruths(folder, TinyRun.Training, tiny.Template, null).Length);

        // Wherever the dataset lies; but another dataset with people of the same names is another.
        var moved = Copy("moved");
        using (var copy = FaceDataset.Open(moved))
            Assert.Equal(split.HeldOut.Length, EvaluationPeople.Choose(copy, [(folder, TinyRun.Training)]).People.Length);
        var other = Path.Combine(tiny.Folder, "other");
        SyntheticClips.Generate(tiny.Clips with { Seed = 9, People = 3 }, other, cancellation: TestContext.Current.CancellationToken);
        using (var second = FaceDataset.Open(other))
            Assert.Equal((3, "people"), (EvaluationPeople.Choose(second, [(folder, TinyRun.Training)]).People.Length,
                EvaluationPeople.Choose(second, [(folder, TinyRun.Training)]).Label));

        // A run that does not say what it learned from, beside its own dataset.
        var demo = Path.Combine(tiny.Folder, "demo");
        Directory.CreateDirectory(demo);
        Directory.Move(moved, Path.Combine(demo, Demo.DatasetFolder));
        using (var own = FaceDataset.Open(Path.Combine(demo, Demo.DatasetFolder)))
            Assert.Equal(split.HeldOut.Length, EvaluationPeople.Choose(own, [(demo, TinyRun.Training)]).People.Length);

        TrainedOn.Of(dataset, new DatasetSplit(dataset.People, [])).Save(folder);
        Assert.Contains("learned from", Assert.Throws<FmlException>(() => EvaluationPeople.Choose(dataset, [(folder, TinyRun.Training)])).Message);
    }

    [Fact]
    public void A_run_is_measured_beside_another_and_under_a_condition_and_everything_is_written()
    {
        var run = tiny.Train("first");
        var other = tiny.Train("second", TinyRun.Training with { Seed = 1, ShapeCodes = 3 });
        var folder = Path.Combine(run, "evaluation");
        var options = new EvaluationRunOptions
        {
            Run = run,
            Dataset = tiny.DatasetFolder,
            Folder = folder,
            Device = Device.Default,
            Beside = [("narrow", other)],
            Also = [("again", tiny.DatasetFolder)],
            Measure = Options with { FrameCounts = [1, 2, 4] },
        };
        var result = EvaluationRun.Run(options, cancel: TestContext.Current.CancellationToken);
        Assert.Equal("dataset", result.DatasetName);
        Assert.Equal(["network", "narrow"], result.Methods.Select(m => m.Method));
        Assert.All(result.Methods, m => Assert.Equal("2 held-out people", m.Population));
        Assert.All(result.Conditions.Single().Growth, growth => Assert.True(Math.Abs(growth.Rigid.Mean) <= 1e-9)); // the same pictures
        var fits = result.Methods.SelectMany(m => m.Generality).Where(fit => fit.Space == "learned basis");
        Assert.Equal([2, 3, 6], fits.Select(fit => fit.Parameters).Distinct().Order());
        Assert.All(result.Methods[0].Compactness, space => Assert.True(space.Shares.Zip(space.Shares.Skip(1), (a, b) => b - a).All(d => d >= -1e-12)));

        var file = EvaluationFile.Load(folder);
        Assert.Equal(file.Rows, EvaluationFile.FromCsv(File.ReadAllText(Path.Combine(folder, "evaluation.csv"))));
        var four = file.Rows.Single(r => r is { Method: "narrow", Dataset: "dataset", Expression: "neutral", Frames: 4, Figure: "error, rigid, mm" });
        Assert.Equal(result.Methods[1].Neutral!.Network.Single(row => row.Frames == 4).Rigid.Mean, four.Mean);
        Assert.Equal(2, four.People);
        Assert.Contains(file.Curves, curve => curve is { Method: "mean face", Dataset: "again" });
        var text = EvaluationText.Render(result);
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 110, line));
        Assert.Contains("again: narrow, expressed", text);
        var page = File.ReadAllText(Path.Combine(folder, RunFolder.ReportFile));
        Assert.Contains("Where the errors are", page);
        Assert.Contains("The learned space of narrow", page);
        Assert.DoesNotContain("NaN", Regex.Replace(page, "base64,[^\"]*", "")); // but in a picture's bytes

        var clash = options with { Beside = [("network", other)] };
        Assert.Contains("'network'", Assert.Throws<FmlException>(() => EvaluationRun.Run(clash, null, TestContext.Current.CancellationToken)).Message);
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.Throws<OperationCanceledException>(() => EvaluationRun.Run(options with { Folder = Path.Combine(run, "none") }, null, stopped.Token));
        Assert.False(Directory.Exists(Path.Combine(run, "none")));
    }

    [Fact]
    public void Truth_on_another_mesh_needs_its_template()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        var other = ProceduralHead.Create(2_500);
        var message = Assert.Throws<FmlException>(() => EvaluationPeople.TruthTemplate(dataset, [other], null)).Message;
        Assert.Contains("--truth-template", message);
        Assert.Contains($"{tiny.Template.VertexCount}", message);
        Assert.Same(tiny.Template, EvaluationPeople.TruthTemplate(dataset, [other, tiny.Template], null));
        var (right, wrong) = (Path.Combine(tiny.Folder, "right.safetensors"), Path.Combine(tiny.Folder, "wrong.safetensors"));
        FaceTemplateFile.Save(tiny.Template, right);
        FaceTemplateFile.Save(other, wrong);
        Assert.Equal(tiny.Template.VertexCount, EvaluationPeople.TruthTemplate(dataset, [other], right).VertexCount);
        Assert.Contains(wrong, Assert.Throws<FmlException>(() => EvaluationPeople.TruthTemplate(dataset, [other], wrong)).Message);
    }

    private string Copy(string name)
    {
        var folder = Path.Combine(tiny.Folder, name);
        foreach (var file in Directory.GetFiles(tiny.DatasetFolder, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(folder, Path.GetRelativePath(tiny.DatasetFolder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return folder;
    }
}
