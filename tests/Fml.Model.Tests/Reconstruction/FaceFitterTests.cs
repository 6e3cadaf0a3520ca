using System.Numerics;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class FaceFitterTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private FaceReconstructor Reconstructor()
    {
        var folder = Path.Combine(tiny.Folder, "model");
        if (!Directory.Exists(folder)) tiny.Train("model");
        return new FaceReconstructor(FaceModel.Load(folder), Device.Default);
    }

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
            var fit = fitter.Fit("somebody", Frames(person, 3), TestContext.Current.CancellationToken);
            Assert.True(fit.After.Total < 0.9 * fit.Before.Total, $"{fit.Before.Total} -> {fit.After.Total}");
            Assert.True(fit.After.Parts["landmarks"] < fit.Before.Parts["landmarks"]);
            Assert.True(fit.Face.Frames.Average(f => f.LandmarkError!.Value) < fit.Start.Frames.Average(f => f.LandmarkError!.Value));
        }
    }
}
