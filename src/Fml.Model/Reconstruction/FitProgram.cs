using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;

namespace Fml.Model;

/// <summary>All that is compiled to fit people with a certain number of frames, and the tables that hold the one being fitted.</summary>
internal sealed class FitProgram : IDisposable
{
    private readonly ParameterStore store;
    private readonly CodeTables tables;
    private readonly BatchInputs inputs;
    private readonly Node.Input seen;
    private readonly CodeSizes sizes;
    private readonly FitDescent descent;
    private readonly FrameParameters frame;
    private readonly GraphProgram described;

    /// <summary>Compiles.</summary>
    /// <param name="reconstructor">The model, in whose store the tables are.</param>
    /// <param name="options">How to fit.</param>
    /// <param name="frames">Frames of a person.</param>
    /// <param name="name">Prefix of all names in the store.</param>
    public FitProgram(FaceReconstructor reconstructor, FitOptions options, int frames, string name)
    {
        var (bases, training) = (reconstructor.Bases, reconstructor.Options);
        (store, sizes) = (reconstructor.Store, bases.Sizes);
        tables = new CodeTables(store, sizes, bases.Template.Expressions.Length, people: 1, frames, name);
        inputs = BatchInputs.Of(people: 1, frames, training.ImageSize);
        seen = Ops.Input("seen codes", [1, sizes.Total]);
        var stage = options.Stage(training);
        // The codes of one person are no mean of many.
        var formed = new TrainingGraph(training with { TemplateIsMean = false }, bases, reconstructor.Encoder, tables).Loss(stage, inputs);
        var codes = Ops.Concat(1, tables.Shape, tables.Albedo);
        var pull = Ops.Mean(Ops.Square(codes - seen));
        var loss = new StageLoss(formed.Total + pull * options.Codes, formed.Parts.Add(("codes", pull)));
        descent = new FitDescent(
            store, loss, [.. Identity.Where(table => table != tables.Albedo || !stage.OwnAlbedo), tables.Pose, tables.Expression, tables.Light],
            options, training.ClipNorm, name + "optimizer");
        frame = bases.BesideNeutral(
            FrameParameters.Of(tables.Pose, tables.Expression, tables.Light, inputs.Intrinsics, bases.Template, training.ImageSize), tables.Shape);
        described = GraphProgram.Compile(store, [frame.Rotation, frame.Translation, frame.Expression, frame.Light]);
    }

    // In the order in which the network gives codes.
    private Node.Parameter[] Identity => [tables.Shape, tables.Albedo];

    /// <summary>What a person is: codes, and the parameters of the frames.</summary>
    public sealed record Parameters(float[] Codes, IReadOnlyList<FacePredictor.Frame> Frames);

    /// <summary>Fits a person.</summary>
    /// <param name="crops">The frames, at the model's size.</param>
    /// <param name="start">Where to start.</param>
    /// <param name="cancel">Stops between steps.</param>
    public (Parameters Fitted, FitLoss Before, FitLoss After, int Steps) Fit(
        IReadOnlyList<CropFrame> crops, Parameters start, CancellationToken cancel)
    {
        var loaded = TrainingData.Loaded.Of(
            [.. crops.Select(crop => WithLandmarks(crop.Frame))], [.. crops.SelectMany(crop => crop.Rgb)], [0], [.. Enumerable.Range(0, crops.Count)]);
        TrainingData.Feed(descent.Program, inputs, loaded);
        TrainingData.Feed(described, inputs, loaded);
        descent.Program.Set<float>(seen, start.Codes);
        var at = 0;
        foreach (var table in Identity)
        {
            var count = table.Shape[1];
            store.Set<float>(table, start.Codes.AsSpan(at, count));
            at += count;
        }
        void SetFrames(Node.Parameter table, Range part) => store.Set<float>(table, [.. start.Frames.SelectMany(f => f.Raw[part])]);
        SetFrames(tables.Pose, ..FrameParameters.PoseCount);
        SetFrames(tables.Expression, FrameParameters.PoseCount..^FrameParameters.LightCount);
        SetFrames(tables.Light, ^FrameParameters.LightCount..);

        var (before, after, steps) = descent.Run(cancel);
        return (new Parameters([.. Identity.SelectMany(store.Get<float>)], Frames(crops.Count)), before, after, steps);
    }

    private FacePredictor.Frame[] Frames(int frames)
    {
        described.Run();
        float[][] Rows(float[] all) => all.Chunk(all.Length / frames).ToArray();
        float[][] w = Rows(described.Get<float>(frame.Rotation)), t = Rows(described.Get<float>(frame.Translation));
        float[][] delta = Rows(described.Get<float>(frame.Expression)), gamma = Rows(described.Get<float>(frame.Light));
        float[][] pose = Rows(store.Get<float>(tables.Pose)), expression = Rows(store.Get<float>(tables.Expression));
        var light = Rows(store.Get<float>(tables.Light));
        return
        [
            .. Enumerable.Range(0, frames).Select(i => new FacePredictor.Frame(
                new Vector3(w[i]), new Vector3(t[i]), delta[i], gamma[i], [.. pose[i], .. expression[i], .. light[i]])),
        ];
    }

    // Landmarks that nobody found count nothing.
    private static FaceFrame WithLandmarks(FaceFrame frame) => frame.Landmarks.Length == FaceFrame.LandmarkCount
        ? frame
        : frame with { Landmarks = [.. new Vector2[FaceFrame.LandmarkCount]], Confidence = [.. new float[FaceFrame.LandmarkCount]] };

    /// <summary>Frees programs and tables.</summary>
    public void Dispose()
    {
        described.Dispose();
        descent.Dispose();
        foreach (var table in Identity.Concat([tables.Pose, tables.Expression, tables.Light]).ToArray()) store.Remove(table);
    }
}
