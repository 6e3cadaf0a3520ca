using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>The part of a measurement that needs the truth: tables of errors, their distribution, and what a model's space allows.</summary>
internal static class MethodAccuracy
{
    /// <summary>Adds errors against the truth.</summary>
    /// <param name="evaluation">What has been measured without.</param>
    /// <param name="method">The method.</param>
    /// <param name="comparison">How its shapes are compared with the truth.</param>
    /// <param name="people">People with truth; at least one.</param>
    /// <param name="options">How thoroughly.</param>
    public static MethodEvaluation Add(
        MethodEvaluation evaluation, FaceMethod method, ShapeComparison comparison, ImmutableArray<PersonResult> people, MeasurementOptions options)
    {
        var mean = method.Template.Positions;
        GeometryError[] neutral = [.. people.Select(p => p.MeanFace!)];
        GeometryError?[] expressed =
        [
            .. people.Select(p =>
            {
                var byKey = p.Person.Truth!.Frames.ToDictionary(frame => frame.Key);
                return GeometryError.Mean(
                [
                    .. FrameSets.Spread([.. p.Person.Frames.Where(f => byKey.ContainsKey(f.Frame.Key))], comparison.FramesEach).Select(f =>
                        comparison.Between(mean.AsSpan(), p.Person.Truth!.Shape(comparison.Mesh, byKey[f.Frame.Key]))),
                ]);
            }),
        ];
        return evaluation with
        {
            Neutral = Table(method, evaluation.Population, people, neutral, p => p.Neutral, options) with
            {
                TruthVariation = Variation(comparison, [.. people.Select(p => p.Person.Truth!.Neutral)]),
            },
            Expressed = expressed.All(e => e is not null)
                ? Table(method, evaluation.Population, people, [.. expressed.Select(e => e!)], p => p.Expressed, options)
                : null,
            Errors = ErrorDistribution.Of([.. people.Select(p => p.Distances!)]),
            MeanFaceErrors = ErrorDistribution.Of(
                [.. people.Select(p => comparison.Distances(mean.AsSpan(), p.Person.Truth!.Neutral, withScale: false))]),
            Directions = Directions(p => [.. p.Face.Neutral]),
            MeanFaceDirections = Directions(_ => [.. mean]),
        };

        ErrorDirections? Directions(Func<PersonResult, Vector3[]> shape) => comparison.Corresponds
            ? ErrorDirections.Of(comparison.Mesh, [.. people.Select(p => (shape(p), p.Person.Truth!.Neutral))])
            : null;
    }

    /// <summary>Adds what a model's space allows.</summary>
    public static MethodEvaluation AddModel(
        MethodEvaluation evaluation, FaceReconstructor model, bool matched, ImmutableArray<PersonResult> people, Vector3[][] learnedFrom,
        MeasurementOptions options, Action<ProgressUpdate>? progress, CancellationToken cancel)
    {
        var basis = LearnedSpace.Projected(model);
        evaluation = evaluation with
        {
            Separation = model.Bases.Nullspace.Mode,
            ExpressionShare = ExpressionSpan.Build(model.Template, model.Bases.Graph).Share(basis, model.Bases.Sizes.Shape),
        };
        if (!matched || options.FloorPeople < 1) return evaluation; // a best fit needs to know which point is which
        Vector3[][] truths = [.. people.Select(p => p.Person.Truth!.Neutral).Take(options.FloorPeople)];
        var some = truths.Length < people.Length ? $" ({truths.Length})" : "";
        var floors = Floors.Of(model, truths, options.Floors, progress, cancel);
        var space = LearnedSpace.Measure(model, truths, learnedFrom, options.ParameterCounts, progress, cancel);
        var graph = floors.Where(floor => floor.Mode == SeparationMode.Off).Select(floor => new SpaceFit(
            "whole graph", 3 * model.Bases.Graph.NodeCount - 6, floor.Errors.Average(e => e.Rigid.Mean), floor.Errors.Average(e => e.Scaled.Mean)));
        return evaluation with
        {
            Neutral = evaluation.Neutral! with
            {
                Floors =
                [
                    AccuracyRow.Of($"best fit in learned span{some}", 0, space.Whole),
                    .. floors.Select(floor => AccuracyRow.Of($"floor: {floor.Mode.ToString().ToLowerInvariant()}{some}", 0, floor.Errors)),
                ],
            },
            Generality = [.. space.Fits, .. graph],
            Compactness = space.Compactness,
        };
    }

    private static AccuracyTable Table(
        FaceMethod method, string population, ImmutableArray<PersonResult> people, GeometryError[] meanFace,
        Func<PersonResult, ImmutableDictionary<int, GeometryError>> errors, MeasurementOptions options)
    {
        var rows = options.FrameCounts.Select(count =>
        {
            int[] able = [.. Enumerable.Range(0, people.Length).Where(i => errors(people[i]).ContainsKey(count))];
            return able.Length == 0
                ? null
                : AccuracyRow.Of(
                    able.Length == people.Length && method.IsQuick ? method.Name : $"{method.Name} ({able.Length} people)", count,
                    [.. able.Select(i => errors(people[i])[count])], [.. able.Select(i => meanFace[i])]);
        });
        return new AccuracyTable(population, AccuracyRow.Of(AccuracyTable.MeanFaceLabel, 0, meanFace), [.. rows.OfType<AccuracyRow>()], [], null);
    }

    // RMS distance of true faces from their mean, a person at a time.
    private static AccuracyRow? Variation(ShapeComparison comparison, Vector3[][] truths)
    {
        if (truths.Length < 2) return null;
        var mean = new Vector3[comparison.Mesh.VertexCount];
        foreach (var truth in truths) VertexArithmetic.AddScaled(1f / truths.Length, truth, mean);
        DistanceStatistics Rms(Vector3[] truth, bool withScale) => new(Math.Sqrt(
            GeometryError.PerVertex(mean, truth, comparison.Region.AsSpan(), withScale).Average(d => d * d)), 0);
        return AccuracyRow.Of("truth's own variation (RMS)", 0, [.. truths.Select(t => new GeometryError(Rms(t, false), Rms(t, true)))]);
    }
}
