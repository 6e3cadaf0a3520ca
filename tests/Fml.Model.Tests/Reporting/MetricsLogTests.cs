using Fml.Native;

namespace Fml.Model.Tests;

public sealed class MetricsLogTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fml-metrics-").FullName;

    private string Log => Path.Combine(folder, "metrics.jsonl");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_is_appended_is_read_back_even_while_the_log_is_open()
    {
        using var log = MetricsLog.Open(Log);
        log.Append(MetricSample.Of(1, 0.25, "pose", ("loss/total", 0.5), ("mm/between people", double.NaN)));
        log.Append(MetricSample.Of(2, 0.5, "codes", ("loss/total", 1e-9)));
        var read = MetricsLog.Read(Log);
        Assert.Equal([1, 2], read.Select(s => s.Step));
        Assert.Equal(["pose", "codes"], read.Select(s => s.Stage));
        Assert.Equal(0.25, read[0].Seconds);
        Assert.True(double.IsNaN(read[0].Values["mm/between people"]));
        Assert.Equal(1e-9, read[1].Values["loss/total"]);
    }

    [Fact]
    public void A_line_cut_short_by_a_crash_is_dropped_and_the_run_goes_on()
    {
        using (var log = MetricsLog.Open(Log)) log.Append(MetricSample.Of(1, 1, "a", ("loss/total", 1)));
        File.AppendAllText(Log, """{"step":2,"seco""");
        Assert.Single(MetricsLog.Read(Log));
        using (var log = MetricsLog.Open(Log)) log.Append(MetricSample.Of(2, 2, "a", ("loss/total", 2)));
        Assert.Equal([1, 2], MetricsLog.Read(Log).Select(s => s.Step));
    }

    [Fact]
    public void Resuming_at_a_step_drops_what_will_come_again()
    {
        using (var log = MetricsLog.Open(Log))
            foreach (var step in new[] { 10, 20, 30 }) log.Append(MetricSample.Of(step, step, "a"));
        using (var log = MetricsLog.Open(Log, lastStep: 20)) log.Append(MetricSample.Of(30, 31, "a"));
        var read = MetricsLog.Read(Log);
        Assert.Equal([10, 20, 30], read.Select(s => s.Step));
        Assert.Equal(31, read[^1].Seconds);
    }

    [Fact]
    public void A_line_that_is_no_sample_is_named_by_number()
    {
        File.WriteAllText(Log, "{\"step\":1,\"seconds\":0,\"stage\":\"a\",\"values\":{}}\nnonsense\n");
        Assert.Contains("Line 2 of", Assert.Throws<FmlException>(() => MetricsLog.Read(Log)).Message);
        Assert.Contains("Cannot read", Assert.Throws<FmlException>(() => MetricsLog.Read(folder)).Message);
    }
}
