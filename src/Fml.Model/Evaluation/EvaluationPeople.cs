using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>On whom runs may be measured, and which truth there is.</summary>
internal static class EvaluationPeople
{
    /// <summary>
    /// Everybody that no run learned from: all of a dataset, or, of one that a run was trained on, those it held out.
    /// </summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="runs">Folder and options of each run.</param>
    /// <returns>The people, and what to call them.</returns>
    /// <exception cref="FmlException">Nobody is left.</exception>
    public static (ImmutableArray<PersonFrames> People, string Label) Choose(FaceDataset dataset, IEnumerable<(string Folder, TrainingOptions Options)> runs)
    {
        if (dataset.People.IsEmpty) throw new FmlException($"The dataset {dataset.Folder} has nobody to measure on.");
        var learned = runs.SelectMany(run => LearnedFrom(dataset, run.Folder, run.Options)).Select(person => person.Name).ToHashSet();
        var people = dataset.People.Where(person => !learned.Contains(person.Name)).ToImmutableArray();
        if (people.IsEmpty)
            throw new FmlException(
                $"All {dataset.People.Length} people of {dataset.Folder} were learned from, so nothing can be measured on them; "
                + "give another dataset, or train with --held-out.");
        return (people, learned.Count > 0 ? "held-out people" : "people");
    }

    /// <summary>Whom of a dataset a run learned from; nobody, if it was trained on another.</summary>
    public static ImmutableArray<PersonFrames> LearnedFrom(FaceDataset dataset, string run, TrainingOptions options)
    {
        if (TrainedOn.Load(run) is { } trained)
        {
            if (trained.Fingerprint != dataset.Fingerprint) return [];
            var heldOut = trained.HeldOut.ToHashSet();
            return [.. dataset.People.Where(person => !heldOut.Contains(person.Name))];
        }
        // A run that does not say what it was trained on, but has a dataset in its folder as the demonstration does.
        var own = Path.GetFullPath(Path.Combine(run, Demo.DatasetFolder));
        return own == Path.TrimEndingDirectorySeparator(Path.GetFullPath(dataset.Folder))
            ? DatasetSplit.ByPerson(dataset.People, options.HeldOut, options.Seed).Train
            : [];
    }

    /// <summary>True faces of people that a run learned from, if their dataset is still there; for principal components.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="options">The run's options.</param>
    /// <param name="template">The template that the truth must be on.</param>
    /// <param name="folder">Where the dataset is; null for where it was.</param>
    public static Vector3[][] TrainingTruths(string run, TrainingOptions options, FaceTemplate template, string? folder)
    {
        folder ??= TrainedOn.Load(run)?.Dataset ?? Path.Combine(run, Demo.DatasetFolder);
        if (!File.Exists(Path.Combine(folder, DatasetFiles.Index))) return [];
        using var dataset = FaceDataset.Open(folder);
        return EvaluationPerson.TruthsOf(dataset, template, LearnedFrom(dataset, run, options).Take(LearnedSpace.MostPeople));
    }

    /// <summary>The template that a dataset's truth is on.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="models">Templates of the models.</param>
    /// <param name="file">The template's file, if it is given.</param>
    /// <exception cref="FmlException">It is none of them.</exception>
    public static FaceTemplate TruthTemplate(FaceDataset dataset, IReadOnlyList<FaceTemplate> models, string? file)
    {
        var given = file is null ? null : FaceTemplateFile.Load(file);
        if (dataset.People.FirstOrDefault(person => SyntheticTruth.Exists(dataset.Folder, person.Name)) is not { } known) return given ?? models[0];
        var vertices = SyntheticTruth.Load(dataset.Folder, known.Name).Neutral.Length;
        var name = dataset.Options.GetValueOrDefault("template");
        var what = $"The truth in {dataset.Folder} is on the template '{name ?? "unknown"}' of {vertices} vertices";
        if (given is not null)
            return given.VertexCount == vertices
                ? given
                : throw new FmlException($"{what}, but {file} holds '{given.Name}' of {given.VertexCount}; give the one that the dataset was made with.");
        return models.FirstOrDefault(model => model.VertexCount == vertices && (name is null || name == model.Name))
            ?? throw new FmlException(
                $"{what}, the model is on '{models[0].Name}' of {models[0].VertexCount}; give the truth's template with --truth-template FILE.");
    }
}
