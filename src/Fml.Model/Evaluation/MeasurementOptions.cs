using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>How thoroughly a method is measured.</summary>
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

    /// <summary>Numbers of parameters at which generality is measured; all of the basis' is always one of them.</summary>
    public ImmutableArray<int> ParameterCounts { get; init; } = [8];

    /// <summary>Most pairs of people drawn under each other's lights; 0 leaves it out.</summary>
    public int RelitPairs { get; init; }

    /// <summary>What <c>fml evaluate</c> measures: everything.</summary>
    public static MeasurementOptions Thorough { get; } = new() { ParameterCounts = [1, 2, 4, 8, 16, 32, 64, 128, 256], RelitPairs = 12 };

    /// <summary>The number of frames that comparisons between people and with expression use.</summary>
    internal const int Usual = 4;
}
