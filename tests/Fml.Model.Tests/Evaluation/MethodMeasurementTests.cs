using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class MethodMeasurementTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private static readonly MeasurementOptions Options =
        new() { FrameCounts = [1, 2, 4], FloorPeople = 1, Floors = [SeparationMode.Off, SeparationMode.Mesh] };

    [Theory]
    [InlineData(16, 4, 4, 4)]
    [InlineData(16, 1, 3, 3)]
    [InlineData(5, 2, 4, 2)]
    [InlineData(7, 7, 4, 1)]
    public void Sets_of_frames_are_disjoint_and_spread_over_all(int available, int size, int most, int expected)
    {
        var sets = FrameSets.Disjoint(available, size, most);
        Assert.Equal(expected, sets.Length);
        Assert.Equal(expected * size, sets.SelectMany(set => set).Distinct().Count());
        Assert.All(sets, set =>
        {
            Assert.Equal(set.Order(), set);
            for (var i = 0; i < size; i++) Assert.InRange(set[i], i * available / size, (i + 1) * available / size);
        });
    }

    [Fact]
    public void Too_few_frames_give_no_set() => Assert.Empty(FrameSets.Disjoint(3, 4, 4));

    [Fact]
    public void A_model_that_has_learned_nothing_is_as_good_as_the_mean_face_and_gives_everybody_the_same_face()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        var folder = Path.Combine(tiny.Folder, "nothing");
        using var trainer = Trainer.Open(dataset, tiny.Template, TinyRun.Training, folder, Device.Default);
        var found = MethodMeasurement.Measure(
            trainer.Reconstructor(), dataset, trainer.Split.HeldOut, trainer.Split.Train, "held-out people", Options,
            cancel: TestContext.Current.CancellationToken);

        Assert.Equal($"{trainer.Split.HeldOut.Length} held-out people", found.Population);
        var table = found.Neutral!;
        Assert.Equal([1, 2, 4], table.Network.Select(row => row.Frames));
        var truths = trainer.Split.HeldOut.Select(person => SyntheticTruth.Load(tiny.DatasetFolder, person.Name).Neutral);
        var expected = truths.Average(truth => GeometryError.Between(
            tiny.Template.Positions.AsSpan(), truth, tiny.Template.EvaluationRegion.AsSpan()).Rigid.Mean);
        Assert.True(Math.Abs(table.MeanFace.Rigid.Mean - expected) <= 1e-9);
        Assert.All(table.Network, row => Assert.True(Math.Abs(row.Rigid.Mean - expected) <= 0.05, $"{row.Rigid.Mean}, not {expected}"));
        Assert.True(found.Spread.Between <= 0.05, $"{found.Spread.Between} mm");
        Assert.True(found.Spread.TruthBetween > 1);
        double Floor(string name) => table.Floors.Single(row => row.Label.StartsWith(name, StringComparison.Ordinal)).Rigid.Mean;
        Assert.True(Floor("floor: off") <= Floor("floor: mesh") + 1e-6, "the whole graph can do what a separated one can");
        Assert.True(Floor("floor: mesh") < expected);
        Assert.True(Floor("best fit in learned span") <= found.Generality.First(fit => fit.Space == "learned basis").Rigid + 1e-6);
        Assert.True(found.ExpressionShare is >= 0 and < 0.2);
        Assert.True(found.Generality.First(fit => fit.Parameters == TinyRun.Training.ShapeCodes).Rigid <= 1.1 * expected);
        Assert.True(found.Pictures.LandmarksBefore is > 0 and < 0.5);
        Assert.True(Math.Abs(found.Pictures.Landmarks!.Value - found.Pictures.LandmarksBefore!.Value) <= 0.05);
        Assert.Equal(trainer.Split.HeldOut.Select(p => p.Name), found.People.Select(p => p.Name));

        var text = EvaluationText.Render(found);
        Assert.Contains("mean face", text);
        Assert.Contains("floor: mesh", text);
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 120, line));
    }

    [Fact]
    public void Without_truth_the_spread_and_the_pictures_are_measured()
    {
        var folder = Path.Combine(tiny.Folder, "without-truth");
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(tiny.DatasetFolder)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        using var dataset = FaceDataset.Open(folder);
        using var trainer = Trainer.Open(dataset, tiny.Template, TinyRun.Training, Path.Combine(tiny.Folder, "blind"), Device.Default);
        var found = MethodMeasurement.Measure(
            trainer.Reconstructor(), dataset, dataset.People, [], "people", Options, cancel: TestContext.Current.CancellationToken);
        Assert.Null(found.Neutral);
        Assert.Null(found.Spread.Correlation);
        Assert.Empty(found.Generality);
        Assert.NotNull(found.Spread.Within);
        Assert.True(found.Pictures.Photometric is > 0 and < 1);
        Assert.DoesNotContain("mean face", EvaluationText.Render(found));
    }

    [Fact]
    public void The_truth_put_before_the_camera_agrees_with_its_picture_and_the_mean_face_does_not()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        var person = dataset.People[0];
        var truth = SyntheticTruth.Load(tiny.DatasetFolder, person.Name);
        var given = CropFrame.Read(dataset, person.Frames[0]);
        var frame = truth.Frames.Single(f => f.Key == given.Frame.Key);
        var face = TrueFace.Of(tiny.Template, truth, [given]);
        var fit = FrameFit.Of(face, face.Frames[0], given.Frame, given.Rgb);
        // A pixel of landmark noise in a face about 15 pixels between the eyes; blur and noise in the colours.
        Assert.True(fit.LandmarkError <= 0.15, $"{fit.LandmarkError}");
        Assert.True(fit.Photometric <= 0.12, $"{fit.Photometric}");
        Assert.True(fit.Visible is > 0.1 and < 0.6, $"{fit.Visible}");

        var moved = face.Frames[0] with { Translation = frame.Translation + new Vector3(30, 0, 0) };
        var worse = FrameFit.Of(face, moved, given.Frame, given.Rgb);
        Assert.True(worse.LandmarkError > 2 * fit.LandmarkError);
        Assert.True(worse.Photometric > fit.Photometric);
    }

    [Fact]
    public void The_neutral_pose_puts_the_mean_face_into_the_middle_of_the_crop()
    {
        using var pose = new NeutralPose(tiny.Template, TinyRun.ImageSize, Device.Default);
        var standard = pose.Before(Intrinsics.Default(TinyRun.ImageSize));
        Assert.True(Vector3.Distance(standard.Positions[7], tiny.Template.Positions[7] + new Vector3(0, 0, -1000)) <= 1e-2);
        var camera = new Intrinsics(400, 5, 60);
        var place = camera.Project(pose.Before(camera).Positions[7] - tiny.Template.Positions[7]);
        Assert.True(Vector2.Distance(place, new Vector2(TinyRun.ImageSize / 2f)) <= 1e-2);
    }

    [Fact]
    public void The_watch_names_its_millimetres_and_sees_codes_that_move()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        using var trainer = Trainer.Open(dataset, tiny.Template, TinyRun.Training, Path.Combine(tiny.Folder, "watch"), Device.Default);
        var watch = new IdentityWatch(trainer);
        var before = watch.Measure();
        Assert.True(before["mm/between people"] <= 0.05);
        Assert.Equal(0, before["mm, training people's own codes/between people"]);
        Assert.True(Math.Abs(before["mm/error with 4 frames"] - before["mm/error of the mean face"]) <= 0.05);

        var codes = trainer.Store.Get<float>(trainer.Tables.Shape);
        for (var i = 0; i < codes.Length; i++) codes[i] = i % 7 - 3;
        trainer.Store.Set<float>(trainer.Tables.Shape, codes);
        Assert.True(watch.Measure()["mm, training people's own codes/between people"] > 0.1);
    }

    [Fact]
    public void Where_the_template_is_the_mean_the_watch_sees_no_mean_of_the_codes()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        double Error(bool mean)
        {
            var folder = Path.Combine(tiny.Folder, $"watch-mean-{mean}");
            using var trainer = Trainer.Open(dataset, tiny.Template, TinyRun.Training with { TemplateIsMean = mean }, folder, Device.Default);
            trainer.Store.Set<float>(trainer.Tables.Shape, trainer.Store.Get<float>(trainer.Tables.Shape).Select(_ => 5f).ToArray());
            var figures = new IdentityWatch(trainer).Measure();
            return figures["mm, training people's own codes/error"] - figures["mm, training people's own codes/error of the mean face"];
        }

        Assert.Equal(0, Error(mean: true), 1e-5);
        Assert.True(Math.Abs(Error(mean: false)) > 0.01);
    }
}
