namespace Fml.Model;

/// <summary>Losses that a training run can go without, to see what they are good for.</summary>
public enum LossPart
{
    /// <summary><c>L_pho</c>: colours.</summary>
    Photometric,

    /// <summary><c>L_lan</c>: landmarks.</summary>
    Landmarks,

    /// <summary><c>L_smo</c>: smoothness of the identity displacement.</summary>
    Smoothness,

    /// <summary><c>L_spa</c>: sparsity of the albedo's changes.</summary>
    Sparsity,

    /// <summary><c>L_ble</c>: prior of the expressions.</summary>
    Expression,

    /// <summary>What is known of distances.</summary>
    Distance,

    /// <summary>Sliding of the surface along itself.</summary>
    Sliding,

    /// <summary>Lopsidedness of faces.</summary>
    Asymmetry,

    /// <summary>Bending of the surface.</summary>
    Bending,
}

/// <summary>Training options with one thing left out or changed.</summary>
public static class Ablations
{
    /// <summary>The same with one way of comparing images in every stage.</summary>
    public static TrainingOptions With(this TrainingOptions options, ImageComparison comparison) =>
        options.EachStage(stage => stage with { Comparison = comparison });

    /// <summary>The same without a loss, in every stage; without colours nothing is learned of looking at them either.</summary>
    public static TrainingOptions Without(this TrainingOptions options, LossPart part) => options with
    {
        Stages =
        [
            .. options.Stages
                .Where(stage => part != LossPart.Photometric || stage.Target != StageTarget.DrawnPictures)
                .Select(stage => Without(stage, part)),
        ],
    };

    private static StageOptions Without(StageOptions stage, LossPart part) => stage with
    {
        Weights = part switch
        {
            LossPart.Photometric => stage.Weights with { Photometric = 0 },
            LossPart.Landmarks => stage.Weights with { Landmarks = 0 },
            LossPart.Smoothness => stage.Weights with { Smoothness = 0 },
            LossPart.Sparsity => stage.Weights with { Sparsity = 0 },
            LossPart.Expression => stage.Weights with { Expression = 0 },
            LossPart.Distance => stage.Weights with { Distance = 0 },
            LossPart.Sliding => stage.Weights with { Sliding = 0 },
            LossPart.Bending => stage.Weights with { Bending = 0 },
            LossPart.Asymmetry => stage.Weights with { Asymmetry = 0 },
            _ => throw new ArgumentOutOfRangeException(nameof(part), part, "unknown loss"),
        },
    };

    /// <summary>
    /// The same with a single frame of a person in each step of the network, which then never sees two frames as one person, nor learns to look at
    /// several.
    /// </summary>
    public static TrainingOptions SingleFrame(this TrainingOptions options) =>
        (options with { Stages = [.. options.Stages.Where(stage => stage.Target != StageTarget.DrawnPictures || stage.Frames == 1)] }).EachStage(
            stage => stage.Codes == CodeSource.Network ? stage with { People = stage.People * stage.Frames, Frames = 1 } : stage);

    private static TrainingOptions EachStage(this TrainingOptions options, Func<StageOptions, StageOptions> change) =>
        options with { Stages = [.. options.Stages.Select(change)] };
}
