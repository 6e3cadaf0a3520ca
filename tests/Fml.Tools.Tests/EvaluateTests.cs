using Fml.Model;
using Fml.Native;

namespace Fml.Tools.Tests;

/// <summary><c>fml evaluate</c> on a run of a few steps.</summary>
public sealed class EvaluateTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fml-evaluate-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_run_is_measured_on_its_held_out_people_and_the_report_is_named_last()
    {
        var (run, dataset) = TrainedRun.Make(folder);
        var (code, output, error) = Run("evaluate", run, dataset, "--people", "1", "--device", "cpu", "--also", $"again={dataset}");
        Assert.True(code == 0, error);
        Assert.Contains("1 held-out people", output);
        Assert.Contains("mean face", output);
        Assert.Contains("again: network, neutral", output);
        var results = Path.Combine(run, "evaluation-data");
        Assert.EndsWith(Path.Combine(results, "report.html"), output.TrimEnd());
        Assert.Equal(["evaluation.csv", "evaluation.json", "report.html"], Directory.GetFiles(results).Select(Path.GetFileName).Order());
        Assert.NotEmpty(EvaluationFile.Load(results).Rows);

        Assert.Contains("NAME=RUN", OneSentence(Run("evaluate", run, dataset, "--beside", "nameless").Error));
        Assert.Contains("at least 1", OneSentence(Run("evaluate", run, dataset, "--people", "0").Error));
        Assert.Contains("nowhere", OneSentence(Run("evaluate", run, Path.Combine(folder, "nowhere")).Error));
        Assert.Contains("nowhere", OneSentence(Run("evaluate", Path.Combine(folder, "nowhere"), dataset).Error));
        Assert.Contains("nowhere", OneSentence(Run("evaluate", run, dataset, "--truth-template", Path.Combine(folder, "nowhere")).Error));
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = FmlCommand.Run(args, new Terminal(output, error));
        return (code, output.ToString(), error.ToString());
    }

    private static string OneSentence(string error)
    {
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return error;
    }
}
