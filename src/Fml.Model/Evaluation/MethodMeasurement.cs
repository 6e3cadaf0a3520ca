using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>Measures a method on people; see <see cref="MethodEvaluation"/>.</summary>
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
        return Measure(
            FaceMethod.Network("network", reconstructor), template, chosen, EvaluationPerson.TruthsOf(dataset, template, learnedFrom), label,
            options, progress, cancel).Evaluation;
    }

    /// <summary>Measures any method.</summary>
    /// <param name="method">The method.</param>
    /// <param name="truths">The template that the truth is on.</param>
    /// <param name="people">On whom to measure.</param>
    /// <param name="learnedFrom">True faces of others, on the same template, for principal components; may be empty.</param>
    /// <param name="label">What the people are called in tables.</param>
    /// <param name="options">How thoroughly.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops between people.</param>
    /// <returns>What was measured, and what was found of each person.</returns>
    internal static (MethodEvaluation Evaluation, ImmutableArray<PersonResult> People) Measure(
        FaceMethod method, FaceTemplate truths, ImmutableArray<EvaluationPerson> people, Vector3[][] learnedFrom, string label,
        MeasurementOptions options, Action<ProgressUpdate>? progress, CancellationToken cancel)
    {
        var chosen = people.Take(method.People).ToImmutableArray();
        var comparison = chosen.Any(p => p.Truth is not null) ? ShapeComparison.Of(method.Template, truths) : null;
        var found = ImmutableArray.CreateBuilder<PersonResult>(chosen.Length);
        foreach (var person in chosen)
        {
            cancel.ThrowIfCancellationRequested();
            found.Add(PersonResult.Of(method, comparison, person, options));
            progress?.Invoke(new ProgressUpdate(
                $"measure: {(method.Name == "network" ? "people" : method.Name)}", (double)found.Count / chosen.Length,
                $"{found.Count} of {chosen.Length}"));
        }
        var results = found.ToImmutable();
        var population = $"{chosen.Length} {label}";
        var known = results.Where(p => p.Person.Truth is not null).ToImmutableArray();
        var matched = known.Length == results.Length && comparison is { Corresponds: true };
        var evaluation = new MethodEvaluation
        {
            Method = method.Name,
            Population = population,
            Spread = SpreadBetweenPeople.Measure(
                method.Template, [.. results.Select(p => p.Usual)], matched ? [.. known.Select(p => p.Person.Truth!.Neutral)] : null),
            Contrasts = Contrasts(results),
            Appearance = Appearance(method, truths, results, matched, options, progress, cancel),
            Pose = Pose(known, comparison),
            Pictures = Agreement(method, results),
            People = [.. results.Select(p => new PersonFigures(
                p.Person.Name, p.Error, p.MeanFace,
                Average([.. p.Fits.Select(f => f.LandmarkError).OfType<double>()])))],
        };
        if (comparison is not null)
            evaluation = MethodAccuracy.Add(evaluation, method, comparison, known, options);
        if (method.Model is { } model)
            evaluation = MethodAccuracy.AddModel(
                evaluation, model, comparison is { Corresponds: true }, known, learnedFrom, options, progress, cancel);
        return (evaluation, results);
    }

    private static ImmutableArray<ContrastFigures> Contrasts(ImmutableArray<PersonResult> people) =>
    [
        .. people.SelectMany(p => p.Contrasts.Keys).Distinct().Order(StringComparer.Ordinal).Select(name =>
        {
            var pairs = people.Select(p => p.Contrasts.TryGetValue(name, out var pair) ? pair : ((double, double)?)null)
                .OfType<(double Contrasted, double AtRandom)>().ToArray();
            return new ContrastFigures(
                name, Fml.Model.Measure.Of([.. pairs.Select(p => p.Contrasted)]), Fml.Model.Measure.Of([.. pairs.Select(p => p.AtRandom)]), pairs.Length);
        }),
    ];

    private static AppearanceFigures Appearance(
        FaceMethod method, FaceTemplate truths, ImmutableArray<PersonResult> people, bool matched, MeasurementOptions options,
        Action<ProgressUpdate>? progress, CancellationToken cancel)
    {
        var two = people.Where(p => p.Albedos.Length > 1).ToArray();
        var albedo = two.Length == 0
            ? null
            : SpreadBetweenPeople.OfAlbedo(
                method.Template, [.. two.Select(p => p.Albedos)], matched ? [.. two.Select(p => p.Person.Truth!.Albedo)] : null);
        var pairs = people.Select(p => Frames(p).Select(f => (f.Found.Light, TrueFace.Light(f.True.Light))).ToArray())
            .Where(frames => frames.Length > 0).ToArray();
        var whole = people.Select(p => p.Person).Where(p => p.Variation is not null).ToArray(); // the truth of all frames is known
        var relit = !method.IsQuick || options.RelitPairs < 1 || whole.Length < 2
            ? null
            : RelitFigures.Of(method, truths, whole, options.RelitPairs, progress, cancel);
        return new AppearanceFigures(albedo, pairs.Length > 0 ? LightError.Of(pairs) : null, relit);
    }

    private static PoseAgreement? Pose(ImmutableArray<PersonResult> people, ShapeComparison? comparison)
    {
        var pairs = people.Select(p => Frames(p).Select(f => (f.Found.Rotation, f.True.Rotation)).ToArray())
            .Where(frames => frames.Length > 0).ToArray();
        return comparison is null || pairs.Length == 0 ? null : PoseAgreement.Of(pairs, comparison.Corresponds);
    }

    // Frames of the usual reconstruction with their truth.
    private static IEnumerable<(ReconstructedFrame Found, FrameTruth True)> Frames(PersonResult person)
    {
        if (person.Person.Truth is not { } truth) return [];
        var byKey = truth.Frames.ToDictionary(frame => frame.Key);
        return person.Face.Frames.Where(frame => byKey.ContainsKey(frame.Key)).Select(frame => (frame, byKey[frame.Key]));
    }

    private static PictureAgreement Agreement(FaceMethod method, ImmutableArray<PersonResult> people)
    {
        double[] landmarks = [.. people.SelectMany(p => p.Fits).Select(f => f.LandmarkError).OfType<double>()];
        double[] photometric = [.. people.SelectMany(p => p.Fits).Select(f => f.Photometric).OfType<double>()];
        double? before = null;
        if (method.Model is { } model)
        {
            var frames = people.SelectMany(p => FrameSets.Pick(p.Person.Frames, FrameSets.Usual(p.Person.Frames.Length))).ToArray();
            using var pose = new NeutralPose(method.Template, (int)Math.Round(Math.Sqrt(frames[0].Rgb.Length / 3.0)), model.Device);
            before = Average([.. frames.Select(f => FrameFit.Landmarks(method.Template, pose.Before(f.Frame.CropCamera), f.Frame)).OfType<double>()]);
        }
        return new PictureAgreement(
            people.Sum(p => p.Fits.Length), before, Average(landmarks),
            landmarks.Length > 0 ? landmarks.Count(e => e < 0.1) / (double)landmarks.Length : null, Average(photometric));
    }

    private static double? Average(IReadOnlyCollection<double> values) => values.Count > 0 ? values.Average() : null;
}
