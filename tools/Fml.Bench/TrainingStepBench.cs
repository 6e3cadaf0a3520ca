using System.Diagnostics;
using Fml.Graph;
using Fml.Model;
using Fml.Native;

namespace Fml.Bench;

/// <summary>
/// One training step of everything - encoder, bases, images, landmarks, Adam - at the size of the demonstration and at the paper's, beside
/// a copy of memory as long as what the optimiser must at least move: parameter and two moments read and written.
/// </summary>
internal static class TrainingStepBench
{
    public static void Run(CpuDevice device, Yardstick yardstick)
    {
        Console.WriteLine(
            $"\n{"training step",-46} {"ms",6} {"without Adam",14} {"Adam",6} {"the copy",10} {"parameters",12} {"working set",12} {"allocated",10}");
        Measure(device, yardstick, "demo: 6 700 vertices, 4 x 4 frames, 96 px", ProceduralHead.Create(6_700), people: 4, steps: 30, Recipes.Small(96));
        Measure(device, yardstick, "paper: 60 000 vertices, 1 x 4 frames, 240 px", ProceduralHead.Create(60_000), people: 1, steps: 6, Recipes.Paper(240));
    }

    private static void Measure(CpuDevice device, Yardstick yardstick, string name, FaceTemplate template, int people, int steps, TrainingOptions options)
    {
        const int framesEach = 4;
        using var store = new ParameterStore(device);
        var graph = DeformationGraph.Build(template, options.Nodes);
        var bases = new FaceBases(store, template, graph, options.Separation, options.ShapeCodes, options.AlbedoCodes);
        var encoder = new Encoder(
            store, options.Encoder, options.ImageSize, template, bases.Sizes, new Random(1));
        var tables = new CodeTables(store, bases.Sizes, template.Expressions.Length, people, people * framesEach);
        var stage = options.Stages[^1];
        var inputs = BatchInputs.Of(people, framesEach, options.ImageSize);
        var loss = new TrainingGraph(options, bases, encoder, tables).Loss(stage, inputs);
        Node.Parameter[] free = [.. encoder.Parameters, bases.ShapeBasis, bases.AlbedoBasis, bases.MeanAlbedo];
        var update = new Optimizer.Adam().Minimize(store, loss.Total, [new ParameterGroup([.. free])], Schedule.Constant(1e-5), options.ClipNorm);
        using var program = GraphProgram.Compile(store, [loss.Total], update.Updates);
        Feed(program, inputs, options.ImageSize);

        for (var i = 0; i < Math.Max(4, steps / 3); i++) program.Run();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var times = new double[steps];
        for (var i = 0; i < steps; i++)
        {
            var start = Stopwatch.GetTimestamp();
            program.Run();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        var allocated = (GC.GetTotalAllocatedBytes(precise: true) - before) / steps;
        var parts = program.RunTimed();
        var adam = 1e3 * parts.Where(part => part.Command.Contains("1E-08", StringComparison.Ordinal)).Sum(part => part.Seconds);
        var rest = 1e3 * parts.Sum(part => part.Seconds) - adam;
        var count = free.Sum(parameter => parameter.Shape.Count);
        var copy = count * 4.0 * 6 / yardstick.Copy() / 1e6;
        Array.Sort(times);
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(
            $"{name,-46} {times[steps / 2],6:F0} {rest,14:F0} {adam,6:F0} {copy,10:F0} "
            + $"{count / 1e6,10:F1} M {process.WorkingSet64 / 1e6,9:F0} MB {allocated,8} B");
    }

    public static void Feed(GraphProgram program, BatchInputs inputs, int imageSize)
    {
        var random = new Random(2);
        var frames = inputs.Frames.Shape[0];
        var images = new byte[inputs.Images.Shape.Count];
        random.NextBytes(images);
        program.Set<byte>(inputs.Images, images);
        program.Set<float>(inputs.Landmarks, [.. Enumerable.Range(0, (int)inputs.Landmarks.Shape.Count).Select(_ => imageSize * random.NextSingle())]);
        program.Set<float>(inputs.Confidence, [.. Enumerable.Repeat(1f, (int)inputs.Confidence.Shape.Count)]);
        var camera = Intrinsics.Default(imageSize);
        program.Set<float>(inputs.Intrinsics, [.. Enumerable.Range(0, frames).SelectMany(_ => new[] { camera.Focal, camera.CenterX, camera.CenterY })]);
    }
}
