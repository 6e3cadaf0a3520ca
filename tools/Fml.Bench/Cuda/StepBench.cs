using Fml.Graph;
using Fml.Model;
using Fml.Native;

namespace Fml.Bench;

/// <summary>A whole training step - encoder, bases, images, landmarks, Adam - as a captured program is run in training.</summary>
internal static class StepBench
{
    public const int FramesEach = 4;

    /// <summary>Times a step; reading inputs that are on the device, and with new pictures and landmarks uploaded before each.</summary>
    public static StepResult Measure(Device device, FaceScene scene, int people, BenchOptions options)
    {
        var inputs = BatchInputs.Of(people, FramesEach, scene.Options.ImageSize);
        var loss = new TrainingGraph(scene.Options, scene.Bases, scene.Encoder, scene.Tables).Loss(scene.Options.Stages[^1], inputs);
        var update = new Optimizer.Adam().Minimize(
            scene.Store, loss.Total, [new ParameterGroup(scene.Free)], Schedule.Constant(1e-5), scene.Options.ClipNorm);
        var values = scene.Values(inputs);
        using var program = GraphProgram.Compile(scene.Store, [loss.Total], update.Updates);
        MeasuredProgram.Feed(program, [loss.Total], values);
        var images = MeasuredProgram.Bytes(new Random(3), inputs.Images.Shape.Count);
        var seconds = 4 * options.Seconds;
        var step = Clock.Wall(device, program.Run, seconds);
        var withUploads = Batch(device, seconds, () =>
        {
            program.Set<byte>(inputs.Images, images);
            program.Set<float>(inputs.Landmarks, values[inputs.Landmarks]);
            program.Run();
        });
        var parts = program.RunTimed();
        var first = program.GetNumber(loss.Total);
        if (!float.IsFinite(first)) throw new FmlException($"the loss of {scene.Name} is {first}");
        var floor = WorkFloor.Of([loss.Total], update.Updates);
        return new StepResult(
            $"{scene.Name}, {people} x {FramesEach} frames", 1e3 * step, 1e3 * withUploads, Mebibytes(scene, program, [loss.Total], update.Updates),
            scene.Free.Sum(parameter => parameter.Shape.Count), floor, program.CommandCount, scene.Sizes(people, FramesEach))
        {
            Slowest = [.. parts.OrderByDescending(part => part.Seconds).Take(12).Select(part => $"{1e3 * part.Seconds:F3} ms {part.Command}")],
        };
    }

    /// <summary>Memory of a program and its store, MiB: parameters, constants, inputs and working memory.</summary>
    public static double Mebibytes(FaceScene scene, GraphProgram program, IReadOnlyList<Node> outputs, IReadOnlyList<Assignment> updates)
    {
        var others = GraphOrder.Of([.. outputs, .. updates.Select(update => update.Value)]).Where(node => node is Node.Constant or Node.Input);
        return (scene.Store.Parameters.Concat(others).Sum(node => (double)node.Type.ByteCount) + program.WorkingBytes) / 1048576;
    }

    // Several steps are asked for before any is waited for, as in training: only so can uploads hide behind computing.
    private static double Batch(Device device, double seconds, Action step)
    {
        const int Steps = 5;
        return Clock.Wall(
            device, () =>
            {
                for (var i = 0; i < Steps; i++) step();
            },
            seconds) / Steps;
    }
}

/// <summary>A step's time and memory.</summary>
/// <param name="Name">Scale and batch.</param>
/// <param name="Milliseconds">One step, inputs on the device.</param>
/// <param name="WithUploads">One step of several in a row, each with new pictures and landmarks, ms.</param>
/// <param name="Mebibytes">Memory taken.</param>
/// <param name="Parameters">Numbers learned.</param>
/// <param name="Floor">Least bytes and operations.</param>
/// <param name="Commands">Commands of a step.</param>
/// <param name="Sizes">For the peer.</param>
internal sealed record StepResult(
    string Name, double Milliseconds, double WithUploads, double Mebibytes, long Parameters, WorkFloor Floor, int Commands,
    System.Text.Json.Nodes.JsonObject Sizes)
{
    /// <summary>The commands that take longest.</summary>
    public required IReadOnlyList<string> Slowest { get; init; }
}
