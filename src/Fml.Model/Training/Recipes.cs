using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>Options that work: what to learn from, in which stages, for how long.</summary>
public static class Recipes
{
    /// <summary>Clips for minutes on two cores.</summary>
    /// <param name="identities">Where the faces come from.</param>
    public static SynthesisOptions DemoClips(IdentitySource identities) =>
        new() { Identities = identities, People = 150, ClipsPerPerson = 2, FramesPerClip = 4, CropSize = 96 };

    /// <summary>Training on <see cref="DemoClips"/>.</summary>
    public static TrainingOptions Demo => Small(96);

    /// <summary>Clips for twenty minutes.</summary>
    /// <param name="identities">Where the faces come from.</param>
    public static SynthesisOptions LearnClips(IdentitySource identities) => DemoClips(identities) with { People = 500 };

    /// <summary>Training on <see cref="LearnClips"/>.</summary>
    public static TrainingOptions Learn => Small(96) with { Stages = Stages(5) };

    /// <summary>A small model for crops of about 100 pixels.</summary>
    /// <param name="imageSize">Side of the crops, pixels.</param>
    public static TrainingOptions Small(int imageSize) => new() { ImageSize = imageSize, Stages = Stages(1) };

    /// <summary>The sizes of the paper, for crops of 240 pixels: hours on a CPU.</summary>
    /// <param name="imageSize">Side of the crops, pixels.</param>
    public static TrainingOptions Paper(int imageSize) => new()
    {
        ImageSize = imageSize,
        Nodes = 521,
        ShapeCodes = 500,
        AlbedoCodes = 500,
        Encoder = EncoderOptions.Paper,
        Stages = Stages(20),
    };

    // Free codes first find out what each person looks like; then the encoder learns to see it; then everything together.
    private static ImmutableArray<StageOptions> Stages(int length) =>
    [
        new("pose", CodeSource.Tables, StageTarget.Landmarks, FreeParts.Pose | FreeParts.Expression, 200 * length, 32, 8, 0.03),
        new(
            "shape from landmarks", CodeSource.Tables, StageTarget.Landmarks,
            FreeParts.Pose | FreeParts.Expression | FreeParts.Identity | FreeParts.ShapeBasis, 300 * length, 32, 8, 0.02),
        new(
            "codes and bases", CodeSource.Tables, StageTarget.Images,
            FreeParts.Pose | FreeParts.Expression | FreeParts.Light | FreeParts.Identity | FreeParts.ShapeBasis | FreeParts.AlbedoBasis
            | FreeParts.MeanAlbedo,
            300 * length, 4, 4, 0.02),
        new("encoder", CodeSource.Network, StageTarget.Tables, FreeParts.Encoder, 500 * length, 8, 4, 1e-3),
        new(
            "everything", CodeSource.Network, StageTarget.Images,
            FreeParts.Encoder | FreeParts.ShapeBasis | FreeParts.AlbedoBasis | FreeParts.MeanAlbedo, 150 * length, 4, 4, 3e-4),
    ];
}
