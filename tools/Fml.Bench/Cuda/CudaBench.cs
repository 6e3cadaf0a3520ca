using Fml.Model;
using Fml.Native;

namespace Fml.Bench;

/// <summary>
/// The measurements on a GPU: ceilings, every primitive, whole training steps, reconstruction. What fails is told and the rest goes on.
/// </summary>
internal static class CudaBench
{
    /// <summary>Exit code when there is no such device.</summary>
    private const int NoDevice = 3;

    /// <summary>Runs it and gives the exit code: 0, 1 when something failed or a word was not understood, 3 without the device.</summary>
    public static int Run(ReadOnlySpan<string> words)
    {
        try
        {
            var options = BenchOptions.Parse(words);
            try
            {
                using var device = options.Open();
                Console.WriteLine(device.Name);
                return options.Probe ? 0 : Measure(device, options);
            }
            catch (Exception e) when (options.Probe)
            {
                Console.WriteLine(e.Message);
                return NoDevice;
            }
        }
        catch (FmlException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static int Measure(Device device, BenchOptions options)
    {
        var report = new BenchReport(device.Name, options);
        report.Add(Ceilings.Measure(device, options));
        if (options.Tiny) Scene(device, options, report, "tiny", FaceScene.Tiny, 2);
        else
        {
            Scene(device, options, report, "paper", FaceScene.Paper, 4, 1, 16);
            Scene(device, options, report, "demo", FaceScene.Demo, 4);
        }
        var template = ProceduralHead.Create(options.Tiny ? 2_500 : 60_000);
        var graph = DeformationGraph.Build(template, options.Tiny ? 60 : 521);
        PrimitiveRow[] rows =
            [.. GraphPrimitives.Rows(options.Tiny), .. ImagePrimitives.Rows(options.Tiny), .. FacePrimitives.Rows(template, graph, options.Tiny)];
        foreach (var row in rows) Guarded(report, options, row.Name, () => Primitive(device, row, options, report));
        Console.WriteLine($"{report.Measured} measured, {report.Failures} failed");
        return report.Failures == 0 ? 0 : 1;
    }

    private static void Primitive(Device device, PrimitiveRow row, BenchOptions options, BenchReport report)
    {
        using var store = new Graph.ParameterStore(new CpuDevice(1));
        var floor = row.Floor ?? WorkFloor.Of(row.Build(store).Outputs);
        report.Add(row, MeasuredProgram.Seconds(device, row, options.Seconds), floor);
    }

    private static void Scene(Device device, BenchOptions options, BenchReport report, string name, Func<Device, FaceScene> make, params int[] people)
    {
        var scene = new Lazy<FaceScene>(() => make(device));
        foreach (var k in people)
            Guarded(report, options, $"step {name}, {k} people", () => report.Add(StepBench.Measure(device, scene.Value, k, options)));
        Guarded(report, options, $"reconstruction {name}", () => report.Add(ReconstructionBench.Measure(device, scene.Value, options)));
        if (scene.IsValueCreated) scene.Value.Dispose();
    }

    private static void Guarded(BenchReport report, BenchOptions options, string what, Action measure)
    {
        if (!what.Contains(options.Only, StringComparison.OrdinalIgnoreCase)) return;
        try
        {
            measure();
        }
        catch (Exception e)
        {
            report.Fail(what, e);
        }
    }
}
