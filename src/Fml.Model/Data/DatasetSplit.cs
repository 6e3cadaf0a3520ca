using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>People divided into those learned from and those only measured on.</summary>
/// <param name="Train">People to learn from.</param>
/// <param name="HeldOut">People never learned from.</param>
public sealed record DatasetSplit(ImmutableArray<PersonFrames> Train, ImmutableArray<PersonFrames> HeldOut)
{
    /// <summary>
    /// Holds out the rounded share of the people, at least one where there are two and the share is above 0, and never all. Who is held out
    /// depends on names and seed alone, not on their order; both parts keep the given order.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The share is not in [0, 1).</exception>
    public static DatasetSplit ByPerson(ImmutableArray<PersonFrames> people, double heldOutShare, int seed = 0)
    {
        if (!(heldOutShare is >= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(heldOutShare), heldOutShare, "a share in [0, 1)");
        var count = heldOutShare == 0 || people.Length < 2
            ? 0
            : Math.Clamp((int)Math.Round(heldOutShare * people.Length), 1, people.Length - 1);
        var heldOut = people.Select(p => p.Name)
            .OrderBy(name => Mix(FrameKeys.Hash(name, FrameKeys.Hash(seed.ToString())))).ThenBy(name => name, StringComparer.Ordinal)
            .Take(count).ToHashSet();
        return new([.. people.Where(p => !heldOut.Contains(p.Name))], [.. people.Where(p => heldOut.Contains(p.Name))]);
    }

    // The last step of MurmurHash3: names that differ in one digit would otherwise stay in order.
    private static uint Mix(uint h)
    {
        h = (h ^ h >> 16) * 0x85EBCA6B;
        h = (h ^ h >> 13) * 0xC2B2AE35;
        return h ^ h >> 16;
    }
}
