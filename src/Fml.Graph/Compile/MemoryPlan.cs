namespace Fml.Graph;

/// <summary>A block of memory that is needed from one step to another, both included.</summary>
internal readonly record struct MemoryNeed(long ByteCount, int First, int Last);

/// <summary>Places blocks in one arena so that blocks needed at the same time never overlap.</summary>
internal static class MemoryPlan
{
    private const long Alignment = 256;

    /// <summary>The offset of every block, and the arena's size. Large blocks are placed first, each in the lowest gap that fits.</summary>
    public static (long[] Offsets, long Size) Of(IReadOnlyList<MemoryNeed> needs)
    {
        var offsets = new long[needs.Count];
        var placed = new List<(long Start, long End, int Index)>();
        var size = 0L;
        foreach (var index in Enumerable.Range(0, needs.Count).OrderByDescending(i => needs[i].ByteCount).ThenBy(i => i))
        {
            var need = needs[index];
            var bytes = (need.ByteCount + Alignment - 1) / Alignment * Alignment;
            var start = 0L;
            foreach (var (otherStart, otherEnd, other) in placed)
            {
                if (needs[other].Last < need.First || need.Last < needs[other].First) continue;
                if (otherStart >= start + bytes) break;
                start = Math.Max(start, otherEnd);
            }
            offsets[index] = start;
            size = Math.Max(size, start + bytes);
            var at = placed.FindIndex(block => block.Start > start);
            placed.Insert(at < 0 ? placed.Count : at, (start, start + bytes, index));
        }
        return (offsets, size);
    }
}
