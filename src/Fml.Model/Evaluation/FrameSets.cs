namespace Fml.Model;

/// <summary>Which of a person's frames to reconstruct from.</summary>
internal static class FrameSets
{
    /// <summary>
    /// Disjoint sets of frames, each spread over all of them, so that each sees every clip: of n frames, set j of s takes frames
    /// <c>floor((i + (j + 1/2) / s) n / size)</c>.
    /// </summary>
    /// <param name="available">Number of frames n.</param>
    /// <param name="size">Frames of each set.</param>
    /// <param name="most">Most sets.</param>
    /// <returns>As many sets as there are, at most <paramref name="most"/>; none if there are too few frames for one.</returns>
    public static int[][] Disjoint(int available, int size, int most)
    {
        var sets = size < 1 ? 0 : Math.Min(most, available / size);
        return
        [
            .. Enumerable.Range(0, sets).Select(j => Enumerable.Range(0, size)
                .Select(i => (int)((i + (j + 0.5) / sets) * available / size)).ToArray()),
        ];
    }

    /// <summary>The first set of the usual number of frames, or of all if there are fewer.</summary>
    public static int[] Usual(int available) => Disjoint(available, Math.Min(MeasurementOptions.Usual, available), 1)[0];

    /// <summary>At most so many of some frames, spread evenly over all; all if there are no more.</summary>
    public static IReadOnlyList<T> Spread<T>(IReadOnlyList<T> all, int most) =>
        all.Count <= most ? all : [.. Enumerable.Range(0, most).Select(i => all[(int)((i + 0.5) * all.Count / most)])];

    /// <summary>
    /// Frames of the first half of a person's clips and of the other half, at most so many of each, spread evenly; a single set of frames
    /// if there is only one clip.
    /// </summary>
    public static int[][] HalvesOfClips(IReadOnlyList<CropFrame> frames, int most)
    {
        string[] clips = [.. frames.Select(f => f.Frame.Clip).Distinct()];
        var first = clips.Take((clips.Length + 1) / 2).ToHashSet();
        return
        [
            .. Enumerable.Range(0, frames.Count).GroupBy(i => first.Contains(frames[i].Frame.Clip))
                .Select(half => Spread([.. half], most).ToArray()),
        ];
    }

    /// <summary>The items of a set.</summary>
    public static T[] Pick<T>(IReadOnlyList<T> all, int[] set) => Array.ConvertAll(set, i => all[i]);
}
