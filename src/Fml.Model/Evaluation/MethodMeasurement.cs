using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>Measures a model on people; see <see cref="MethodEvaluation"/>.</summary>
public static class MethodMeasurement
{
    /// <summary>Measures a model on people of a dataset.</summary>
    /// <param name="reconstructor">The model.</param>
    /// <param name="dataset">Where the people are; the truth beside it is used if it is on the model's mesh.</param>
    /// <param name="people">On whom to measure.</param>
    /// <param name="learnedFrom">People learned from, whose truth gives the principal components to compare with; may be empty.</param>
    /// <param name="label">What the people are called in tables, such as "held-out people".</param>
    /// <param name="options">How thoroughly.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops between people.</param>
    /// <exception cref="FmlException">There are no people, or the dataset does not suit the model.</exception>
    public static MethodEvaluation Measure(
        FaceReconstructor reconstructor, FaceDataset dataset, ImmutableArray<PersonFrames> people, ImmutableArray<PersonFrames> learnedFrom,
        string label, MeasurementOptions? options = null, Action<ProgressUpdate>? progress = null, CancellationToken cancel = default)
    {
        options ??= new MeasurementOptions();
        if (people.IsEmpty) throw new FmlException($"The dataset {dataset.Folder} has nobody to measure on.");
        var template = reconstructor.Template;
        var chosen = EvaluationPerson.Read(dataset, template, people.Take(options.People), options.FramesPerPerson);
        using var neutralPose = new NeutralPose(template, dataset.CropSize, reconstructor.Device);
        var found = new List<PersonResult>();
        foreach (var person in chosen)
        {
            cancel.ThrowIfCancellationRequested();
            found.Add(PersonResult.Of(reconstructor, neutralPose, person, options));
            var share = (double)found.Count / chosen.Length;
            progress?.Invoke(new ProgressUpdate("measure: people", share, $"{found.Count} of {chosen.Length}"));
        }
        var withTruth = found.Where(p => p.Person.Truth is not null).ToArray();
        var population = $"{chosen.Length} {label}";
        var truths = withTruth.Select(p => p.Person.Truth!.Neutral).Take(options.FloorPeople).ToArray();
        var result = new MethodEvaluation
        {
            Population = population,
            Separation = reconstructor.Bases.Nullspace.Mode,
            Spread = SpreadBetweenPeople.Measure(
                template, [.. found.Select(p => p.Usual)],
                withTruth.Length == found.Count ? [.. withTruth.Select(p => p.Person.Truth!.Neutral)] : null),
            ExpressionShare = ExpressionSpan.Build(template, reconstructor.Bases.Graph)
                .Share(LearnedSpace.Projected(reconstructor), reconstructor.Bases.Sizes.Shape),
            Pictures = Agreement(found),
            People = [.. found.Select(p => new PersonFigures(p.Person.Name, p.UsualError, p.MeanFace, Average(p.Landmarks)))],
        };
        if (withTruth.Length == 0) return result;
        var floors = Floors.Of(reconstructor, truths, options.Floors, progress, cancel);
        return result with
        {
            Neutral = Table(population, template, withTruth, floors, truths.Length, options),
            Expressed = Expressed(withTruth),
            Generality = LearnedSpace.Generality(
                reconstructor, truths, EvaluationPerson.TruthsOf(dataset, template, learnedFrom), progress, cancel),
        };
    }

    private static AccuracyTable Table(
        string population, FaceTemplate template, PersonResult[] people,
        ImmutableArray<(SeparationMode, ImmutableArray<GeometryError>)> floors, int floorPeople, MeasurementOptions options)
    {
        GeometryError[] meanFace = [.. people.Select(p => p.MeanFace!)];
        var network = options.FrameCounts.Select(count =>
        {
            var able = people.Where(p => p.Errors.ContainsKey(count)).ToArray();
            return able.Length == 0
                ? null
                : AccuracyRow.Of(
                    able.Length == people.Length ? "network" : $"network ({able.Length} people)", count,
                    [.. able.Select(p => p.Errors[count])], [.. able.Select(p => p.MeanFace!)]);
        });
        var some = floorPeople < people.Length ? $" ({floorPeople})" : "";
        return new AccuracyTable(
            population,
            AccuracyRow.Of("mean face", 0, meanFace),
            [.. network.OfType<AccuracyRow>()],
            [.. floors.Select(floor => AccuracyRow.Of($"floor: {floor.Item1.ToString().ToLowerInvariant()}{some}", 0, floor.Item2))],
            Variation(template, [.. people.Select(p => p.Person.Truth!.Neutral)]));
    }

    // RMS distance of true faces from their mean, a person at a time.
    private static AccuracyRow? Variation(FaceTemplate template, Vector3[][] truths)
    {
        if (truths.Length < 2) return null;
        var mean = new Vector3[template.VertexCount];
        foreach (var truth in truths) VertexArithmetic.AddScaled(1f / truths.Length, truth, mean);
        DistanceStatistics Rms(Vector3[] truth, bool withScale) => new(Math.Sqrt(
            GeometryError.PerVertex(mean, truth, template.EvaluationRegion.AsSpan(), withScale).Average(d => d * d)), 0);
        return AccuracyRow.Of("truth's own variation (RMS)", 0, [.. truths.Select(t => new GeometryError(Rms(t, false), Rms(t, true)))]);
    }

    private static ImmutableArray<AccuracyRow> Expressed(PersonResult[] people)
    {
        var able = people.Where(p => p.Expressed is not null).ToArray();
        if (able.Length == 0) return [];
        GeometryError[] meanFace = [.. able.Select(p => p.ExpressedMeanFace!)];
        return
        [
            AccuracyRow.Of("mean face", 0, meanFace),
            AccuracyRow.Of("network", MeasurementOptions.Usual, [.. able.Select(p => p.Expressed!)], meanFace),
        ];
    }

    private static PictureAgreement Agreement(IReadOnlyCollection<PersonResult> people)
    {
        double[] landmarks = [.. people.SelectMany(p => p.Landmarks)];
        return new PictureAgreement(
            people.Sum(p => p.FrameCount), Average([.. people.SelectMany(p => p.LandmarksBefore)]), Average(landmarks),
            landmarks.Length > 0 ? landmarks.Count(e => e < 0.1) / (double)landmarks.Length : null,
            Average([.. people.SelectMany(p => p.Photometric)]));
    }

    private static double? Average(IReadOnlyCollection<double> values) => values.Count > 0 ? values.Average() : null;
}
