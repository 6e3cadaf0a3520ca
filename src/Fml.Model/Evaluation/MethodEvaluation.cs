using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>
/// What <c>method.md</c> section 7 asks of a method, such as a learned model, on the people of a dataset. Parts that need the truth are absent
/// without it, parts that need a model are absent for other methods.
/// </summary>
public sealed record MethodEvaluation
{
    /// <summary>The method, such as "network".</summary>
    public required string Method { get; init; }

    /// <summary>Whose faces, such as "24 held-out people".</summary>
    public required string Population { get; init; }

    /// <summary>Separation mode of the model.</summary>
    public SeparationMode? Separation { get; init; }

    /// <summary>Neutral geometry against the truth.</summary>
    public AccuracyTable? Neutral { get; init; }

    /// <summary>Geometry with each frame's expression against the truth; people's errors averaged over frames.</summary>
    public AccuracyTable? Expressed { get; init; }

    /// <summary>Where and how often the neutral face from the usual number of frames errs.</summary>
    public ErrorDistribution? Errors { get; init; }

    /// <summary>The same of the mean face.</summary>
    public ErrorDistribution? MeanFaceErrors { get; init; }

    /// <summary>How much of the neutral error is the surface's place, how much points slid along it; null where vertices do not correspond.</summary>
    public ErrorDirections? Directions { get; init; }

    /// <summary>The same of the mean face.</summary>
    public ErrorDirections? MeanFaceDirections { get; init; }

    /// <summary>Whether different people get different faces.</summary>
    public required SpreadBetweenPeople Spread { get; init; }

    /// <summary>What else changes the neutral face.</summary>
    public ImmutableArray<ContrastFigures> Contrasts { get; init; } = [];

    /// <summary>Whether albedo and light are told apart.</summary>
    public required AppearanceFigures Appearance { get; init; }

    /// <summary>Rotations against the truth.</summary>
    public PoseAgreement? Pose { get; init; }

    /// <summary>Share of the learned shape basis' energy in the span of the expressions, 0 to 1.</summary>
    public double? ExpressionShare { get; init; }

    /// <summary>Best fits of true neutral faces in spaces of growing size.</summary>
    public ImmutableArray<SpaceFit> Generality { get; init; } = [];

    /// <summary>How the variance of spaces is spread over their directions.</summary>
    public ImmutableArray<SpaceVariance> Compactness { get; init; } = [];

    /// <summary>Agreement with the pictures.</summary>
    public required PictureAgreement Pictures { get; init; }

    /// <summary>The people one by one.</summary>
    public required ImmutableArray<PersonFigures> People { get; init; }
}

/// <summary>How near the shapes of a space come to true faces.</summary>
/// <param name="Space">Such as "learned basis".</param>
/// <param name="Parameters">Dimension of the space.</param>
/// <param name="Rigid">Error of the best fit, mean over people, mm, with the size as it is.</param>
/// <param name="Scaled">The same with the size made equal.</param>
public sealed record SpaceFit(string Space, int Parameters, double Rigid, double Scaled);

/// <summary>How compact a space is.</summary>
/// <param name="Space">Such as "learned basis".</param>
/// <param name="Shares">Share of the whole variance, 0 to 1, in the first 1, 2, 3, ... directions, strongest first.</param>
public sealed record SpaceVariance(string Space, ImmutableArray<double> Shares);

/// <summary>How faces agree with their pictures; means over frames.</summary>
/// <param name="Frames">Number of frames.</param>
/// <param name="LandmarksBefore">
/// Landmark error of the mean face before anything is learned, per distance between the eyes; null when unknown.
/// </param>
/// <param name="Landmarks">Landmark error of the reconstructions; null when unknown.</param>
/// <param name="Seated">
/// Share of the frames whose landmark error is below a tenth of the distance between the eyes; null when unknown.
/// </param>
/// <param name="Photometric">Mean colour distance over visible vertices, colours in [0, 1]; null when nothing is visible.</param>
public sealed record PictureAgreement(int Frames, double? LandmarksBefore, double? Landmarks, double? Seated, double? Photometric);

/// <summary>Figures of one person.</summary>
/// <param name="Name">Name.</param>
/// <param name="Error">Neutral error with <c>M = 4</c> frames, or all if there are fewer; null without truth.</param>
/// <param name="MeanFace">The mean face's error; null without truth.</param>
/// <param name="Landmarks">Landmark error of the reconstructions; null when unknown.</param>
public sealed record PersonFigures(string Name, GeometryError? Error, GeometryError? MeanFace, double? Landmarks);
