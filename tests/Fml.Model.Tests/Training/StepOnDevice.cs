using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

/// <summary>A training step of one stage on one device, from the same start and the same batch on each.</summary>
internal sealed class StepOnDevice : IDisposable
{
    private const int People = 2, FramesEach = 2;

    private readonly ParameterStore store;
    private readonly BatchInputs inputs = BatchInputs.Of(People, FramesEach, TinyRun.ImageSize);
    private readonly StageLoss loss;
    private readonly Node.Parameter[] free;

    public StepOnDevice(Device device, StageOptions stage)
    {
        var (template, options) = (BallHead.Create(), TinyRun.Training);
        store = new ParameterStore(device);
        var bases = new FaceBases(
            store, template, DeformationGraph.Build(template, options.Nodes), options.Separation, options.ShapeCodes, options.AlbedoCodes);
        var encoder = new Encoder(store, options.Encoder, options.ImageSize, template, bases.Sizes, new Random(1));
        var tables = new CodeTables(store, bases.Sizes, template.Expressions.Length, People, People * FramesEach);
        loss = new TrainingGraph(options, bases, encoder, tables).Loss(stage, inputs);
        free = [.. GraphOrder.Of([loss.Total]).OfType<Node.Parameter>().OrderBy(parameter => parameter.Name, StringComparer.Ordinal)];
    }

    /// <summary>The loss and its gradients by all parameters that it depends on, by name.</summary>
    public (string Name, float[] Values)[] LossAndGradients()
    {
        var gradients = Gradients.Of(loss.Total, free);
        using var program = GraphProgram.Compile(store, [loss.Total, .. gradients]);
        Feed(program);
        program.Run();
        return [("loss", program.Get<float>(loss.Total)), .. free.Zip(gradients, (p, g) => (p.Name, program.Get<float>(g)))];
    }

    /// <summary>The losses of some steps of Adam, and the greatest number of bytes that the host allocated in one of the later ones.</summary>
    public (float[] Losses, long Allocated) Train(int steps)
    {
        var update = new Optimizer.Adam().Minimize(store, loss.Total, [new ParameterGroup([.. free])], Schedule.Constant(1e-3), clipNorm: 5);
        using var program = GraphProgram.Compile(store, [loss.Total], update.Updates);
        Feed(program);
        var (losses, allocated) = (new float[steps], 0L);
        for (var i = 0; i < steps; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            program.Run();
            losses[i] = program.GetNumber(loss.Total);
            if (i > 2) allocated = Math.Max(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return (losses, allocated);
    }

    public void Dispose() => store.Dispose();

    private void Feed(GraphProgram program)
    {
        var random = new Random(2);
        var images = new byte[inputs.Images.Shape.Count];
        random.NextBytes(images);
        var camera = Intrinsics.Default(TinyRun.ImageSize);
        Set<byte>(program, inputs.Images, images);
        Set<float>(
            program, inputs.Landmarks, [.. Enumerable.Range(0, (int)inputs.Landmarks.Shape.Count).Select(_ => TinyRun.ImageSize * random.NextSingle())]);
        Set<float>(program, inputs.Confidence, [.. Enumerable.Repeat(1f, (int)inputs.Confidence.Shape.Count)]);
        Set<float>(
            program, inputs.Intrinsics,
            [.. Enumerable.Range(0, People * FramesEach).SelectMany(_ => new[] { camera.Focal, camera.CenterX, camera.CenterY })]);
        Set<int>(program, inputs.People, [.. Enumerable.Range(0, People)]);
        Set<int>(program, inputs.Frames, [.. Enumerable.Range(0, People * FramesEach)]);
    }

    private static void Set<T>(GraphProgram program, Node.Input input, T[] values) where T : unmanaged
    {
        if (program.Reads(input)) program.Set<T>(input, values);
    }
}
