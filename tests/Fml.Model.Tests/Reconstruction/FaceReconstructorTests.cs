using System.Numerics;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class FaceReconstructorTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private FaceModel Model()
    {
        var folder = Path.Combine(tiny.Folder, "model");
        if (!Directory.Exists(folder)) tiny.Train("model");
        return FaceModel.Load(folder);
    }

    private CropFrame[] Frames(FaceDataset dataset, int count) =>
        [.. dataset.People[0].Frames.Take(count).Select(frame => CropFrame.Read(dataset, frame))];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Any_number_of_frames_gives_one_person(int count)
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        using var reconstructor = new FaceReconstructor(Model(), Device.Default);
        var face = reconstructor.Reconstruct("somebody", Frames(dataset, count));
        Assert.Equal(count, face.Frames.Length);
        Assert.Equal(tiny.Template.VertexCount, face.Neutral.Length);
        Assert.Equal(TinyRun.Training.ShapeCodes, face.Alpha.Length);
        Assert.Equal(TinyRun.Training.AlbedoCodes, face.Beta.Length);
        Assert.All(face.Neutral, p => Assert.True(p.Length() < 1000));
        Assert.All(face.Frames, frame =>
        {
            Assert.Equal(9, frame.Light.Length);
            Assert.Equal(tiny.Template.Expressions.Length, frame.Expression.Length);
            Assert.True(frame.Translation.Z < -300, $"{frame.Translation}");
            Assert.True(frame.LandmarkError is > 0 and < 1, $"{frame.LandmarkError}");
            Assert.True(frame.Losses["photometric"] is > 0 and < 1);
        });
    }

    // A model of the mode that wears expressions, learned or not.
    private FaceModel Wearing(SeparationMode mode)
    {
        var (model, random) = (Model(), new Random(4));
        var basis = model.Weights[FaceBases.Names.Expression];
        return model with
        {
            Options = model.Options with { Separation = mode },
            Weights = model.Weights.SetItem(
                FaceBases.Names.Expression, HostTensor.Of<float>([.. basis.To<float>().Select(_ => 0.1f * random.Normal())], [.. basis.Dimensions])),
        };
    }

    [Fact]
    public void Expressions_hold_what_their_person_always_wears_unless_the_neutral_face_does()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        using var mesh = new FaceReconstructor(Wearing(SeparationMode.Mesh), Device.Default);
        using var soft = new FaceReconstructor(Wearing(SeparationMode.Soft), Device.Default);
        var frames = Frames(dataset, 3);
        var (firm, own) = (mesh.Reconstruct("a", frames), soft.Reconstruct("a", frames));
        Assert.Empty(firm.Epsilon);
        Assert.Equal(tiny.Template.Expressions.Length, own.Epsilon.Length);
        Assert.True(own.Epsilon.Max(Math.Abs) > 0.01, string.Join(" ", own.Epsilon));
        Assert.True(firm.Neutral.Zip(own.Neutral, Vector3.Distance).Max() > 0.1);
        foreach (var (a, b) in firm.Frames.Zip(own.Frames))
        {
            for (var u = 0; u < own.Epsilon.Length; u++) Assert.Equal(a.Expression[u], b.Expression[u] + own.Epsilon[u], 1e-4);
            Assert.True(firm.Posed(a).Zip(own.Posed(b), Vector3.Distance).Max() <= 1e-2); // all in all the same face
        }
    }

    [Fact]
    public void Expressions_hold_what_their_person_always_wears()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        using var reconstructor = new FaceReconstructor(Model(), Device.Default);
        var (frames, bases) = (Frames(dataset, 3), reconstructor.Bases);
        var (codes, found) = reconstructor.Estimate(frames, reconstructor.Features(frames));
        var basis = reconstructor.Store.Get<float>(bases.ExpressionBasis!);
        var expressions = reconstructor.Template.Expressions;
        Assert.Contains(basis, x => x != 0);
        foreach (var frame in found)
            for (var u = 0; u < expressions.Length; u++)
            {
                var worn = Enumerable.Range(0, bases.Sizes.Shape).Sum(k => codes[k] * basis[k * expressions.Length + u]);
                var own = frame.Raw[FrameParameters.PoseCount + u] * expressions[u].Deviation;
                Assert.Equal(own + worn, frame.Expression[u], 1e-4);
            }
    }

    [Fact]
    public void Frames_share_the_identity_whatever_their_order_and_grouping()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        using var reconstructor = new FaceReconstructor(Model(), Device.Default);
        var frames = Frames(dataset, 5);
        var face = reconstructor.Reconstruct("a", frames);
        var reversed = reconstructor.Reconstruct("a", [.. frames.Reverse()]);
        Assert.True(face.Neutral.Zip(reversed.Neutral, Vector3.Distance).Max() <= 1e-3);
        Assert.True(Vector3.Distance(face.Frames[0].Translation, reversed.Frames[4].Translation) <= 1e-2);
    }

    [Fact]
    public void A_saved_and_loaded_model_reconstructs_the_same_bits_as_the_run_that_made_it()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        var folder = Path.Combine(tiny.Folder, "round-trip");
        using var trainer = Trainer.Open(dataset, tiny.Template, TinyRun.Training, folder, Device.Default);
        trainer.Run(cancel: TestContext.Current.CancellationToken);
        var frames = Frames(dataset, 3);
        var live = trainer.Reconstructor().Reconstruct("a", frames);
        using var reconstructor = new FaceReconstructor(FaceModel.Load(folder), Device.Default);
        var loaded = reconstructor.Reconstruct("a", frames);
        Assert.Equal(live.Neutral, loaded.Neutral);
        Assert.Equal(live.Albedo, loaded.Albedo);
        Assert.Equal(live.Frames[2].Expression, loaded.Frames[2].Expression);
        Assert.Equal(live.Frames[2].Translation, loaded.Frames[2].Translation);
    }

    [Fact]
    public void A_crop_of_another_size_is_resampled()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        using var reconstructor = new FaceReconstructor(Model(), Device.Default);
        var frame = Frames(dataset, 1)[0];
        var large = new CropFrame(
            frame.Frame with
            {
                Crop = new CropTransform(2 * frame.Frame.Crop.Scale, 2 * frame.Frame.Crop.OffsetX, 2 * frame.Frame.Crop.OffsetY),
                Landmarks = [.. frame.Frame.Landmarks.Select(p => 2 * p)],
            },
            SquareResampler.Resample(frame.Rgb, TinyRun.ImageSize, 2 * TinyRun.ImageSize));
        var (a, b) = (reconstructor.Reconstruct("a", [frame]), reconstructor.Reconstruct("a", [large]));
        Assert.Equal(2 * TinyRun.ImageSize, b.Frames[0].CropSize);
        Assert.True(a.Neutral.Zip(b.Neutral, Vector3.Distance).Max() <= 1e-3);
        Assert.True(Vector3.Distance(a.Frames[0].Translation, b.Frames[0].Translation) <= 0.1);
        Assert.True(Math.Abs(a.Frames[0].LandmarkError!.Value - b.Frames[0].LandmarkError!.Value) <= 1e-3);
    }

    [Fact]
    public void Weights_that_do_not_fit_the_options_are_refused_by_name()
    {
        var model = Model();
        var missing = Assert.Throws<FmlException>(() => new FaceReconstructor(
            model with { Weights = model.Weights.Remove(FaceBases.Names.Albedo) }, Device.Default));
        Assert.Contains(FaceBases.Names.Albedo, missing.Message);
        var wrong = Assert.Throws<FmlException>(() => new FaceReconstructor(
            model with { Options = model.Options with { ShapeCodes = 5 } }, Device.Default));
        Assert.Contains("options", wrong.Message);
        Assert.Throws<FmlException>(() => new FaceReconstructor(
            model with { Weights = model.Weights.SetItem("encoder.features.0.weights", HostTensor.Of(new float[6], 6)) }, Device.Default));
    }

    [Fact]
    public void A_dataset_without_people_is_an_error_that_says_why_frames_were_left_out()
    {
        var empty = Path.Combine(tiny.Folder, "nobody");
        using (var writer = DatasetWriter.Create(empty, new DatasetOptions { CropSize = TinyRun.ImageSize }))
        {
            writer.AddClip("a", "a", [], [new SkippedFrame("a", -1, "no face in any frame")]);
            writer.Finish();
        }
        var options = new ReconstructionRunOptions { Model = "none", Dataset = empty, Folder = Path.Combine(empty, "out"), Device = Device.Default };
        var error = Assert.Throws<FmlException>(() => ReconstructionRun.Run(options, cancel: TestContext.Current.CancellationToken));
        Assert.Contains("nobody to reconstruct", error.Message);
        Assert.Contains("no face in any frame", error.Message);
        Assert.False(Directory.Exists(options.Folder));
    }

    [Fact]
    public void A_reconstruction_without_frames_or_from_a_torn_crop_is_an_error()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        using var reconstructor = new FaceReconstructor(Model(), Device.Default);
        Assert.Throws<ArgumentException>(() => reconstructor.Reconstruct("a", []));
        var frame = Frames(dataset, 1)[0];
        Assert.Throws<ArgumentException>(() => reconstructor.Reconstruct("a", [frame with { Rgb = new byte[100] }]));
        Assert.Contains("landmarks", Assert.Throws<FmlException>(
            () => reconstructor.Reconstruct("a", [frame with { Frame = frame.Frame with { Landmarks = [] } }])).Message);
    }
}
