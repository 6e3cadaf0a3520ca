using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>What a model makes of one person: the features of each frame are computed once and serve every number of frames.</summary>
internal sealed record PersonResult
{
    public required EvaluationPerson Person { get; init; }

    /// <summary>
    /// Neutral error by number of frames, averaged over disjoint sets; numbers for which there are too few frames are left out.
    /// </summary>
    public required ImmutableDictionary<int, GeometryError> Errors { get; init; }

    /// <summary>Error with the usual number of frames, or as many as there are; null without truth.</summary>
    public required GeometryError? UsualError { get; init; }

    /// <summary>Error of the template's mean face; null without truth.</summary>
    public required GeometryError? MeanFace { get; init; }

    /// <summary>Neutral faces from disjoint sets of the usual number of frames, or of as many as two sets can have.</summary>
    public required Vector3[][] Usual { get; init; }

    /// <summary>Error with expression, averaged over the frames; null without truth.</summary>
    public required GeometryError? Expressed { get; init; }

    /// <summary>The same of the mean face without expression.</summary>
    public required GeometryError? ExpressedMeanFace { get; init; }

    /// <summary>Frames compared with their pictures.</summary>
    public required int FrameCount { get; init; }

    public required ImmutableArray<double> Landmarks { get; init; }

    public required ImmutableArray<double> LandmarksBefore { get; init; }

    public required ImmutableArray<double> Photometric { get; init; }

    public static PersonResult Of(FaceReconstructor reconstructor, NeutralPose neutralPose, EvaluationPerson person, MeasurementOptions options)
    {
        var template = reconstructor.Template;
        var features = reconstructor.Features(person.Frames);
        Vector3[][] Neutrals(int size) =>
        [
            .. FrameSets.Disjoint(features.Length, size, options.SetsPerPerson)
                .Select(set => reconstructor.Neutral(FrameSets.Pick(features, set))),
        ];

        // Two disjoint sets tell how much a person's face depends on the frames; a single frame cannot be divided.
        var usual = Neutrals(Math.Clamp(features.Length / 2, 1, MeasurementOptions.Usual));
        var truth = person.Truth;
        GeometryError? Error(IReadOnlyCollection<Vector3[]> shapes) => truth is null || shapes.Count == 0
            ? null
            : Mean([.. shapes.Select(shape => GeometryError.Between(shape, truth.Neutral, template.EvaluationRegion.AsSpan()))]);

        var errors = options.FrameCounts
            .Select(count => (Count: count, Error: Error(Neutrals(count))))
            .Where(pair => pair.Error is not null)
            .ToImmutableDictionary(pair => pair.Count, pair => pair.Error!);

        var set = FrameSets.Disjoint(features.Length, Math.Min(MeasurementOptions.Usual, features.Length), 1)[0];
        var shown = FrameSets.Pick(person.Frames, set);
        var face = reconstructor.Reconstruct(person.Name, shown, FrameSets.Pick(features, set));
        var expressed = truth is null ? [] : ExpressedErrors(face, truth);
        return new PersonResult
        {
            Person = person,
            Errors = errors,
            UsualError = Error([[.. face.Neutral]]),
            MeanFace = Error([[.. template.Positions]]),
            Usual = usual,
            Expressed = Mean([.. expressed.Select(e => e.Network)]),
            ExpressedMeanFace = Mean([.. expressed.Select(e => e.MeanFace)]),
            FrameCount = shown.Length,
            Landmarks = [.. face.Frames.Select(frame => frame.LandmarkError).OfType<double>()],
            LandmarksBefore =
            [
                .. shown.Select(f => FrameFit.Landmarks(template, neutralPose.Before(f.Frame.CropCamera), f.Frame)).OfType<double>(),
            ],
            Photometric = [.. face.Frames.Select(f => f.Losses.GetValueOrDefault("photometric", double.NaN)).Where(double.IsFinite)],
        };
    }

    private static (GeometryError Network, GeometryError MeanFace)[] ExpressedErrors(Reconstruction face, PersonTruth truth)
    {
        var template = face.Template;
        var byKey = truth.Frames.ToDictionary(frame => frame.Key);
        return
        [
            .. face.Frames.Where(frame => byKey.ContainsKey(frame.Key)).Select(frame =>
            {
                var shape = truth.Shape(template, byKey[frame.Key]);
                var region = template.EvaluationRegion.AsSpan();
                return (GeometryError.Between(face.Expressed(frame), shape, region),
                    GeometryError.Between(template.Positions.AsSpan(), shape, region));
            }),
        ];
    }

    // Mean of means; null of nothing.
    private static GeometryError? Mean(IReadOnlyCollection<GeometryError> errors)
    {
        if (errors.Count == 0) return null;
        DistanceStatistics Of(Func<GeometryError, DistanceStatistics> part) =>
            new(errors.Average(e => part(e).Mean), errors.Average(e => part(e).Deviation));
        return new GeometryError(Of(e => e.Rigid), Of(e => e.Scaled));
    }
}
