using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

/// <summary>A training step of everything - network, bases, images, landmarks - on one device, from the same start and the same batch on each.</summary>
internal sealed class StepOnDevice : IDisposable
{
    private const int People = 2, FramesEach = 2;

    private readonly ParameterStore store;
    private readonly BatchInputs inputs = BatchInputs.Of(People, FramesEach, TinyRun.ImageSize);
    private readonly StageLoss loss;
    private readonly Node.Parameter[] free;

    public StepOnDevice(Device device)
    {
        var (template, options) = (BallHead.Create(), TinyRun.Training);
        store = new ParameterStore(device);
        var bases = new FaceBases(
            store, template, DeformationGraph.Build(template, options.Nodes), options.Separation, options.ShapeCodes, options.AlbedoCodes);
        var encoder = new Encoder(store, options.Encoder, options.ImageSize, template, bases.Sizes.Total, new Random(1));
        var tables = new CodeTables(store, bases.Sizes, template.Expressions.Length, People, People * FramesEach);
        loss = new TrainingGraph(options, bases, encoder, tables).Loss(options.Stages[^1], inputs);
        free = [.. encoder.Parameters, bases.ShapeBasis, bases.AlbedoBasis, bases.MeanAlbedo];
    }

    /// <summary>The loss and its gradients by all that learns, by name.</summary>
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
        program.Set<byte>(inputs.Images, images);
        program.Set<float>(
            inputs.Landmarks, [.. Enumerable.Range(0, (int)inputs.Landmarks.Shape.Count).Select(_ => TinyRun.ImageSize * random.NextSingle())]);
        program.Set<float>(inputs.Confidence, [.. Enumerable.Repeat(1f, (int)inputs.Confidence.Shape.Count)]);
        var camera = Intrinsics.Default(TinyRun.ImageSize);
        program.Set<float>(
            inputs.Intrinsics, [.. Enumerable.Range(0, People * FramesEach).SelectMany(_ => new[] { camera.Focal, camera.CenterX, camera.CenterY })]);
    }
}
