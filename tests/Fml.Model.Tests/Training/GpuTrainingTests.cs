using System.Numerics;
using Fml.Conformance;

namespace Fml.Model.Tests;

/// <summary>Training and reconstruction on a real GPU against the CPU; they skip where there is none.</summary>
public sealed class GpuTrainingTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private const double StepBound = 1e-4;

    private static StageOptions Everything => TinyRun.Training.Stages[^1];

    public static TheoryData<int> Stages() => [.. Enumerable.Range(0, TinyRun.Training.Stages.Length)];

    [Theory]
    [MemberData(nameof(Stages))]
    public void A_steps_loss_and_gradients_are_the_CPUs(int index)
    {
        var (gpu, stage) = (RealGpu.OrSkip(), TinyRun.Training.Stages[index]);
        using StepOnDevice here = new(RealGpu.Cpu, stage), there = new(gpu, stage);
        foreach (var (expected, came) in here.LossAndGradients().Zip(there.LossAndGradients()))
        {
            var error = ConformanceCheck.RelativeError([Wide(came.Values)], [Wide(expected.Values)]);
            Assert.True(error <= StepBound, $"{stage.Name}, {expected.Name} on {gpu.Name}: relative error {error:E2}");
        }
    }

    [Fact]
    public void A_short_training_lowers_the_loss_as_on_the_CPU_and_allocates_nothing()
    {
        const int Steps = 30;
        var gpu = RealGpu.OrSkip();
        using StepOnDevice here = new(RealGpu.Cpu, Everything), there = new(gpu, Everything);
        var (expected, _) = here.Train(Steps);
        var (came, allocated) = there.Train(Steps);
        for (var i = 0; i < 3; i++) Assert.True(Math.Abs(came[i] - expected[i]) <= 1e-3 * Math.Abs(expected[i]), $"step {i}: {came[i]}, not {expected[i]}");
        Assert.All(came, loss => Assert.True(float.IsFinite(loss)));
        Assert.True(came[^1] < 0.9 * came[0], $"{came[0]} became {came[^1]}");
        Assert.True(Math.Abs(came[^1] - expected[^1]) <= 0.05 * Math.Abs(expected[^1]), $"{came[^1]} at last, on the CPU {expected[^1]}");
        Assert.True(allocated < 1024, $"{allocated} bytes a step");
    }

    [Fact]
    public void Two_trainings_give_the_same_bits()
    {
        var gpu = RealGpu.OrSkip();
        using StepOnDevice first = new(gpu, Everything), second = new(gpu, Everything);
        Assert.Equal(first.Train(10).Losses, second.Train(10).Losses);
    }

    [Fact]
    public void A_run_and_its_reconstruction_are_the_CPUs()
    {
        var gpu = RealGpu.OrSkip();
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        var folder = Path.Combine(tiny.Folder, "gpu");
        using (var trainer = Trainer.Open(dataset, tiny.Template, TinyRun.Training, folder, gpu)) trainer.Run(null, null, CancellationToken.None);
        var model = FaceModel.Load(folder);
        CropFrame[] frames = [.. dataset.People[0].Frames.Take(3).Select(frame => CropFrame.Read(dataset, frame))];
        using FaceReconstructor here = new(model, RealGpu.Cpu), there = new(model, gpu);
        var (expected, came) = (here.Reconstruct("somebody", frames), there.Reconstruct("somebody", frames));
        Assert.True(came.Neutral.Zip(expected.Neutral, Vector3.Distance).Max() <= 1e-3);
        Assert.True(came.Albedo.Zip(expected.Albedo, Vector3.Distance).Max() <= 1e-5);
        foreach (var (a, b) in came.Frames.Zip(expected.Frames)) Assert.True(Vector3.Distance(a.Translation, b.Translation) <= 1e-2);
    }

    private static double[] Wide(float[] values) => [.. values.Select(x => (double)x)];
}
