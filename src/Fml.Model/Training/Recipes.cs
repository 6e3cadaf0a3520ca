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
        new() { Identities = identities, People = 400, ClipsPerPerson = 8, FramesPerClip = 1, CropSize = 112 };

    /// <summary>Training on <see cref="DemoClips"/>, which say how far away their people are.</summary>
    public static TrainingOptions Demo(SynthesisOptions clips) => Small(
        clips.CropSize, Of(clips.CropSize, landmarks: 150, images: 120, drawn: 400, encoder: 150, everything: 150)) with
    {
        Distance = new DistancePrior(clips.DistanceMedian, clips.DistanceDeviation),
        TemplateIsMean = true,
        HeldOut = 0.15,
    };

    /// <summary>Clips for half an hour: a look at many people from many sides.</summary>
    /// <param name="identities">Where the faces come from.</param>
    public static SynthesisOptions LearnClips(IdentitySource identities) => DemoClips(identities) with { People = 1600, ClipsPerPerson = 12 };

    /// <summary>Training on <see cref="LearnClips"/>.</summary>
    public static TrainingOptions Learn(SynthesisOptions clips) =>
        Demo(clips) with { HeldOut = 0.1, Stages = ForMany(clips.CropSize, images: 1000, looks: 300) };

    /// <summary>
    /// For many people, hundreds and more, of whom the template is the mean, and whose distances the dataset states.
    /// </summary>
    /// <param name="imageSize">Side of the crops, pixels.</param>
    public static TrainingOptions Many(int imageSize) => Small(imageSize, ForMany(imageSize, images: 2000, looks: 600)) with
    {
        ShapeCodes = 48,
        TemplateIsMean = true,
        HeldOut = 0.02,
    };

    /// <summary>A small model for crops of about 100 pixels from clips of any number of people.</summary>
    /// <param name="imageSize">Side of the crops, pixels.</param>
    public static TrainingOptions Small(int imageSize) => Small(
        imageSize, Of(imageSize, landmarks: 200, images: 600, drawn: 1000, encoder: 500, everything: 600, smoothness: 0.02));

    /// <summary>The sizes of the paper, for crops of 240 pixels: hours on a CPU.</summary>
    /// <param name="imageSize">Side of the crops, pixels.</param>
    public static TrainingOptions Paper(int imageSize) => new()
    {
        ImageSize = imageSize,
        Nodes = 521,
        ShapeCodes = 500,
        AlbedoCodes = 500,
        Encoder = EncoderOptions.Paper,
        Stages = Of(imageSize, landmarks: 400, images: 10_000, drawn: 0, encoder: 20_000, everything: 50_000, peopleOfImages: 8, framesOfImages: 2),
    };

    private static TrainingOptions Small(int imageSize, ImmutableArray<StageOptions> stages) => new()
    {
        ImageSize = imageSize,
        ShapeCodes = 32,
        AlbedoCodes = 16,
        Separation = SeparationMode.Off,
        ClipNorm = 1e9, // Adam takes the same steps however long gradients are
        Stages = stages,
    };

    // From many people landmarks tell how deep, long and wide faces are, if that costs hardly anything and they get the time. Few people gained nothing by it.
    private static ImmutableArray<StageOptions> ForMany(int imageSize, int images, int looks) => Of(
        imageSize, landmarks: 1600, images, drawn: 3000, encoder: 800, everything: 1200, smoothness: 0.00005, bending: 0.0025, looks: looks);

    /// <summary>
    /// The stages. Landmarks of everybody at once give poses and shapes in minutes; light and albedo are solved for while these are held; then
    /// these move too, in small steps, to where the images agree on every vertex' colour, under which light and albedo are solved for again.
    /// The network learns what landmarks tell of shapes from faces drawn from the model, a thousand a step, which keeps it from learning the
    /// training people by heart; then to add what the tables hold beside it, from images; at last it learns from the images themselves, held to
    /// the tables' shapes.
    /// </summary>
    private static ImmutableArray<StageOptions> Of(
        int imageSize, int landmarks, int images, int drawn, int encoder, int everything, double smoothness = 0.001, double bending = 0,
        int peopleOfImages = 64, int framesOfImages = 4, int looks = 0)
    {
        var shape = FreeParts.Pose | FreeParts.Expression | FreeParts.ShapeCodes | FreeParts.ShapeBasis;
        var appearance = FreeParts.Light | FreeParts.AlbedoCodes | FreeParts.AlbedoBasis | FreeParts.MeanAlbedo;
        var weights = new LossWeights
        {
            Landmarks = PerSquarePixel * imageSize * imageSize,
            Jaw = 0.3,
            Expression = 1,
            Displacement = 0, // it would shrink every face towards the mean's size, of which a picture tells little
            Smoothness = smoothness,
            Bending = bending,
            Asymmetry = 0.02,
            Distance = 0.01,
            Photometric = 3,
            OcclusionScale = 0.05,
            Sparsity = 0.1,
            Albedo = 0.02,
            Light = 0.1,
            Teacher = 1,
        };
        var tables = new PartRates { ShapeBasis = 0.5 };
        StageOptions[] stages =
        [
            new("pose", CodeSource.Tables, StageTarget.Landmarks, FreeParts.Pose, 60, 512, 8, 0.1) { Weights = weights, Warmup = 5 },
            new("shape", CodeSource.Tables, StageTarget.Landmarks, shape, landmarks, 512, 8, 0.05) { Weights = weights, Rates = tables, Warmup = 5 },
            new("appearance", CodeSource.Tables, StageTarget.Images, appearance, 1, 1, 1, 0) { ClosedForm = true },
            new("shape from images", CodeSource.Tables, StageTarget.Images, shape | FreeParts.Light, images, peopleOfImages, framesOfImages, 0.02)
            {
                OwnAlbedo = true,
                SparseTables = true,
                Weights = weights with { Photometric = 70, Smoothness = smoothness / 5, Bending = bending / 5, Sliding = 0.01, Sparsity = 0, Albedo = 0 },
                Rates = new PartRates { ShapeBasis = 0.3 }, // steps of a few people differ; a fast basis would follow each
                Warmup = 10,
            },
            new("appearance again", CodeSource.Tables, StageTarget.Images, appearance, 1, 1, 1, 0) { ClosedForm = true },
            new("drawn faces", CodeSource.Network, StageTarget.DrawnFaces, FreeParts.LandmarkEncoder, drawn, 256, 4, 0.002),
            new("encoder", CodeSource.Network, StageTarget.Tables, FreeParts.ImageEncoder, encoder, 16, 2, 5e-4) { Warmup = Math.Min(100, encoder / 8) },
            new(
                "everything", CodeSource.Network, StageTarget.Images, FreeParts.ImageEncoder | FreeParts.AlbedoBasis | FreeParts.MeanAlbedo,
                everything, 8, 2, 3e-4)
            {
                // A network that is far from a colour must still be drawn to it; its shapes are held to the tables'.
                Weights = weights with { OcclusionScale = null },
                Rates = new PartRates { AlbedoBasis = 2, MeanAlbedo = 4 },
                Warmup = 20,
            },
            new("looks again", CodeSource.Network, StageTarget.DrawnPictures, 0, looks, 32, 4, 0),
            new("looks at one frame", CodeSource.Network, StageTarget.DrawnPictures, 0, looks / 4, 128, 1, 0),
            new("looks at two frames", CodeSource.Network, StageTarget.DrawnPictures, 0, looks / 4, 64, 2, 0),
        ];
        return [.. stages.Where(stage => stage.Steps > 0)];
    }
}
