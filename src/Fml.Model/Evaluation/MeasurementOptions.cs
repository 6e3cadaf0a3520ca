using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>How thoroughly a model is measured.</summary>
public sealed record MeasurementOptions
{
    /// <summary>Numbers of frames to reconstruct from.</summary>
    public ImmutableArray<int> FrameCounts { get; init; } = [1, 2, 4, 8];

    /// <summary>Most people to measure on.</summary>
    public int People { get; init; } = 100;

    /// <summary>Most frames of each.</summary>
    public int FramesPerPerson { get; init; } = 16;

    /// <summary>Most disjoint sets of frames of each; errors are averaged over them, and their spread is that within a person.</summary>
    public int SetsPerPerson { get; init; } = 4;

    /// <summary>People whose true faces are fitted for the floors, which takes about a second each.</summary>
    public int FloorPeople { get; init; } = 6;

    /// <summary>Separation modes whose floors are measured.</summary>
    public ImmutableArray<SeparationMode> Floors { get; init; } =
        [SeparationMode.Off, SeparationMode.Soft, SeparationMode.Graph, SeparationMode.Mesh];

    /// <summary>The number of frames that comparisons between people and with expression use.</summary>
    internal const int Usual = 4;
}
