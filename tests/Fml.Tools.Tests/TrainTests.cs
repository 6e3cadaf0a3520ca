using Fml.Model;

namespace Fml.Tools.Tests;

/// <summary>The switches of <c>fml train</c> and <c>fml synth</c> that leave things out or put things in.</summary>
public sealed class TrainTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fml-train-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_is_left_out_is_left_out_of_the_saved_options()
    {
        var (data, template, run) = (Path.Combine(folder, "data"), Path.Combine(folder, "head.safetensors"), Path.Combine(folder, "run"));
        Assert.Equal(0, Run("template", "-o", template, "--vertices", "2500").Code);
        Assert.Equal(0, Run(
            "synth", "-o", data, "--template", template, "--people", "3", "--clips", "2", "--frames", "2", "--size", "112", "--occluders", "1",
            "--damage", "0.5", "--distance-deviation", "0.04").Code);

        var (code, _, error) = Run(
            "train", data, "-o", run, "--template", template, "--preset", "many", "--steps", "0.0001", "--held-out", "0.4", "--device", "cpu",
            "--separation", "soft", "--single-frame", "--without", "sparsity", "--without", "photometric");

        Assert.True(code == 0, error);
        var options = FaceModel.Load(run).Options;
        Assert.Equal(SeparationMode.Soft, options.Separation);
        Assert.True(Math.Abs(options.Distance!.Deviation - 0.04) < 1e-6);
        Assert.All(options.Stages, stage => Assert.Equal((0.0, 0.0), (stage.Weights.Sparsity, stage.Weights.Photometric)));
        Assert.All(options.Stages.Where(stage => stage.Codes == CodeSource.Network), stage => Assert.Equal(1, stage.Frames));
        Assert.Equal(Run("info", Path.Combine(run, RunFolder.ModelFile)).Output, Run("info", run).Output);
    }

    [Fact]
    public void Help_names_the_losses_that_can_be_left_out()
    {
        var output = Run("train", "--help").Output.ReplaceLineEndings(" ");
        Assert.All(Enum.GetNames<LossPart>(), name => Assert.Contains(name.ToLowerInvariant(), output));
    }

    [Fact]
    public void A_model_learned_whole_is_divided_into_a_run_of_its_own()
    {
        var (run, _) = TrainedRun.Make(folder, SeparationMode.Off);
        var apart = Path.Combine(folder, "apart");
        var (code, output, error) = Run("divide", run, "-o", apart, "--separation", "mesh");
        Assert.True(code == 0, error);
        Assert.Contains(apart, output);
        Assert.Equal(SeparationMode.Mesh, FaceModel.Load(apart).Options.Separation);

        (code, _, error) = Run("divide", apart, "-o", Path.Combine(folder, "again"));
        Assert.Equal(1, code);
        Assert.Contains("already", error);
    }

    [Theory]
    [InlineData("--without", "everything")]
    [InlineData("--separation", "wide")]
    [InlineData("--preset", "huge")]
    public void A_word_that_a_switch_does_not_know_is_named(string name, string word)
    {
        var (code, _, error) = Run("train", folder, "-o", Path.Combine(folder, "run"), name, word);
        Assert.Equal(1, code);
        Assert.Contains(word, error);
        Assert.Contains(name, error);
    }

    [Theory]
    [InlineData("--occluders", "1.5")]
    [InlineData("--damage", "-1")]
    public void Shares_lie_between_0_and_1(string name, string value)
    {
        var (code, _, error) = Run("synth", "-o", Path.Combine(folder, "data"), "--people", "1", name, value);
        Assert.Equal(1, code);
        Assert.Contains("between 0 and 1", error);
        Assert.False(Directory.Exists(Path.Combine(folder, "data")));
    }

    [Fact]
    public void A_benchmark_and_a_given_basis_need_the_ict_model()
    {
        var missing = Path.Combine(folder, "nowhere.safetensors");
        var (code, _, error) = Run("synth", "benchmark", "-o", Path.Combine(folder, "bench"), "--ict", missing);
        Assert.Equal(1, code);
        Assert.Contains("nowhere", error);
        Assert.False(Directory.Exists(Path.Combine(folder, "bench")));
        (code, _, error) = Run("info", folder, "--verify");
        Assert.Equal(1, code);
        Assert.Contains("fml synth benchmark", error);
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = FmlCommand.Run(args, new Terminal(output, error));
        return (code, output.ToString(), error.ToString());
    }
}
