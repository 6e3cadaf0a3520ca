using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>What made a dataset: stored with it, and compared when its making is continued.</summary>
public sealed record DatasetOptions
{
    /// <summary>Side of the crops <c>W</c>, pixels.</summary>
    public required int CropSize { get; init; }

    /// <summary>Meaning of the stored colours; only "srgb" exists so far.</summary>
    public string ColourSpace { get; init; } = "srgb";

    /// <summary>
    /// Every other resolved setting by name, such as <c>stride</c> or <c>seed</c>; all must be equal for a run to be continued.
    /// </summary>
    public ImmutableSortedDictionary<string, string> Settings { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>
    /// Which part of a work shared out over machines this is, 0 .. <see cref="ShardCount"/>-1; free to differ between runs.
    /// </summary>
    public int Shard { get; init; }

    /// <summary>
    /// How many parts there are; part <c>i</c> numbers its files <c>i, i+n, i+2n, ...</c>, so that they can share one folder.
    /// </summary>
    public int ShardCount { get; init; } = 1;

    /// <summary>The settings that a continued run must share, by name.</summary>
    internal ImmutableSortedDictionary<string, string> Comparable =>
        Settings.SetItem("size", CropSize.ToString()).SetItem("colour space", ColourSpace);

    /// <summary>The first difference to other options in words, such as "size 96 instead of 128"; null when there is none.</summary>
    internal string? DifferenceTo(ImmutableSortedDictionary<string, string> stored)
    {
        var mine = Comparable;
        return mine.Keys.Union(stored.Keys, StringComparer.Ordinal)
            .Where(name => mine.GetValueOrDefault(name) != stored.GetValueOrDefault(name))
            .Select(name => $"{name} {stored.GetValueOrDefault(name, "(unset)")} instead of {mine.GetValueOrDefault(name, "(unset)")}")
            .FirstOrDefault();
    }
}
