using Fml.Native;

namespace Fml.Model;

/// <summary>
/// How a fit goes about it. The losses are those of the stage in which training moved shapes themselves to the images, or else of its last one
/// on images.
/// </summary>
public sealed record FitOptions
{
    /// <summary>Most steps; a fit that no longer improves stops before.</summary>
    public int Steps { get; init; } = 150;

    /// <summary>Learning rate of codes and raw frame parameters, all of which are of about unit size.</summary>
    public double Rate { get; init; } = 0.02;

    /// <summary>Factor of the photometric loss's weight.</summary>
    public double Photometric { get; init; } = 1;

    /// <summary>Factor of the weight that holds a person near the mean face, that of the displacement.</summary>
    public double Priors { get; init; } = 0.3;

    /// <summary>Pull of a person's codes towards what the network saw, per squared deviation over people.</summary>
    public double Codes { get; init; } = 0.2;

    internal StageOptions Stage(TrainingOptions training)
    {
        if (Steps < 0 || !(Rate > 0) || !(Photometric >= 0) || !(Priors >= 0) || !(Codes >= 0))
            throw new FmlException(
                $"A fit takes a number of steps of at least 0, a rate above 0 and weights of at least 0, not {Steps} steps at a rate of {Rate} "
                + $"with weights {Photometric}, {Priors} and {Codes}.");
        var descending = training.Stages.Where(stage => stage.Target == StageTarget.Images && !stage.ClosedForm).ToArray();
        var last = descending.LastOrDefault(stage => stage.Codes == CodeSource.Tables && stage.Free.HasFlag(FreeParts.ShapeCodes)) ?? descending.LastOrDefault()
            ?? throw new FmlException("The model was trained without a stage on images, whose losses a fit would use; 'fml reconstruct' serves it.");
        var weights = last.Weights;
        return last with
        {
            Codes = CodeSource.Tables,
            Weights = weights with
            {
                Photometric = Photometric * weights.Photometric,
                Displacement = Priors * weights.Displacement,
            },
        };
    }
}
