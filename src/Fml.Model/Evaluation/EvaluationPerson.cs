using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>A person to measure on: frames read into memory, and the truth if it is known.</summary>
/// <param name="Name">Name in the dataset.</param>
/// <param name="Frames">Some of the person's frames, spread over all, in order.</param>
/// <param name="Truth">What is true of the person; null if unknown or known on another mesh.</param>
internal sealed record EvaluationPerson(string Name, ImmutableArray<CropFrame> Frames, PersonTruth? Truth)
{
    /// <summary>Reads people.</summary>
    /// <param name="dataset">Where they are.</param>
    /// <param name="template">The model's template.</param>
    /// <param name="people">Whom to read.</param>
    /// <param name="framesEach">Most frames of each.</param>
    /// <exception cref="FmlException">The dataset is damaged.</exception>
    public static ImmutableArray<EvaluationPerson> Read(
        FaceDataset dataset, FaceTemplate template, IEnumerable<PersonFrames> people, int framesEach) =>
    [
        .. people.Select(person => new EvaluationPerson(
            person.Name,
            [.. FrameSets.Spread(person.Frames, framesEach).Select(frame => CropFrame.Read(dataset, frame))],
            TruthOf(dataset, template, person.Name))),
    ];

    /// <summary>True neutral faces of people, [V] each in mm; people without are left out.</summary>
    public static Vector3[][] TruthsOf(FaceDataset dataset, FaceTemplate template, IEnumerable<PersonFrames> people) =>
        [.. people.Select(person => TruthOf(dataset, template, person.Name)?.Neutral).OfType<Vector3[]>()];

    private static PersonTruth? TruthOf(FaceDataset dataset, FaceTemplate template, string person)
    {
        if (!SyntheticTruth.Exists(dataset.Folder, person)) return null;
        var truth = SyntheticTruth.Load(dataset.Folder, person);
        return truth.Neutral.Length == template.VertexCount ? truth : null;
    }
}
