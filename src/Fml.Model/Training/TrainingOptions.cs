using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Fml.Model;

/// <summary>Everything that decides what a training run computes; saved with the run and with the model.</summary>
public sealed record TrainingOptions
{
    /// <summary>Crop side <c>W</c>, pixels; the dataset's.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Nodes <c>N</c> of the deformation graph.</summary>
    public int Nodes { get; init; } = 150;

    /// <summary>Shape parameters <c>g</c>.</summary>
    public int ShapeCodes { get; init; } = 32;

    /// <summary>Albedo parameters <c>h</c>.</summary>
    public int AlbedoCodes { get; init; } = 32;

    /// <summary>How identity and expression are separated.</summary>
    public SeparationMode Separation { get; init; } = SeparationMode.Mesh;

    /// <summary>
    /// Where the shape basis is from when it is given, and not learned, as in a monocular autoencoder of a fixed model (Tewari et al. 2017);
    /// null when it is learned. A separation that projects divides it like a learned one.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? GivenShapeBasis { get; init; }

    /// <summary>What is known of the distances; null when nothing is.</summary>
    public DistancePrior? Distance { get; init; }

    /// <summary>
    /// Whether the template is the mean of the people: then shape codes have mean 0 over them.
    /// </summary>
    public bool TemplateIsMean { get; init; }

    /// <summary>Layer sizes.</summary>
    public EncoderOptions Encoder { get; init; } = EncoderOptions.Small;

    /// <summary>What is trained when, and for how long.</summary>
    public required ImmutableArray<StageOptions> Stages { get; init; }

    /// <summary>Gradients longer than this are scaled down to it.</summary>
    public double ClipNorm { get; init; } = 5;

    /// <summary>A run stops after this many steps in a row that were not finite.</summary>
    public int NonFiniteLimit { get; init; } = 20;

    /// <summary>Share of the people kept out of training, to measure on.</summary>
    public double HeldOut { get; init; } = 0.15;

    /// <summary>Seed of all randomness.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The same with a share of the steps in every stage, at least one: a small one to try whether everything works.</summary>
    /// <exception cref="Native.FmlException">The share is not greater than 0.</exception>
    public TrainingOptions WithSteps(double share) => share > 0 && double.IsFinite(share)
        ? this with { Stages = [.. Stages.Select(stage => stage with { Steps = Math.Max(1, (int)Math.Round(share * stage.Steps)) })] }
        : throw new Native.FmlException($"The share of the steps is {share}, but must be greater than 0, such as 0.01 to try things out.");
}

/// <summary>
/// How far from the camera people are, when something is known of it and the cameras are calibrated: log-normal. It is what lets a model
/// tell a large face from a near one. Without it a face is taken to be as large as it looks, give or take <see cref="SizeDeviation"/>.
/// </summary>
/// <param name="Median">mm.</param>
/// <param name="Deviation">Standard deviation of the logarithm.</param>
public sealed record DistancePrior(double Median, double Deviation)
{
    /// <summary>What a synthetic dataset states of its distances; null for any other.</summary>
    public static DistancePrior? Of(FaceDataset dataset) =>
        Number(dataset, "distance median") is { } median && Number(dataset, "distance deviation") is { } deviation and > 0
            ? new DistancePrior(median, deviation)
            : null;

    private static double? Number(FaceDataset dataset, string name) =>
        double.TryParse(dataset.Options.GetValueOrDefault(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>Standard deviation of the logarithm of people's face sizes.</summary>
    public const double SizeDeviation = 0.05;
}

/// <summary>Where a step's identity codes and frame parameters come from.</summary>
public enum CodeSource
{
    /// <summary>Tables with a row for every training person and every training frame.</summary>
    Tables,

    /// <summary>The encoder.</summary>
    Network,
}

/// <summary>What a stage compares with.</summary>
public enum StageTarget
{
    /// <summary>The landmarks alone: only the vertices near them are computed.</summary>
    Landmarks,

    /// <summary>The images and the landmarks.</summary>
    Images,

    /// <summary>The tables: the encoder learns to give what they hold.</summary>
    Tables,

    /// <summary>
    /// People drawn from the model: the layers that read landmarks learn to give what made them, thousands of faces a step. Needs
    /// <see cref="CodeSource.Network"/> and tables that were trained before.
    /// </summary>
    DrawnFaces,

    /// <summary>
    /// Pictures of people drawn from the model: the looks that follow the network's first one (<see cref="FaceDescent"/>) are learned from them in
    /// closed form, for the stage's number of frames, a step being one batch for each look. Needs <see cref="DrawnFaces"/> before.
    /// </summary>
    DrawnPictures,
}

/// <summary>Where the model's colours are compared with the images'.</summary>
public enum ImageComparison
{
    /// <summary>At the vertices that are seen: the image is sampled where they are projected to.</summary>
    PerVertex,

    /// <summary>At the pixels that are covered: the mesh is drawn, with soft outlines.</summary>
    PerPixel,
}

/// <summary>What may move in a stage.</summary>
[Flags]
public enum FreeParts
{
    /// <summary>Rotation and translation of the frames' table.</summary>
    Pose = 1,

    /// <summary>Light of the frames' table.</summary>
    Light = 2,

    /// <summary>Expressions of the frames' table.</summary>
    Expression = 4,

    /// <summary>Shape codes of the people's table.</summary>
    ShapeCodes = 8,

    /// <summary>The shape basis.</summary>
    ShapeBasis = 16,

    /// <summary>The albedo basis.</summary>
    AlbedoBasis = 32,

    /// <summary>The mean albedo.</summary>
    MeanAlbedo = 64,

    /// <summary>The layers of the encoder behind the images.</summary>
    ImageEncoder = 128,

    /// <summary>Albedo codes of the people's table.</summary>
    AlbedoCodes = 256,

    /// <summary>The layers of the encoder that read landmarks alone.</summary>
    LandmarkEncoder = 512,

    /// <summary>The encoder.</summary>
    Encoder = ImageEncoder | LandmarkEncoder,
}

/// <summary>A stage of training.</summary>
/// <param name="Name">Name for people and files.</param>
/// <param name="Codes">Where codes come from.</param>
/// <param name="Target">What is compared with.</param>
/// <param name="Free">What may move.</param>
/// <param name="Steps">Number of steps.</param>
/// <param name="People"><c>K</c>, people a step; at most as many as there are.</param>
/// <param name="Frames"><c>M</c>, frames of each.</param>
/// <param name="Rate">Learning rate, before the parts' own factors.</param>
public sealed record StageOptions(
    string Name, CodeSource Codes, StageTarget Target, FreeParts Free, int Steps, int People, int Frames, double Rate)
{
    /// <summary>Weights of the losses.</summary>
    public LossWeights Weights { get; init; } = new();

    /// <summary>Factors of the learning rate of each part.</summary>
    public PartRates Rates { get; init; } = new();

    /// <summary>Steps over which the rate rises.</summary>
    public int Warmup { get; init; } = 50;

    /// <summary>
    /// Light and albedo are solved for in closed form while poses and shapes are held, and nothing descends: steps, people, frames, rate and
    /// weights do not matter. Needs <see cref="CodeSource.Tables"/>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ClosedForm { get; init; }

    /// <summary>
    /// Rows of the tables move only when a step looks at them (<see cref="Fml.Graph.ParameterGroup"/>): for stages that look at few people a step.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool SparseTables { get; init; }

    /// <summary>
    /// Colours are compared under the albedo that suits a person's frames best, vertex by vertex (<see cref="Model.OwnAlbedo"/>), to which the
    /// codes' albedo is but a prior: what the frames do not agree on tells of shape.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool OwnAlbedo { get; init; }

    /// <summary>Where colours are compared; not saved when it is the default, as in runs from before there was a choice.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImageComparison Comparison { get; init; }
}

/// <summary>Factors of a stage's learning rate.</summary>
public sealed record PartRates
{
    /// <summary>Rows of the tables.</summary>
    public double Tables { get; init; } = 1;

    /// <summary>The shape basis, whose entries are millimetres.</summary>
    public double ShapeBasis { get; init; } = 1;

    /// <summary>The albedo basis.</summary>
    public double AlbedoBasis { get; init; } = 0.05;

    /// <summary>The mean albedo.</summary>
    public double MeanAlbedo { get; init; } = 0.1;

    /// <summary>The encoder.</summary>
    public double Encoder { get; init; } = 1;
}

/// <summary>Weights of the losses (<c>method.md</c> section 4); every loss is a mean, so a weight keeps its meaning across sizes.</summary>
public sealed record LossWeights
{
    /// <summary><c>L_pho</c>.</summary>
    public double Photometric { get; init; } = 1;

    /// <summary><c>L_lan</c>.</summary>
    public double Landmarks { get; init; } = 200;

    /// <summary>
    /// Size of colour differences, colours in [0, 1], beyond which something else is seen than the face - hair, hands, background - and counts
    /// less and less; see <see cref="PhotometricOptions.OcclusionScale"/>. Null lets all differences count alike.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? OcclusionScale { get; init; }

    /// <summary>What the landmarks of the jaw line count beside the others.</summary>
    public double Jaw { get; init; } = 1;

    /// <summary><c>L_smo</c>, per mm^2.</summary>
    public double Smoothness { get; init; } = 0.003;

    /// <summary>Bending of the surface, per mm^2; see <see cref="Losses.Bending"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Bending { get; init; }

    /// <summary>Sliding of the surface along itself, per mm^2; see <see cref="Losses.Sliding"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Sliding { get; init; }

    /// <summary>Lopsidedness, per mm^2; see <see cref="Losses.Asymmetry"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Asymmetry { get; init; }

    /// <summary><c>L_spa</c>.</summary>
    public double Sparsity { get; init; } = 0.05;

    /// <summary><c>L_ble</c>.</summary>
    public double Expression { get; init; } = 0.003;

    /// <summary>Ridge on the identity displacement, per mm^2.</summary>
    public double Displacement { get; init; } = 0.0003;

    /// <summary>Ridge on the albedo offset.</summary>
    public double Albedo { get; init; } = 0.05;

    /// <summary>Pull of the light towards white ambient.</summary>
    public double Light { get; init; } = 0.001;

    /// <summary>
    /// Pull of the network's shapes towards the tables', per mm^2. The tables know a person from all frames; without it, a network that fits
    /// a few frames at a time shrinks what these do not show, and bends shapes to colours.
    /// </summary>
    public double Teacher { get; init; }

    /// <summary>Pull of the distance towards what is expected of it, per squared deviation; see <see cref="DistancePrior"/>.</summary>
    public double Distance { get; init; } = 0.0005;
}
