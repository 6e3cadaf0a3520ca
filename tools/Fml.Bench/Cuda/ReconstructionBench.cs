using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;
using Fml.Model;
using Fml.Native;

namespace Fml.Bench;

/// <summary>One frame of one person: encoder, identity, posed vertices, albedo and light.</summary>
internal static class ReconstructionBench
{
    public static ReconstructionResult Measure(Device device, FaceScene scene, BenchOptions options)
    {
        var inputs = BatchInputs.Of(1, 1, scene.Options.ImageSize);
        var outputs = Outputs(scene, inputs);
        using var program = GraphProgram.Compile(scene.Store, outputs);
        MeasuredProgram.Feed(program, outputs, scene.Values(inputs));
        var image = MeasuredProgram.Bytes(new Random(3), inputs.Images.Shape.Count);
        var results = outputs.Select(node => new float[node.Shape.Count]).ToArray();
        var run = Clock.Wall(device, program.Run, options.Seconds);
        var withCopies = Clock.Wall(
            device, () =>
            {
                program.Set<byte>(inputs.Images, image);
                program.Run();
                for (var i = 0; i < outputs.Length; i++) program.Get(outputs[i], results[i].AsSpan());
            },
            options.Seconds);
        var whole = Library(device, scene, image, options.Seconds);
        return new ReconstructionResult(
            scene.Name, 1e3 * run, 1e3 * withCopies, 1e3 * whole, StepBench.Mebibytes(scene, program, outputs, []), WorkFloor.Of(outputs),
            scene.Sizes(1, 1));
    }

    private static ImmutableArray<Node> Outputs(FaceScene scene, BatchInputs inputs)
    {
        var (bases, encoder, template) = (scene.Bases, scene.Encoder, scene.Template);
        var (low, medium) = encoder.Features(inputs.Images);
        var side = encoder.SideFeatures(inputs.Intrinsics, inputs.Landmarks);
        var identity = encoder.Identity(Encoder.Pool(medium, 1), Encoder.Pool(side, 1));
        var frame = FrameParameters.Of(encoder.Frame(low, identity, side), inputs.Intrinsics, template, scene.Options.ImageSize);
        var (g, h) = bases.Sizes;
        var face = FaceGeometry.Whole(template, scene.Graph)
            .Pose(bases.Displacement(Ops.Slice(identity, 1, 0, g)), frame, inputs.Intrinsics);
        return [identity, face.Skinned, bases.Albedo(Ops.Slice(identity, 1, g, h)).Albedo, face.Positions, frame.Light];
    }

    // As a user of the library calls it, from a picture in memory to a face in memory.
    private static double Library(Device device, FaceScene scene, byte[] image, double seconds)
    {
        var size = scene.Options.ImageSize;
        using var predictor = new FacePredictor(scene.Store, scene.Bases, scene.Encoder, size);
        var reconstructor = new FaceReconstructor(scene.Store, predictor, scene.Bases, scene.Options, "srgb", 0);
        var random = new Random(4);
        var frame = new FaceFrame
        {
            Key = "frame",
            Person = "person",
            Clip = "clip",
            Index = 0,
            Time = 0,
            Landmarks = [.. Enumerable.Range(0, FaceFrame.LandmarkCount).Select(_ => size * new Vector2(random.NextSingle(), random.NextSingle()))],
            Confidence = [.. Enumerable.Repeat(1f, FaceFrame.LandmarkCount)],
            Crop = new CropTransform(1, 0, 0),
            Camera = Intrinsics.Default(size),
            OriginalWidth = size,
            OriginalHeight = size,
            CameraKnown = true,
        };
        CropFrame[] frames = [new(frame, image)];
        return Clock.Wall(device, () => reconstructor.Reconstruct("person", frames), seconds);
    }
}

/// <summary>Times of a reconstruction from one frame, ms.</summary>
/// <param name="Name">Scale.</param>
/// <param name="Milliseconds">The program alone.</param>
/// <param name="WithCopies">The picture uploaded before, the results downloaded after.</param>
/// <param name="Library">Through <c>FaceReconstructor</c>, on the host from picture to face.</param>
/// <param name="Mebibytes">Memory taken.</param>
/// <param name="Floor">Least bytes and operations.</param>
/// <param name="Sizes">For the peer.</param>
internal sealed record ReconstructionResult(
    string Name, double Milliseconds, double WithCopies, double Library, double Mebibytes, WorkFloor Floor,
    System.Text.Json.Nodes.JsonObject Sizes);
