using System.Diagnostics;
using Fml.Graph;
using Fml.Model;
using Fml.Native;

namespace Fml.Bench;

/// <summary>
/// One training step of everything with images compared per vertex and per pixel, in turn, at the size of the recipes for minutes on a CPU:
/// 8 people x 2 frames of 112 pixels, 6 706 vertices.
/// </summary>
internal static class ComparisonBench
{
    private const int People = 8, Frames = 2, ImageSize = 112, Rounds = 40;

    public static void Run(CpuDevice device)
    {
        var template = ProceduralHead.Create();
        using Step vertex = new(device, template, ImageComparison.PerVertex), pixel = new(device, template, ImageComparison.PerPixel);
        var (vertexTimes, pixelTimes, ratios) = (new double[Rounds], new double[Rounds], new double[Rounds]);
        for (var i = -5; i < Rounds; i++)
        {
            var (a, b) = (vertex.Milliseconds(), pixel.Milliseconds());
            if (i >= 0) (vertexTimes[i], pixelTimes[i], ratios[i]) = (a, b, b / a);
        }
        Console.WriteLine($"one step, {People} x {Frames} frames of {ImageSize} pixels, {template.VertexCount} vertices, {device.Name}; medians of {Rounds}");
        Console.WriteLine($"per vertex {Median(vertexTimes):F1} ms, per pixel {Median(pixelTimes):F1} ms, ratio {Median(ratios):F2}");
        pixel.PrintParts();
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    private sealed class Step : IDisposable
    {
        private readonly ParameterStore store;
        private readonly GraphProgram program;

        public Step(CpuDevice device, FaceTemplate template, ImageComparison comparison)
        {
            var options = Recipes.Small(ImageSize).With(comparison);
            store = new ParameterStore(device);
            var bases = new FaceBases(
                store, template, DeformationGraph.Build(template, options.Nodes), options.Separation, options.ShapeCodes, options.AlbedoCodes);
            var encoder = new Encoder(store, options.Encoder, ImageSize, template, bases.Sizes, new Random(1));
            var tables = new CodeTables(store, bases.Sizes, template.Expressions.Length, People, People * Frames);
            var inputs = BatchInputs.Of(People, Frames, ImageSize);
            var loss = new TrainingGraph(options, bases, encoder, tables).Loss(options.Stages[^1], inputs);
            Node.Parameter[] free = [.. encoder.Parameters, bases.ShapeBasis, bases.AlbedoBasis, bases.MeanAlbedo];
            var update = new Optimizer.Adam().Minimize(store, loss.Total, [new ParameterGroup([.. free])], Schedule.Constant(1e-6), options.ClipNorm);
            program = GraphProgram.Compile(store, [loss.Total], update.Updates);
            TrainingStepBench.Feed(program, inputs, ImageSize);
        }

        public double Milliseconds()
        {
            var start = Stopwatch.GetTimestamp();
            program.Run();
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        // The commands that take longest.
        public void PrintParts()
        {
            foreach (var (command, seconds) in program.RunTimed().OrderByDescending(part => part.Seconds).Take(24))
                Console.WriteLine($"{1e3 * seconds,8:F2} ms  {(command.Length > 130 ? command[..130] : command)}");
        }

        public void Dispose()
        {
            program.Dispose();
            store.Dispose();
        }
    }
}
