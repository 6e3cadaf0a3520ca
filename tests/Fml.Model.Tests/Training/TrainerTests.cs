using System.Collections.Immutable;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class TrainerTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    [Fact]
    public void The_same_seed_gives_the_same_model_bit_for_bit_and_another_does_not()
    {
        var first = TinyRun.Model(tiny.Train("same-a"));
        Assert.Equal(first, TinyRun.Model(tiny.Train("same-b")));
        Assert.NotEqual(first, TinyRun.Model(tiny.Train("same-c", TinyRun.Training with { Seed = 2 })));
    }

    [Fact]
    public void Comparing_pixels_is_a_choice_of_its_own_and_gives_the_same_model_bit_for_bit()
    {
        var options = TinyRun.Training.With(ImageComparison.PerPixel);
        var folder = tiny.Train("pixels-a", options);
        Assert.Equal(TinyRun.Model(folder), TinyRun.Model(tiny.Train("pixels-b", options)));
        Assert.All(FaceModel.Load(folder).Options.Stages, stage => Assert.Equal(ImageComparison.PerPixel, stage.Comparison));
        double Photometric(string run) =>
            MetricsLog.Read(Path.Combine(run, RunFolder.MetricsFile)).Last(sample => sample.Stage == "images").Values["loss/photometric"];
        var (perPixel, perVertex) = (Photometric(folder), Photometric(tiny.Train("vertices")));
        Assert.NotEqual(perVertex, perPixel);
        Assert.InRange(perPixel / perVertex, 0.5, 2);
    }

    [Fact]
    public void Options_of_runs_from_before_pixels_could_be_compared_are_the_same_options()
    {
        var json = FaceModel.ToJson(TinyRun.Training);
        Assert.DoesNotContain("omparison", json);
        Assert.All(FaceModel.OptionsFromJson(json, "a run").Stages, stage => Assert.Equal(ImageComparison.PerVertex, stage.Comparison));
        var chosen = FaceModel.ToJson(TinyRun.Training.With(ImageComparison.PerPixel));
        Assert.Equal(chosen, FaceModel.ToJson(FaceModel.OptionsFromJson(chosen, "a run")));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(10)]
    [InlineData(8)]
    [InlineData(13)]
    [InlineData(16)]
    public void A_run_that_was_interrupted_equals_one_that_was_not_bit_for_bit(int steps)
    {
        var whole = Path.Combine(tiny.Folder, "whole");
        if (!Directory.Exists(whole)) tiny.Train("whole");
        var name = $"interrupted-{steps}";
        tiny.Interrupt(name, steps);
        Assert.Equal(TinyRun.Model(whole), TinyRun.Model(tiny.Train(name)));
    }

    [Fact]
    public void Metrics_are_written_and_losses_are_finite()
    {
        var samples = MetricsLog.Read(Path.Combine(tiny.Train("metrics"), RunFolder.MetricsFile));
        Assert.Equal(["landmarks", "images", "encoder", "everything"], samples.Select(s => s.Stage).Distinct());
        Assert.All(samples, sample => Assert.True(sample.Values["loss/total"] < 1e6));
    }

    [Fact]
    public void A_run_that_explodes_says_so_and_leaves_the_last_checkpoint_good()
    {
        var options = TinyRun.Training with
        {
            NonFiniteLimit = 3,
            Stages =
            [
                TinyRun.Training.Stages[0],
                TinyRun.Training.Stages[1] with { Name = "too fast", Rate = 1e30, Warmup = 1, Steps = 10 },
            ],
        };
        var folder = tiny.Interrupt("explosion", 3, options);
        var before = TinyRun.Model(folder);
        var error = Assert.Throws<FmlException>(() => tiny.Train("explosion", options));
        Assert.Contains("too fast", error.Message);
        Assert.Contains("not finite", error.Message);
        Assert.Equal(before, TinyRun.Model(folder));
        Assert.All(FaceModel.Load(folder).Weights.Values, weights => Assert.All(weights.To<float>(), w => Assert.True(float.IsFinite(w))));
    }

    [Fact]
    public void A_share_of_the_steps_leaves_at_least_one_in_every_stage()
    {
        Assert.Equal([3, 2, 2, 2], TinyRun.Training.WithSteps(0.5).Stages.Select(stage => stage.Steps));
        Assert.Equal([1, 1, 1, 1], TinyRun.Training.WithSteps(1e-9).Stages.Select(stage => stage.Steps));
        Assert.Contains("share", Assert.Throws<FmlException>(() => TinyRun.Training.WithSteps(0)).Message);
        Assert.Throws<FmlException>(() => TinyRun.Training.WithSteps(double.NaN));
    }

    [Fact]
    public void A_damaged_checkpoint_is_named_before_anything_is_computed()
    {
        var state = Path.Combine(tiny.Interrupt("damaged", 2), RunFolder.StateFile);
        File.WriteAllBytes(state, File.ReadAllBytes(state)[..^7]);
        var error = Assert.Throws<FmlException>(() => tiny.Train("damaged"));
        Assert.Contains(state, error.Message);
        Assert.Contains("truncated", error.Message);
    }

    [Fact]
    public void A_folder_with_a_run_of_other_options_is_refused()
    {
        tiny.Interrupt("other", 2);
        var error = Assert.Throws<FmlException>(() => tiny.Train("other", TinyRun.Training with { ClipNorm = 1 }));
        Assert.Contains("other options", error.Message);
    }

    [Theory]
    [InlineData(SeparationMode.Graph)]
    [InlineData(SeparationMode.Mesh)]
    [InlineData(SeparationMode.Soft)]
    [InlineData(SeparationMode.Off)]
    public void Displacements_stay_in_the_nullspace_before_and_after_training(SeparationMode mode)
    {
        var options = TinyRun.Training with { Separation = mode, Stages = TinyRun.Training.Stages[..2] };
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        using var trainer = Trainer.Open(dataset, tiny.Template, options, Path.Combine(tiny.Folder, $"separation-{mode}"), Device.Default);
        var before = LargestShare(trainer);
        trainer.Run(cancel: TestContext.Current.CancellationToken);
        var after = LargestShare(trainer);
        Assert.True(before <= 1e-5, $"{before} before training");
        Assert.True(after <= 1e-5, $"{after} after training");
    }

    [Theory]
    [InlineData(SeparationMode.Graph)]
    [InlineData(SeparationMode.Mesh)]
    [InlineData(SeparationMode.Soft)]
    public void A_mode_that_projects_learns_what_off_learns_and_divides_it(SeparationMode mode)
    {
        string Trained(SeparationMode of, string name) => tiny.Train(name, TinyRun.Training with { Separation = of });
        var off = Trained(SeparationMode.Off, $"whole-{mode}");
        var (apart, beside) = (Path.Combine(tiny.Folder, $"apart-{mode}"), FaceModel.Load(Trained(mode, $"divided-{mode}")));
        RunDivision.Divide(off, apart, mode);

        var divided = FaceModel.Load(apart);
        Assert.Equal(FaceModel.ToJson(beside.Options), FaceModel.ToJson(divided.Options));
        Assert.Equal(beside.Weights.Keys.Order(), divided.Weights.Keys.Order());
        foreach (var (name, weights) in beside.Weights) Assert.Equal(weights.To<float>(), divided.Weights[name].To<float>());
        Assert.Equal(TrainedOn.Load(off)!.HeldOut, TrainedOn.Load(apart)!.HeldOut);
        ImmutableDictionary<string, HostTensor> Tables(string run) => SafetensorsFile.Load(Path.Combine(run, RunFolder.StateFile)).Tensors
            .Where(tensor => tensor.Key.StartsWith(CodeTables.Prefix, StringComparison.Ordinal)).ToImmutableDictionary();
        var tables = Tables(off);
        Assert.NotEmpty(tables);
        foreach (var (name, table) in Tables(Path.Combine(tiny.Folder, $"divided-{mode}"))) Assert.Equal(tables[name].To<float>(), table.To<float>());

        Assert.Contains("another folder", Assert.Throws<FmlException>(() => RunDivision.Divide(off, apart, mode)).Message);
        Assert.Contains("already", Assert.Throws<FmlException>(() => RunDivision.Divide(apart, apart + "-again", mode)).Message);
        Assert.Contains("divides nothing", Assert.Throws<FmlException>(() => RunDivision.Divide(off, apart + "-off", SeparationMode.Off)).Message);
        Assert.False(Directory.Exists(apart + "-again") || Directory.Exists(apart + "-off"));
    }

    // Largest |Q^T d| / |d| over displacements d = P(Theta alpha) of random codes.
    private static double LargestShare(Trainer trainer)
    {
        var bases = trainer.Bases;
        var alpha = Ops.Input("alpha", [5, bases.Sizes.Shape]);
        var displacement = bases.Displacement(alpha);
        using var program = GraphProgram.Compile(trainer.Store, [displacement]);
        var random = new Random(5);
        program.Set<float>(alpha, [.. Enumerable.Range(0, 5 * bases.Sizes.Shape).Select(_ => random.NextSingle() - 0.5f)]);
        program.Run();
        var (rank, q) = (bases.Nullspace.Rank, bases.Nullspace.Q);
        return program.Get<float>(displacement).Chunk(3 * bases.Graph.NodeCount).Max(d =>
        {
            var inside = Enumerable.Range(0, rank).Sum(c => Math.Pow(d.Select((x, r) => (double)x * q[r * rank + c]).Sum(), 2));
            return Math.Sqrt(inside) / Math.Sqrt(d.Sum(x => (double)x * x));
        });
    }
}
