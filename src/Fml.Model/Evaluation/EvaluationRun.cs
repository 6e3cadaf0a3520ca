using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>What to measure, on whom, and where to write it.</summary>
public sealed record EvaluationRunOptions
{
    /// <summary>A training run's folder, or a model file.</summary>
    public required string Run { get; init; }

    /// <summary>Folder of the dataset to measure on.</summary>
    public required string Dataset { get; init; }

    /// <summary>Folder for the results; see <see cref="DefaultFolder"/>.</summary>
    public required string Folder { get; init; }

    /// <summary>Where to compute.</summary>
    public required Device Device { get; init; }

    /// <summary>Other runs to show in the same tables, by name.</summary>
    public ImmutableArray<(string Name, string Run)> Beside { get; init; } = [];

    /// <summary>People on whom the run's network is refined by <see cref="FaceFitter"/> too; 0 for none.</summary>
    public int FitPeople { get; init; }

    /// <summary>Datasets with the same people under other conditions, by name.</summary>
    public ImmutableArray<(string Name, string Dataset)> Also { get; init; } = [];

    /// <summary>File of the template that the truth is on; needed when it is not the model's.</summary>
    public string? TruthTemplate { get; init; }

    /// <summary>The dataset that the run learned from, for principal components of its truth; null for where the run says it was.</summary>
    public string? LearnedFrom { get; init; }

    /// <summary>How thoroughly.</summary>
    public MeasurementOptions Measure { get; init; } = MeasurementOptions.Thorough;

    /// <summary>Most people that are shown in the report.</summary>
    public int Shown { get; init; } = 4;

    /// <summary>Where results go unless something else is said: a folder in the run's, named after the dataset.</summary>
    public static string DefaultFolder(string run, string dataset) =>
        Path.Combine(EvaluationRun.FolderOf(run), $"evaluation-{EvaluationResult.NameOf(dataset)}");
}

/// <summary>The whole of <c>fml evaluate</c>: measures a run, and whatever is to stand beside it, and writes tables and a report.</summary>
public static class EvaluationRun
{
    /// <summary>Measures and writes <c>evaluation.json</c>, <c>evaluation.csv</c> and <c>report.html</c>.</summary>
    /// <exception cref="FmlException">A model or a dataset cannot be read or does not suit, or a file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; nothing is written.</exception>
    public static EvaluationResult Run(EvaluationRunOptions run, Action<ProgressUpdate>? progress = null, CancellationToken cancel = default)
    {
        using var dataset = FaceDataset.Open(run.Dataset);
        var reconstructors = new List<FaceReconstructor>();
        try
        {
            var runs = run.Beside.Prepend(("network", run.Run)).Select(r => (Name: r.Item1, Path: r.Item2, Model: FaceModel.Load(r.Item2))).ToArray();
            string[] names = [.. runs.Select(r => r.Name), .. run.FitPeople > 0 ? ["fit"] : Array.Empty<string>()];
            if (names.GroupBy(name => name).FirstOrDefault(g => g.Count() > 1) is { } twice)
                throw new FmlException($"Two methods are called '{twice.Key}'; give each run its own name.");
            var (chosen, label) = EvaluationPeople.Choose(dataset, runs.Select(r => (FolderOf(r.Path), r.Model.Options)));
            var template = EvaluationPeople.TruthTemplate(dataset, [.. runs.Select(r => r.Model.Template)], run.TruthTemplate);
            reconstructors.AddRange(runs.Select(r => new FaceReconstructor(r.Model, run.Device)));
            using var fitter = run.FitPeople > 0 ? new FaceFitter(reconstructors[0]) : null;
            ImmutableArray<FaceMethod> methods = [.. runs.Select((r, i) => FaceMethod.Network(r.Name, reconstructors[i]))];
            if (fitter is not null)
                methods = methods.Add(FaceMethod.Slow(
                    "fit", reconstructors[0].Template, run.FitPeople, (person, frames) => fitter.Fit(person, frames, cancel).Face));

            progress?.Invoke(new ProgressUpdate("measure: reading", 0));
            var people = EvaluationPerson.Read(dataset, template, chosen.Take(run.Measure.People), run.Measure.FramesPerPerson);
            var measured = methods.Select((method, i) => MethodMeasurement.Measure(
                method, template, people,
                i < runs.Length && ShapeComparison.AreSame(method.Template, template)
                    ? EvaluationPeople.TrainingTruths(FolderOf(runs[i].Path), runs[i].Model.Options, template, run.LearnedFrom)
                    : [],
                label, run.Measure, progress, cancel)).ToImmutableArray();
            var result = new EvaluationResult
            {
                Run = run.Run,
                Dataset = run.Dataset,
                Population = measured[0].Evaluation.Population,
                Methods =
                [
                    .. measured.Select((m, i) => methods[i].IsQuick
                        ? m.Evaluation
                        : WithFirst(m.Evaluation, methods[0], template, measured[0].People, m.People.Length, run.Measure)),
                ],
                Conditions = [.. run.Also.Select(also => Condition(run, also, methods, template, people, measured, progress, cancel))],
            };
            progress?.Invoke(new ProgressUpdate("write: tables and report", 0));
            Write(run, result, template, measured[0].People);
            progress?.Invoke(new ProgressUpdate("write: tables and report", 1));
            return result;
        }
        finally
        {
            reconstructors.ForEach(reconstructor => reconstructor.Dispose());
        }
    }

    // A slow method is measured on few people: before its rows those of the first method on the same people.
    private static MethodEvaluation WithFirst(
        MethodEvaluation evaluation, FaceMethod first, FaceTemplate truths, ImmutableArray<PersonResult> people, int count, MeasurementOptions options)
    {
        var known = people.Take(count).Where(person => person.Person.Truth is not null).ToImmutableArray();
        if (count == people.Length || known.IsEmpty) return evaluation;
        var same = MethodAccuracy.Add(evaluation, first with { IsQuick = false }, ShapeComparison.Of(first.Template, truths), known, options);
        AccuracyTable? Both(Func<MethodEvaluation, AccuracyTable?> table) => (table(same), table(evaluation)) is ({ } its, { } own)
            ? own with { Network = [.. its.Network, .. own.Network] }
            : table(evaluation);
        return evaluation with { Neutral = Both(e => e.Neutral), Expressed = Both(e => e.Expressed) };
    }

    /// <summary>A run's folder, also of a model file in it.</summary>
    internal static string FolderOf(string run) => Directory.Exists(run) ? run : Path.GetDirectoryName(Path.GetFullPath(run))!;

    // The same people in another dataset.
    private static ConditionEvaluation Condition(
        EvaluationRunOptions run, (string Name, string Dataset) also, ImmutableArray<FaceMethod> methods, FaceTemplate template,
        ImmutableArray<EvaluationPerson> people, ImmutableArray<(MethodEvaluation Evaluation, ImmutableArray<PersonResult> People)> plain,
        Action<ProgressUpdate>? progress, CancellationToken cancel)
    {
        using var dataset = FaceDataset.Open(also.Dataset);
        var names = people.Select(person => person.Name).ToHashSet();
        PersonFrames[] same = [.. dataset.People.Where(person => names.Contains(person.Name))];
        if (same.Length == 0)
            throw new FmlException($"{also.Dataset} has none of the people of {run.Dataset}: --also takes the same people under another condition.");
        var changed = EvaluationPerson.Read(dataset, template, same, run.Measure.FramesPerPerson);
        // What a space allows does not depend on pictures.
        var options = run.Measure with { Floors = [], FloorPeople = 0, RelitPairs = 0 };
        var measured = methods.Select(method => MethodMeasurement.Measure(
            method, template, changed, [], $"people, {also.Name}", options,
            update => progress?.Invoke(update with { Task = $"{update.Task}, {also.Name}" }), cancel)).ToArray();
        return new ConditionEvaluation(
            also.Name, also.Dataset, [.. measured.Select(m => m.Evaluation)],
            [.. methods.SelectMany((method, i) => Growth(method, plain[i].People, measured[i].People))]);
    }

    private static IEnumerable<ConditionGrowth> Growth(FaceMethod method, ImmutableArray<PersonResult> plain, ImmutableArray<PersonResult> changed)
    {
        var before = plain.ToDictionary(person => person.Person.Name);
        foreach (var (expression, errors) in new (string, Func<PersonResult, ImmutableDictionary<int, GeometryError>>)[]
        {
            (EvaluationRow.Neutral, p => p.Neutral), (EvaluationRow.Expressed, p => p.Expressed),
        })
        {
            var pairs = changed.Where(p => before.ContainsKey(p.Person.Name))
                .Select(p => (
                    Plain: errors(before[p.Person.Name]).GetValueOrDefault(MeasurementOptions.Usual),
                    Changed: errors(p).GetValueOrDefault(MeasurementOptions.Usual)))
                .Where(pair => pair is { Plain: not null, Changed: not null }).Select(pair => (pair.Plain!, pair.Changed!)).ToArray();
            if (pairs.Length > 0) yield return ConditionGrowth.Of(method.Name, expression, MeasurementOptions.Usual, pairs);
        }
    }

    private static void Write(EvaluationRunOptions run, EvaluationResult result, FaceTemplate template, ImmutableArray<PersonResult> people)
    {
        Directory.CreateDirectory(run.Folder);
        EvaluationFile.Of(result).Save(run.Folder);
        HtmlReport.Write(Path.Combine(run.Folder, RunFolder.ReportFile), EvaluationReport.Of(run, result, template, people));
    }
}
