using Fml.Model;
using Fml.Native;

namespace Fml.Tools.Tests;

/// <summary>A dataset of three people and a run of one step on it, made in about a second.</summary>
internal static class TrainedRun
{
    public static (string Run, string Dataset) Make(string folder, SeparationMode separation = SeparationMode.Mesh)
    {
        var (run, dataset) = (Path.Combine(folder, "run"), Path.Combine(folder, "data"));
        var clips = new SynthesisOptions { Identities = new IdentitySource.BuiltIn(2_500), People = 3, ClipsPerPerson = 2, FramesPerClip = 2, CropSize = 48 };
        SyntheticClips.Generate(clips, dataset, cancellation: TestContext.Current.CancellationToken);
        var options = new TrainingOptions
        {
            ImageSize = clips.CropSize,
            Nodes = 80,
            ShapeCodes = 3,
            AlbedoCodes = 2,
            Separation = separation,
            Encoder = new EncoderOptions
            {
                Features = [new(6, 5, 2, 2, Pool: true), new(8, Pool: true)],
                Medium = [new(8, Stride: 2)],
                Identity = [new(8)],
                IdentityWidths = [16],
                CodeMap = new(4),
                Frame = [new(8, Pool: true)],
                FrameWidths = [16],
                Landmarks = [8],
            },
            HeldOut = 0.34,
            Stages = [new("encoder", CodeSource.Network, StageTarget.Images, FreeParts.Encoder, 1, 2, 2, 1e-3)],
        };
        using var opened = FaceDataset.Open(dataset);
        using var trainer = Trainer.Open(opened, clips.Identities.Template, options, run, Device.Open("cpu"));
        trainer.Run(cancel: TestContext.Current.CancellationToken);
        return (run, dataset);
    }
}
