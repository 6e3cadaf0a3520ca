using Fml.Native;

namespace Fml.Model.Tests;

public sealed class DemoTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    [Fact]
    public void The_demo_goes_from_nothing_to_a_report_and_a_second_call_only_measures_again()
    {
        var folder = Path.Combine(tiny.Folder, "demo");
        var options = new DemoOptions
        {
            Folder = folder,
            Device = Device.Default,
            Clips = tiny.Clips,
            Training = TinyRun.Training,
            Measure = new MeasurementOptions { FrameCounts = [1, 4], FloorPeople = 1, Floors = [SeparationMode.Mesh] },
        };
        var tasks = new List<string>();
        var summary = Demo.Run(options, update => tasks.Add(update.Task), TestContext.Current.CancellationToken);
        Assert.Contains("make clips", tasks);
        Assert.Contains("train: everything", tasks);
        Assert.Equal(TinyRun.Training.Stages.Sum(stage => stage.Steps), summary.Steps);
        Assert.NotNull(summary.Evaluation.Neutral);

        var person = summary.Evaluation.People[0].Name;
        foreach (var file in (string[])["report.html", "metrics.jsonl", "model.safetensors", "state.safetensors", "options.json",
            $"people/{person}.glb", $"people/{person}.obj", $"people/{person}.json", $"people/{person}-sheet.png"])
            Assert.True(File.Exists(Path.Combine(folder, file)), file);
        var report = File.ReadAllText(summary.Report);
        Assert.Contains("People never trained on", report);
        Assert.Contains("between people", report);
        Assert.Equal(TinyRun.Training.Stages.Length + 1, RunGallery.Read(folder).Length);
        Assert.Contains(MetricsLog.Read(Path.Combine(folder, "metrics.jsonl")), sample => sample.Values.ContainsKey("mm/between people"));

        var model = TinyRun.Model(folder);
        File.Delete(summary.Report);
        tasks.Clear();
        var again = Demo.Run(options, update => tasks.Add(update.Task), TestContext.Current.CancellationToken);
        Assert.DoesNotContain("train: everything", tasks);
        Assert.True(File.Exists(again.Report));
        Assert.Equal(model, TinyRun.Model(folder));
        Assert.Equal(EvaluationText.Render(summary.Evaluation), EvaluationText.Render(again.Evaluation));
    }
}
