using System.Collections.Immutable;
using System.Globalization;

namespace Fml.Model;

/// <summary>One figure of a method in words: everything that is no error of geometry.</summary>
/// <param name="Group">What it speaks of, such as "pose".</param>
/// <param name="Name">What it is, with its unit.</param>
/// <param name="Value">The value; a percentage as a fraction.</param>
/// <param name="Format">How to write it.</param>
internal sealed record EvaluationFigure(string Group, string Name, Measure Value, string Format)
{
    private const string Two = "0.00", Three = "0.000", Percent = "0.0 %";

    public const string Surface = "surface", Separation = "separation", Appearance = "albedo and light", Pose = "pose", Pictures = "pictures";

    /// <summary>The value as text.</summary>
    public string Text => Value.Mean.ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>Every figure that a method has.</summary>
    public static ImmutableArray<EvaluationFigure> Of(MethodEvaluation evaluation) =>
    [
        .. OfSurface(evaluation), .. OfSeparation(evaluation), .. OfAppearance(evaluation.Appearance), .. OfPose(evaluation), .. OfPictures(evaluation),
    ];

    private static EvaluationFigure Figure(string group, string name, double value, string format) => new(group, name, new Measure(value), format);

    private static IEnumerable<EvaluationFigure> OfSurface(MethodEvaluation evaluation)
    {
        if (evaluation is not { Directions: { } found, MeanFaceDirections: { } mean }) yield break;
        foreach (var (alignment, own, means) in new[] { ("rigid", found.Rigid, mean.Rigid), ("with scale", found.Scaled, mean.Scaled) })
        {
            yield return new(Surface, $"error along the normal, {alignment}, mm", own.Normal, Two);
            yield return new(Surface, $"  of the mean face, along the normal, {alignment}, mm", means.Normal, Two);
            yield return new(Surface, $"error along the surface, {alignment}, mm", own.Sliding, Two);
            yield return new(Surface, $"  of the mean face, along the surface, {alignment}, mm", means.Sliding, Two);
        }
    }

    private static IEnumerable<EvaluationFigure> OfSeparation(MethodEvaluation evaluation)
    {
        var spread = evaluation.Spread;
        yield return Figure(Separation, "difference between two people, mm", spread.Between, Two);
        if (spread.TruthBetween is { } truth) yield return Figure(Separation, "difference between two true faces, mm", truth, Two);
        if (spread.Within is { } within) yield return Figure(Separation, "difference within a person over disjoint frames, mm", within, Two);
        if (spread.Ratio is { } ratio) yield return Figure(Separation, "between over within", ratio, Two);
        if (spread.Correlation is { } correlation) yield return Figure(Separation, "correlation of faces with the truth", correlation, Two);
        foreach (var contrast in evaluation.Contrasts)
        {
            yield return new(Separation, $"change of the neutral face with {contrast.Between}, mm", contrast.Contrasted, Two);
            yield return new(Separation, $"  as many frames of the same people at random ({contrast.Between}), mm", contrast.AtRandom, Two);
        }
        if (evaluation is { ExpressionShare: { } share, Separation: { } mode })
            yield return Figure(
                Separation, $"share of expressions in the shape basis (separation {mode.ToString().ToLowerInvariant()})", share, Percent);
    }

    private static IEnumerable<EvaluationFigure> OfAppearance(AppearanceFigures appearance)
    {
        if (appearance.Albedo is { } albedo)
        {
            if (albedo.Within is { } within) yield return Figure(Appearance, "albedo within a person, other clips and lights", within, Three);
            yield return Figure(Appearance, "albedo between two people", albedo.Between, Three);
            if (albedo.TruthBetween is { } truth) yield return Figure(Appearance, "true albedo between two people", truth, Three);
            if (albedo.Correlation is { } correlation) yield return Figure(Appearance, "correlation of albedos with the truth", correlation, Two);
        }
        if (appearance.Relit is { } relit)
        {
            yield return new(Appearance, "redrawn under another light: change of albedo", relit.AlbedoOfOnePerson, Three);
            yield return new(Appearance, "  two people under the same light: difference of albedo", relit.AlbedoOfTwoPeople, Three);
            if (relit.TrueAlbedos is { } true2) yield return new(Appearance, "  their true albedos", true2, Three);
            yield return new(Appearance, "two people under the same light: difference of light", relit.LightOnTwoPeople, Three);
            yield return new(Appearance, "  one person under two lights: difference of light", relit.LightsOnOnePerson, Three);
            yield return new(Appearance, "  the true lights", relit.TrueLights, Three);
            yield return new(Appearance, "redrawn under another light: change of the neutral face, mm", relit.NeutralMm, Two);
        }
        if (appearance.Light is { } light)
        {
            yield return new(Appearance, "error of the light, as shading", light.Error, Three);
            yield return new(Appearance, "  with the brightness made equal", light.Shape, Three);
            yield return Figure(Appearance, "  deviation of true lights from their mean", light.Deviation, Three);
            yield return Figure(Appearance, "correlation of lights with the truth", light.Correlation, Two);
        }
    }

    private static IEnumerable<EvaluationFigure> OfPose(MethodEvaluation evaluation)
    {
        if (evaluation.Pose is not { } pose) yield break;
        yield return new(Pose, "angle to the true rotation, degrees", pose.Degrees, Two);
        yield return Figure(Pose, "correlation of turns of the head with the truth", pose.Correlation, Three);
    }

    private static IEnumerable<EvaluationFigure> OfPictures(MethodEvaluation evaluation)
    {
        var pictures = evaluation.Pictures;
        if (pictures.LandmarksBefore is { } before)
            yield return Figure(Pictures, "landmark error per eye distance before training", before, Percent);
        if (pictures.Landmarks is { } after) yield return Figure(Pictures, "landmark error per eye distance", after, Percent);
        if (pictures.Seated is { } seated) yield return Figure(Pictures, "frames with a landmark error below 10 %", seated, Percent);
        if (pictures.Photometric is { } photometric)
            yield return Figure(Pictures, "colour distance over visible vertices, colours in [0, 1]", photometric, Three);
        if (evaluation.Errors is { } errors)
            foreach (var limit in new[] { 1, 2, 4 })
                yield return Figure(Pictures, $"vertices of the neutral face within {limit} mm", errors.ShareWithin(limit), Percent);
    }
}
