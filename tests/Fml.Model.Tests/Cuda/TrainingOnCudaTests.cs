using System.Collections.Immutable;
using System.Numerics;
using Fml.CudaEmulator;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

/// <summary>Training and reconstruction as a whole on an emulated CUDA device, against the CPU from the same state.</summary>
public sealed class TrainingOnCudaTests : IClassFixture<TinyRun>
{
    private const double Bound = 1e-5;

    private readonly TinyRun tiny;

    public TrainingOnCudaTests(TinyRun tiny)
    {
        this.tiny = tiny;
        Assert.SkipWhen(EmulatedDriver.Unavailable is not null, EmulatedDriver.Unavailable ?? "");
    }

    public static TheoryData<int> Stages() => [.. Enumerable.Range(0, TinyRun.Training.Stages.Length)];

    [Theory]
    [MemberData(nameof(Stages))]
    public void A_stage_gives_the_losses_gradients_and_parameters_of_the_CPU(int stage)
    {
        using var host = new CpuDevice();
        var driver = new EmulatedDriver();
        using var device = new CudaDevice(driver);
        var expected = Run(host, stage, "cpu", () => 0);
        var came = Run(device, stage, "cuda", () => driver.FreeBytes);
        Assert.Single(came.Free.Distinct()); // memory stays as it is from step to step
        foreach (var (step, (cpu, cuda)) in expected.Steps.Zip(came.Steps).Index())
        {
            Assert.Equal(cpu.Keys.Order(), cuda.Keys.Order());
            foreach (var (name, values) in cpu)
            {
                var error = Difference(values, cuda[name]);
                Assert.True(error <= Bound, $"step {step}, {name}: norm-wise relative error {error:E2}");
            }
        }
        Assert.Contains("loss/total", expected.Losses.Keys);
        foreach (var (name, value) in expected.Losses)
            Assert.True(Math.Abs(came.Losses[name] - value) <= Bound * Math.Abs(value), $"{name}: {came.Losses[name]} instead of {value}");
    }

    [Fact]
    public void What_the_stages_run_compiles_for_the_oldest_and_the_newest_architecture()
    {
        if (!NvidiaLibraries.Nvrtc.Found) Assert.Skip($"{NvidiaLibraries.Nvrtc.Failure} .ci/nvrtc fetches it on Debian.");
        var driver = new EmulatedDriver();
        using (var device = new CudaDevice(driver))
            foreach (var stage in Enumerable.Range(0, TinyRun.Training.Stages.Length))
                Run(device, stage, "sources", () => 0);
        var compiler = new NvrtcCompiler(NvidiaLibraries.Nvrtc, cache: null);
        foreach (var architecture in new[] { compiler.Architectures[0], compiler.Architectures[^1] })
            Assert.All(compiler.Compile([.. driver.Sources], new CompileTarget(architecture)), image => Assert.NotEmpty(image));
    }

    [Fact]
    public void A_reconstruction_is_the_CPUs()
    {
        var folder = Path.Combine(tiny.Folder, "model");
        if (!Directory.Exists(folder)) tiny.Train("model");
        var model = WithNoise(FaceModel.Load(folder));
        using var host = new CpuDevice();
        using var device = EmulatedDriver.Device();
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        CropFrame[] frames = [.. dataset.People[0].Frames.Take(3).Select(frame => CropFrame.Read(dataset, frame))];
        using var onHost = new FaceReconstructor(model, host);
        using var onCuda = new FaceReconstructor(model, device);
        var (expected, came) = (onHost.Reconstruct("somebody", frames), onCuda.Reconstruct("somebody", frames));
        AssertClose("neutral shape", expected.Neutral, came.Neutral);
        AssertClose("albedo", expected.Albedo, came.Albedo);
        AssertClose("identity codes", [.. expected.Alpha, .. expected.Beta], [.. came.Alpha, .. came.Beta]);
        foreach (var (cpu, cuda) in expected.Frames.Zip(came.Frames))
        {
            AssertClose("expression", [.. cpu.Expression], [.. cuda.Expression]);
            AssertClose("rotation", [cpu.Rotation], [cuda.Rotation]);
            AssertClose("translation", [cpu.Translation], [cuda.Translation]);
            AssertClose("light", cpu.Light, cuda.Light);
        }
        Assert.True(Vector3.Distance(expected.Frames[0].Rotation, expected.Frames[1].Rotation) > 1e-3f); // the frames differ
        AssertClose("one frame", onHost.Reconstruct("a", frames[..1]).Neutral, onCuda.Reconstruct("a", frames[..1]).Neutral);
    }

    // An encoder whose answers depend on what it sees, as those of one hardly trained do not.
    private static FaceModel WithNoise(FaceModel model)
    {
        var random = new Random(3);
        return model with
        {
            Weights = model.Weights.OrderBy(weights => weights.Key, StringComparer.Ordinal).ToImmutableDictionary(
                weights => weights.Key,
                weights => weights.Key.StartsWith("encoder.", StringComparison.Ordinal)
                    ? HostTensor.Of([.. weights.Value.To<float>().Select(w => w + 0.2f * (random.NextSingle() - 0.5f))], [.. weights.Value.Dimensions])
                    : weights.Value),
        };
    }

    private static void AssertClose(string what, IReadOnlyList<Vector3> expected, IReadOnlyList<Vector3> came) => AssertClose(
        what, [.. expected.SelectMany(p => new[] { p.X, p.Y, p.Z })], [.. came.SelectMany(p => new[] { p.X, p.Y, p.Z })]);

    private static void AssertClose(string what, float[] expected, float[] came)
    {
        var error = Difference(expected, came);
        Assert.True(error <= Bound, $"{what}: norm-wise relative error {error:E2}");
    }

    private sealed record Course(List<Dictionary<string, float[]>> Steps, List<long> Free, IReadOnlyDictionary<string, double> Losses);

    /// <summary>
    /// Runs one stage from where the CPU's run arrives at it. After every step: all parameters and the optimiser's moments, which after the
    /// first step are the gradients but for a factor.
    /// </summary>
    private Course Run(Device device, int stage, string name, Func<long> free)
    {
        var (before, count) = (TinyRun.Training.Stages[..stage].Sum(s => s.Steps), TinyRun.Training.Stages[stage].Steps);
        var folder = Path.Combine(tiny.Folder, $"stage-{stage}-{name}");
        Directory.CreateDirectory(folder);
        if (before > 0)
        {
            var start = Path.Combine(tiny.Folder, $"stage-{stage}");
            if (!Directory.Exists(start)) tiny.Interrupt($"stage-{stage}", before);
            foreach (var file in Directory.GetFiles(start)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        using var trainer = Trainer.Open(dataset, tiny.Template, TinyRun.Training, folder, device);
        using var stop = new CancellationTokenSource();
        var course = new Course([], [], new Dictionary<string, double>());
        void AfterStep(ProgressUpdate _)
        {
            course.Steps.Add(trainer.Store.Parameters.ToDictionary(p => p.Name, p => trainer.Store.Get<float>(p)));
            course.Free.Add(free());
            if (course.Steps.Count == count) stop.Cancel();
        }

        try
        {
            trainer.Run(AfterStep, null, stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The stage is done.
        }
        return course with { Losses = MetricsLog.Read(Path.Combine(folder, RunFolder.MetricsFile))[^1].Values };
    }

    /// <summary>Norm-wise relative difference; not a number where one is not.</summary>
    private static double Difference(float[] expected, float[] came)
    {
        Assert.Equal(expected.Length, came.Length);
        var difference = Math.Sqrt(expected.Zip(came, (e, c) => ((double)e - c) * ((double)e - c)).Sum());
        return difference == 0 ? 0 : difference / Math.Sqrt(expected.Sum(e => (double)e * e));
    }
}
