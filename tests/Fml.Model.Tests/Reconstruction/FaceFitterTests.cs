using System.Numerics;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class FaceFitterTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private FaceModel Model()
    {
        var folder = Path.Combine(tiny.Folder, "model");
        if (!Directory.Exists(folder)) tiny.Train("model");
        return FaceModel.Load(folder);
    }

    private FaceReconstructor Reconstructor() => new(Model(), Device.Default);

    private CropFrame[] Frames(int person, int count)
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        return [.. dataset.People[person].Frames.Take(count).Select(frame => CropFrame.Read(dataset, frame))];
    }

    [Fact]
    public void A_fit_lowers_the_loss_and_agrees_better_with_the_pictures()
    {
        using var reconstructor = Reconstructor();
        using var fitter = new FaceFitter(reconstructor, new FitOptions { Steps = 60 });
        for (var person = 0; person < 3; person++)
        {
            var fit = fitter.Fit("somebody", Frames(person, 3), Cancel);
            Assert.True(fit.After.Total < 0.9 * fit.Before.Total, $"{fit.Before.Total} -> {fit.After.Total}");
            Assert.True(fit.After.Parts["landmarks"] < fit.Before.Parts["landmarks"]);
            Assert.True(fit.Face.Frames.Average(f => f.LandmarkError!.Value) < fit.Start.Frames.Average(f => f.LandmarkError!.Value));
            Assert.InRange(fit.Steps, 1, 60);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // the codes of all training people have a mean of 0, those of one person must not
    public void From_a_start_beside_them_the_codes_of_a_face_without_noise_are_found_again(bool templateIsMean)
    {
        var model = Model();
        model = model with { Options = model.Options with { TemplateIsMean = templateIsMean } };
        // Expressions and distances are held, which are as the network sees them; of the shape only landmarks and pictures speak.
        var stages = model.Options.Stages;
        var alone = new LossWeights
        {
            Landmarks = 5000,
            Smoothness = 0,
            Sparsity = 0,
            Expression = 10,
            Displacement = 0,
            Albedo = 0,
            Light = 0,
            Distance = 1,
        };
        model = model with { Options = model.Options with { Stages = [.. stages.Select(stage => stage with { Weights = alone })] } };
        using var reconstructor = new FaceReconstructor(model, Device.Default);
        var seen = Frames(0, 4);
        var (codes, frames) = reconstructor.Estimate(seen, reconstructor.Features(seen));
        float[] Moved(float by) => [.. codes.Select((code, i) => i < TinyRun.Training.ShapeCodes ? code + (i % 2 == 0 ? by : -by) : code)];
        var (wanted, start) = (Moved(4), Moved(0));
        var truth = reconstructor.Face("truth", seen, wanted, frames);
        CropFrame[] pictures = [.. seen.Zip(truth.Frames, (frame, posed) => Taken(truth, posed, frame))];

        var options = new FitOptions { Steps = 600, Rate = 0.1, Photometric = 0.1, Codes = 0 };
        using var program = new FitProgram(reconstructor, options, pictures.Length, "test.");
        var (found, before, after, steps) = program.Fit(pictures, new FitProgram.Parameters(start, frames), Cancel);
        double Distance(float[] a) => GeometryError.Between(
            reconstructor.Face("a", seen, a, frames).Neutral.AsSpan(), truth.Neutral.AsSpan(), reconstructor.Template.EvaluationRegion.AsSpan()).Rigid.Mean;
        var (first, last) = (Distance(start), Distance(found.Codes));
        Assert.True(first > 1, $"{first} mm");
        Assert.True(last < 0.25 * first, $"{first} -> {last} mm, loss {before.Total} -> {after.Total} in {steps} steps");
    }

    // A frame as the model's own face would look in it.
    private static CropFrame Taken(Reconstruction face, ReconstructedFrame posed, CropFrame frame)
    {
        var camera = posed.CropCamera;
        var landmarks = PosedLandmarks.On(face.Template, FrameFit.Pose(face, posed)).Select(landmark => camera.Project(landmark.Point));
        return new CropFrame(
            frame.Frame with { Landmarks = [.. landmarks] }, FacePictures.Overlay(FaceView.Of(posed), face, posed, frame.Rgb));
    }

    [Fact]
    public void The_same_frames_give_the_same_bits_whoever_was_fitted_before_and_nothing_is_left_in_the_model()
    {
        using var reconstructor = Reconstructor();
        var parameters = reconstructor.Store.Parameters.Count;
        var options = new FitOptions { Steps = 12 };
        FaceFit first, second;
        using (var fitter = new FaceFitter(reconstructor, options)) first = fitter.Fit("a", Frames(0, 2), Cancel);
        using (var fitter = new FaceFitter(reconstructor, options))
        using (var other = new FaceFitter(reconstructor, options))
        {
            fitter.Fit("b", Frames(1, 2), Cancel);
            other.Fit("b", Frames(1, 2), Cancel);
            fitter.Fit("b", Frames(1, 3), Cancel);
            second = fitter.Fit("a", Frames(0, 2), Cancel);
        }
        Assert.Equal(first.Face.Neutral, second.Face.Neutral);
        Assert.Equal(first.Face.Frames[1].Expression, second.Face.Frames[1].Expression);
        Assert.Equal(first.After.Total, second.After.Total);
        Assert.Equal(parameters, reconstructor.Store.Parameters.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Any_number_of_frames_shares_one_identity_and_keeps_poses_of_its_own(int count)
    {
        using var reconstructor = Reconstructor();
        using var fitter = new FaceFitter(reconstructor, new FitOptions { Steps = 30 });
        var frames = Frames(2, count);
        var face = fitter.Fit("a", frames, Cancel).Face;
        var reversed = fitter.Fit("a", [.. frames.Reverse()], Cancel).Face;
        Assert.Equal(count, face.Frames.Length);
        Assert.Equal(count, face.Frames.Select(f => f.Translation).Distinct().Count());
        Assert.Equal(TinyRun.Training.ShapeCodes, face.Alpha.Length);
        var apart = face.Neutral.Zip(reversed.Neutral, Vector3.Distance).Max();
        Assert.True(apart <= 0.05, $"{apart} mm between two orders of the frames");
    }

    [Fact]
    public void What_gets_worse_or_is_not_finite_leaves_the_face_as_good_as_it_was()
    {
        using var reconstructor = Reconstructor();
        foreach (var rate in new[] { 50, 1e30 })
        {
            using var fitter = new FaceFitter(reconstructor, new FitOptions { Steps = 40, Rate = rate });
            var fit = fitter.Fit("a", Frames(0, 2), Cancel);
            Assert.True(double.IsFinite(fit.After.Total));
            Assert.True(fit.After.Total <= fit.Before.Total);
            Assert.All(fit.Face.Neutral, p => Assert.True(p.Length() < 1000));
        }
    }

    [Fact]
    public void Without_steps_the_face_is_the_networks()
    {
        using var reconstructor = Reconstructor();
        using var fitter = new FaceFitter(reconstructor, new FitOptions { Steps = 0 });
        var fit = fitter.Fit("a", Frames(0, 2), Cancel);
        Assert.Equal(0, fit.Steps);
        Assert.Equal(fit.Before, fit.After);
        Assert.Equal(fit.Start.Neutral, fit.Face.Neutral);
        Assert.Equal(fit.Start.Albedo, fit.Face.Albedo);
    }

    [Fact]
    public void Options_frames_and_models_that_cannot_be_fitted_are_refused_and_a_fit_can_be_stopped()
    {
        using var reconstructor = Reconstructor();
        Assert.Contains("rate", Assert.Throws<FmlException>(() => new FaceFitter(reconstructor, new FitOptions { Rate = 0 })).Message);
        Assert.Throws<FmlException>(() => new FaceFitter(reconstructor, new FitOptions { Steps = -1 }));
        Assert.Throws<FmlException>(() => new FaceFitter(reconstructor, new FitOptions { Codes = double.NaN }));
        using var fitter = new FaceFitter(reconstructor, new FitOptions { Steps = 5 });
        Assert.Throws<ArgumentException>(() => fitter.Fit("a", [], Cancel));
        var frame = Frames(0, 1)[0];
        Assert.Contains("landmarks", Assert.Throws<FmlException>(
            () => fitter.Fit("a", [frame with { Frame = frame.Frame with { Landmarks = [] } }], Cancel)).Message);
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.Throws<OperationCanceledException>(() => fitter.Fit("a", [frame], stopped.Token));

        var model = Model();
        var blind = model with { Options = model.Options with { Stages = [model.Options.Stages[0]] } };
        using var withoutImages = new FaceReconstructor(blind, Device.Default);
        Assert.Contains("fml reconstruct", Assert.Throws<FmlException>(() => new FaceFitter(withoutImages)).Message);
    }
}
