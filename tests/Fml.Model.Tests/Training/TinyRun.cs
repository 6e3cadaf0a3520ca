using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Model.Tests;

/// <summary>A dataset of few small pictures and options that train on it in about a second; made once for all tests.</summary>
public sealed class TinyRun : IDisposable
{
    public const int ImageSize = 48;

    public TinyRun()
    {
        Folder = Directory.CreateTempSubdirectory("fml-tiny-").FullName;
        Clips = new SynthesisOptions
        {
            Identities = new IdentitySource.Field(BallHead.Create()),
            People = 6,
            ClipsPerPerson = 1,
            FramesPerClip = 5,
            CropSize = ImageSize,
            Supersampling = 1,
            WithSurroundings = false,
            OriginalWidth = 160,
            OriginalHeight = 120,
            Focal = 250,
        };
        DatasetFolder = Path.Combine(Folder, "dataset");
        SyntheticClips.Generate(Clips, DatasetFolder);
    }

    public string Folder { get; }

    public string DatasetFolder { get; }

    public SynthesisOptions Clips { get; }

    public FaceTemplate Template => Clips.Identities.Template;

    public static EncoderOptions TinyEncoder { get; } = new()
    {
        Features = [new(6, 5, 2, 2, Pool: true), new(8, Pool: true)],
        Medium = [new(8, Stride: 2)],
        Identity = [new(8)],
        IdentityWidths = [16],
        CodeMap = new(4),
        Frame = [new(8, Pool: true)],
        FrameWidths = [16],
        Landmarks = [8],
    };

    public static TrainingOptions Training { get; } = new()
    {
        ImageSize = ImageSize,
        Nodes = 40,
        ShapeCodes = 6,
        AlbedoCodes = 4,
        Encoder = TinyEncoder,
        HeldOut = 0.34,
        Stages =
        [
            new("landmarks", CodeSource.Tables, StageTarget.Landmarks,
                FreeParts.Pose | FreeParts.Expression | FreeParts.ShapeCodes | FreeParts.AlbedoCodes | FreeParts.ShapeBasis, 6, 2, 2, 0.02),
            new("images", CodeSource.Tables, StageTarget.Images,
                FreeParts.Pose | FreeParts.Light | FreeParts.ShapeCodes | FreeParts.AlbedoCodes | FreeParts.ShapeBasis | FreeParts.AlbedoBasis
                    | FreeParts.MeanAlbedo,
                4, 2, 2, 0.02),
            new("encoder", CodeSource.Network, StageTarget.Tables, FreeParts.Encoder, 4, 2, 2, 1e-3),
            new("everything", CodeSource.Network, StageTarget.Images,
                FreeParts.Encoder | FreeParts.ShapeBasis | FreeParts.AlbedoBasis, 4, 2, 2, 1e-3),
        ],
    };

    /// <summary>Trains in the folder of this name, or goes on there, and gives the folder.</summary>
    public string Train(string name, TrainingOptions? options = null)
    {
        Run(name, options ?? Training, null, CancellationToken.None);
        return Path.Combine(Folder, name);
    }

    /// <summary>Trains until some number of steps is done and then stops as Ctrl-C would.</summary>
    public string Interrupt(string name, int steps, TrainingOptions? options = null)
    {
        using var source = new CancellationTokenSource();
        var done = 0;
        Assert.Throws<OperationCanceledException>(() => Run(name, options ?? Training, _ =>
        {
            if (++done == steps) source.Cancel();
        }, source.Token));
        return Path.Combine(Folder, name);
    }

    private void Run(string name, TrainingOptions options, Action<ProgressUpdate>? progress, CancellationToken cancel)
    {
        using var dataset = FaceDataset.Open(DatasetFolder);
        using var trainer = Trainer.Open(dataset, Template, options, Path.Combine(Folder, name), Device.Default);
        trainer.Run(progress, null, cancel);
    }

    public static byte[] Model(string folder) => File.ReadAllBytes(Path.Combine(folder, RunFolder.ModelFile));

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
