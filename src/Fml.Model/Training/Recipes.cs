using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>Options that work: what to learn from, in which stages, for how long.</summary>
public static class Recipes
{
    // Landmarks are found to about a pixel, whatever the crop's size: so much does a squared pixel count beside the priors.
    private const double PerSquarePixel = 0.16;

    /// <summary>Clips for minutes on two cores.</summary>
    /// <param name="identities">Where the faces come from.</param>
    public static SynthesisOptions DemoClips(IdentitySource identities) =>
        new() { Identities = identities, People = 400, ClipsPerPerson = 4, FramesPerClip = 2, CropSize = 112 };

    /// <summary>Training on <see cref="DemoClips"/>, which say how far away their people are.</summary>
    public static TrainingOptions Demo(SynthesisOptions clips) =>
        Small(clips.CropSize, Of(clips.CropSize, landmarks: 120, images: 250, encoder: 700, everything: 120)) with
        {
            Distance = new DistancePrior(clips.DistanceMedian, clips.DistanceDeviation),
            HeldOut = 0.15,
        };

    /// <summary>Clips for twenty minutes: a look at many people from many sides.</summary>
    /// <param name="identities">Where the faces come from.</param>
    public static SynthesisOptions LearnClips(IdentitySource identities) =>
        DemoClips(identities) with { People = 1600, ClipsPerPerson = 10, FramesPerClip = 1 };

    /// <summary>Training on <see cref="LearnClips"/>.</summary>
    public static TrainingOptions Learn(SynthesisOptions clips) => Demo(clips) with
    {
        HeldOut = 0.1,
        Stages = Of(clips.CropSize, landmarks: 900, images: 900, encoder: 4000, everything: 6000, fourFrames: 1500),
    };

    /// <summary>A small model for crops of about 100 pixels from clips of any number of people.</summary>
    /// <param name="imageSize">Side of the crops, pixels.</param>
    public static TrainingOptions Small(int imageSize) => Small(
        imageSize, Of(imageSize, landmarks: 200, images: 600, encoder: 1500, everything: 600, smoothness: 0.02));

    /// <summary>
    /// For many people, hundreds and more, of whom the template is the mean: most is learned from landmarks, which are all looked at in every
    /// step; images then add light, albedo and what they show of expression.
    /// </summary>
    /// <param name="imageSize">Side of the crops, pixels.</param>
    public static TrainingOptions Many(int imageSize)
    {
        var weights = new LossWeights
        {
            Landmarks = PerSquarePixel * imageSize * imageSize,
            Jaw = 0.1,
            Expression = 1,
            Offset = 0.1,
            Displacement = 0,
            Smoothness = 0.001,
            Distance = 0.01,
            Photometric = 3,
            Sparsity = 0.5,
            Albedo = 0.5,
            Light = 0.01,
            Teacher = 1,
        };
        var tables = new PartRates { ShapeBasis = 0.5, MeanAlbedo = 0.25, AlbedoBasis = 0.1 };
        var appearance = FreeParts.Light | FreeParts.AlbedoCodes | FreeParts.AlbedoBasis | FreeParts.MeanAlbedo;
        var shape = FreeParts.Pose | FreeParts.Expression | FreeParts.ShapeCodes | FreeParts.ShapeBasis;
        return new TrainingOptions
        {
            ImageSize = imageSize,
            ShapeCodes = 32,
            AlbedoCodes = 16,
            Separation = SeparationMode.Off,
            TemplateIsMean = true,
            HeldOut = 0.02,
            ClipNorm = 1e9, // Adam takes the same steps however long gradients are
            Stages =
            [
                new("pose", CodeSource.Tables, StageTarget.Landmarks, FreeParts.Pose, 100, 512, 8, 0.1) { Weights = weights, Warmup = 5 },
                new("shape", CodeSource.Tables, StageTarget.Landmarks, shape, 600, 512, 8, 0.05) { Weights = weights, Rates = tables, Warmup = 5 },
                new("appearance", CodeSource.Tables, StageTarget.Images, appearance, 400, 8, 2, 0.05) { Weights = weights, Rates = tables, Warmup = 10 },
                new("shape from images", CodeSource.Tables, StageTarget.Images, shape | appearance, 800, 32, 2, 0.004)
                {
                    Weights = weights with { Photometric = 10 },
                    Rates = tables with { ShapeBasis = 0.1 },
                    Warmup = 10,
                },
                new("blind", CodeSource.Network, StageTarget.Tables, FreeParts.Encoder, 1500, 256, 4, 0.002) { Blind = true },
                new("encoder", CodeSource.Network, StageTarget.Tables, FreeParts.Encoder, 800, 16, 2, 1e-3),
                new(
                    "everything", CodeSource.Network, StageTarget.Images, FreeParts.Encoder | FreeParts.AlbedoBasis | FreeParts.MeanAlbedo,
                    1200, 8, 2, 3e-4)
                {
                    Weights = weights,
                    Rates = new PartRates { AlbedoBasis = 2, MeanAlbedo = 4 },
                    Warmup = 20,
                },
            ],
        };
    }

    /// <summary>The sizes of the paper, for crops of 240 pixels: hours on a CPU.</summary>
    /// <param name="imageSize">Side of the crops, pixels.</param>
    public static TrainingOptions Paper(int imageSize) => new()
    {
        ImageSize = imageSize,
        Nodes = 521,
        ShapeCodes = 500,
        AlbedoCodes = 500,
        Encoder = EncoderOptions.Paper,
        Stages = Of(imageSize, landmarks: 400, images: 10_000, encoder: 20_000, everything: 50_000),
    };

    private static TrainingOptions Small(int imageSize, ImmutableArray<StageOptions> stages) => new()
    {
        ImageSize = imageSize,
        ShapeCodes = 32,
        AlbedoCodes = 16,
        Separation = SeparationMode.Soft,
        Stages = stages,
    };

    /// <summary>
    /// The stages. Landmarks of everybody at once give poses and shapes in seconds; the images give light and albedo while the shapes are
    /// held, since a few looks at each picture blur them (training people's shapes got worse from 3.10 to 3.40 mm where they were free); the
    /// encoder learns to see what the tables hold; then everything learns together, two frames a person being quick, and at last four, since
    /// what is sure from four frames is said less timidly than from two.
    /// </summary>
    private static ImmutableArray<StageOptions> Of(
        int imageSize, int landmarks, int images, int encoder, int everything, int fourFrames = 0, double smoothness = 0.003)
    {
        var shape = FreeParts.Pose | FreeParts.Expression | FreeParts.ShapeCodes | FreeParts.ShapeBasis;
        var weights = new LossWeights
        {
            Landmarks = PerSquarePixel * imageSize * imageSize,
            Expression = 0.3,
            Offset = 0.5,
            Displacement = 0.01,
            Smoothness = smoothness,
            Distance = 0.03,
            Photometric = 10,
            Sparsity = 0.5,
            Albedo = 0.5,
            Light = 0.01,
        };
        var rates = new PartRates { ShapeBasis = 0.5, MeanAlbedo = 0.25, AlbedoBasis = 0.1 };
        return
        [
            new("pose", CodeSource.Tables, StageTarget.Landmarks, FreeParts.Pose, landmarks / 3, 512, 8, 0.1) { Weights = weights, Warmup = 5 },
            new("shape", CodeSource.Tables, StageTarget.Landmarks, shape, landmarks, 512, 8, 0.05) { Weights = weights, Rates = rates, Warmup = 5 },
            new(
                "appearance", CodeSource.Tables, StageTarget.Images,
                FreeParts.Light | FreeParts.AlbedoCodes | FreeParts.AlbedoBasis | FreeParts.MeanAlbedo, images, 8, 2, 0.05)
            {
                Weights = weights,
                Rates = rates,
                Warmup = 10,
            },
            new("encoder", CodeSource.Network, StageTarget.Tables, FreeParts.Encoder, encoder, 16, 2, 0.002),
            .. Together("everything", everything, frames: 2),
            .. Together("four frames", fourFrames, frames: 4),
        ];

        IEnumerable<StageOptions> Together(string name, int steps, int frames)
        {
            if (steps > 0)
                yield return new(
                    name, CodeSource.Network, StageTarget.Images,
                    FreeParts.Encoder | FreeParts.ShapeBasis | FreeParts.AlbedoBasis | FreeParts.MeanAlbedo, steps, 8, frames, 3e-4)
                {
                    Weights = weights,
                    Rates = rates with { ShapeBasis = 10, AlbedoBasis = 2, MeanAlbedo = 4 },
                    Warmup = 10,
                };
        }
    }
}
