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
    /// <summary>What varies over the frames in truth; null if that is unknown.</summary>
    public FrameVariation? Variation { get; init; }

    /// <summary>Reads people.</summary>
    /// <param name="dataset">Where they are.</param>
    /// <param name="template">The template whose truth is wanted.</param>
    /// <param name="people">Whom to read.</param>
    /// <param name="framesEach">Most frames of each.</param>
    /// <exception cref="FmlException">The dataset is damaged.</exception>
    public static ImmutableArray<EvaluationPerson> Read(
        FaceDataset dataset, FaceTemplate template, IEnumerable<PersonFrames> people, int framesEach) =>
    [
        .. people.Select(person =>
        {
            var truth = TruthOf(dataset, template, person.Name);
            ImmutableArray<CropFrame> frames = [.. FrameSets.Spread(person.Frames, framesEach).Select(frame => CropFrame.Read(dataset, frame))];
            return new EvaluationPerson(person.Name, frames, truth) { Variation = FrameVariation.Of(template, frames, truth) };
        }),
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

/// <summary>What differs between a person's frames.</summary>
/// <param name="Expressions">Per frame; see <see cref="FrameContrast.Expressions"/>.</param>
/// <param name="Turns">Per frame; see <see cref="FrameContrast.Turns"/>.</param>
internal sealed record FrameVariation(double[][] Expressions, double[][] Turns)
{
    /// <summary>That of frames whose truth is known; null if that of any is not.</summary>
    public static FrameVariation? Of(FaceTemplate template, IReadOnlyCollection<CropFrame> frames, PersonTruth? truth)
    {
        if (truth is null) return null;
        var byKey = truth.Frames.ToDictionary(frame => frame.Key);
        FrameTruth[] known = [.. frames.Select(f => byKey.GetValueOrDefault(f.Frame.Key)).OfType<FrameTruth>()];
        return known.Length < frames.Count
            ? null
            : new FrameVariation(
                FrameContrast.Expressions(template, known.Select(f => f.Expression)), FrameContrast.Turns(known.Select(f => f.Rotation)));
    }
}
