namespace Fml.Model;

/// <summary>A way from frames to a face that can be measured: a name for tables, and the function.</summary>
internal sealed record FaceMethod
{
    /// <summary>What tables call it, such as "network".</summary>
    public required string Name { get; init; }

    /// <summary>The mesh of its faces.</summary>
    public required FaceTemplate Template { get; init; }

    /// <summary>
    /// Given a person's frames, the function from some of them, by their places, to the face; what several sets share, such as the features of
    /// a frame, is computed once.
    /// </summary>
    public required Func<string, IReadOnlyList<CropFrame>, Func<int[], Reconstruction>> Prepare { get; init; }

    /// <summary>The learned model, for what is measured of a model rather than of faces; null for other methods.</summary>
    public FaceReconstructor? Model { get; init; }

    /// <summary>Most people to measure it on, for methods that take their time.</summary>
    public int People { get; init; } = int.MaxValue;

    /// <summary>Whether many sets of a person's frames can be tried; otherwise one of each size is.</summary>
    public bool IsQuick { get; init; } = true;

    /// <summary>One pass of a network.</summary>
    public static FaceMethod Network(string name, FaceReconstructor reconstructor) => new()
    {
        Name = name,
        Template = reconstructor.Template,
        Model = reconstructor,
        Prepare = (person, frames) =>
        {
            var features = reconstructor.Features(frames);
            return set => reconstructor.Reconstruct(person, FrameSets.Pick(frames, set), FrameSets.Pick(features, set), compared: false);
        },
    };

    /// <summary>A function that takes its time.</summary>
    /// <param name="name">Name.</param>
    /// <param name="template">The mesh of its faces.</param>
    /// <param name="people">Most people to measure it on.</param>
    /// <param name="reconstruct">From a person's name and frames to the face.</param>
    public static FaceMethod Slow(
        string name, FaceTemplate template, int people, Func<string, IReadOnlyList<CropFrame>, Reconstruction> reconstruct) => new()
        {
            Name = name,
            Template = template,
            People = people,
            IsQuick = false,
            Prepare = (person, frames) => set => reconstruct(person, FrameSets.Pick(frames, set)),
        };
}
