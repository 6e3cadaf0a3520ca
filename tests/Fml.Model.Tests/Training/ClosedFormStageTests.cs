using Fml.Native;

namespace Fml.Model.Tests;

public sealed class ClosedFormStageTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private static readonly StageOptions Solve =
        new("appearance", CodeSource.Tables, StageTarget.Images, FreeParts.Light | FreeParts.AlbedoCodes, 1, 1, 1, 0) { ClosedForm = true };

    private static TrainingOptions With(params StageOptions[] stages) => TinyRun.Training with
    {
        Stages = [TinyRun.Training.Stages[0] with { Steps = 100, People = 6, Frames = 5 }, .. stages],
    };

    private double Photometric(string name, params StageOptions[] before)
    {
        // A step at a rate of nothing measures.
        var measure = TinyRun.Training.Stages[1] with { Name = "measure", Steps = 1, People = 6, Frames = 5, Rate = 1e-12 };
        var folder = tiny.Train(name, With([.. before, measure]));
        return MetricsLog.Read(Path.Combine(folder, RunFolder.MetricsFile)).Last(s => s.Stage == "measure").Values["loss/photometric"];
    }

    [Fact]
    public void It_explains_the_colours_far_better_than_the_templates_albedo_under_ambient_light()
    {
        var (before, after) = (Photometric("not solved"), Photometric("solved", Solve));
        Assert.True(after < 0.4 * before, $"{before} -> {after}");
    }

    [Fact]
    public void Albedos_differ_as_the_true_ones_do()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        using var trainer = Trainer.Open(dataset, tiny.Template, With(Solve), Path.Combine(tiny.Folder, "albedos"), Device.Default);
        trainer.Run(cancel: TestContext.Current.CancellationToken);
        var (codes, basis) = (trainer.Store.Get<float>(trainer.Tables.Albedo), trainer.Store.Get<float>(trainer.Bases.AlbedoBasis));
        var (h, size) = (TinyRun.Training.AlbedoCodes, 3 * tiny.Template.VertexCount);
        double[] brightness = [.. Enumerable.Range(0, h).Select(k => (double)basis.Skip(k * size).Take(size).Average())];
        double[] found = [.. trainer.Split.Train.Select((_, p) => Enumerable.Range(0, h).Sum(k => codes[p * h + k] * brightness[k]))];
        double[] real =
        [
            .. trainer.Split.Train.Select(p => SyntheticTruth.Load(tiny.DatasetFolder, p.Name).Albedo.Average(a => (a.X + a.Y + a.Z) / 3.0)),
        ];
        var correlation = MathNet.Numerics.Statistics.Correlation.Pearson(found, real);
        Assert.True(correlation > 0.8, $"{correlation}: {string.Join(" ", found)} for {string.Join(" ", real)}");
    }

    [Fact]
    public void Interrupted_while_it_solves_a_run_goes_on_to_the_same_model()
    {
        var options = With(Solve, TinyRun.Training.Stages[1] with { Name = "after" });
        var whole = tiny.Train("in one go", options);
        var resumed = tiny.Interrupt("in two", 101, options); // after the hundred steps before it, at its first person
        tiny.Train("in two", options);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, RunFolder.ModelFile)), File.ReadAllBytes(Path.Combine(resumed, RunFolder.ModelFile)));
    }
}
