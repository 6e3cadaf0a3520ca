using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>People and frames of one step, by number.</summary>
/// <param name="People">[K], ascending.</param>
/// <param name="Frames">[K*M], person by person; numbers count all frames of all people in order.</param>
public sealed record Batch(ImmutableArray<int> People, ImmutableArray<int> Frames);

/// <summary>
/// Draws batches. A batch is a function of seed, stage and step alone, so that a resumed run sees what an uninterrupted one would have
/// seen.
/// </summary>
public sealed class BatchSampler(ImmutableArray<PersonFrames> people, int seed)
{
    // Number of a person's first frame.
    private readonly ImmutableArray<int> first =
        [.. people.Select((_, i) => people.Take(i).Sum(person => person.Frames.Length))];

    /// <summary>K different people and, of each, M frames spread over the person's frames; a person with fewer frames repeats
    /// some.</summary>
    public Batch Draw(int stage, int step, int k, int m)
    {
        // Every pass over the people is a permutation of its own, so that all are seen equally often.
        k = Math.Min(k, people.Length);
        var chosen = Enumerable.Range(0, k).Select(i =>
        {
            var position = (long)step * k + i;
            var pass = new Random(HashCode32(seed, stage, (int)(position / people.Length), 0));
            return Permutation(people.Length, pass)[(int)(position % people.Length)];
        }).Distinct().Order().ToList();
        var random = new Random(HashCode32(seed, stage, step, 1));
        while (chosen.Count < k)
        {
            var extra = random.Next(people.Length);
            if (!chosen.Contains(extra)) chosen.Add(extra);
        }
        chosen.Sort();
        return new Batch([.. chosen], [.. chosen.SelectMany(person => Spread(people[person].Frames.Length, m, random).Select(f => first[person] + f))]);
    }

    /// <summary>Standard normal numbers.</summary>
    public float[] Deviates(int stage, int step, long count)
    {
        var random = new Random(HashCode32(seed, stage, step, 2));
        var values = new float[count];
        for (var i = 0; i < values.Length; i++) values[i] = random.Normal();
        return values;
    }

    /// <summary>M frames each of K people, of whom any may come more than once, spread as in <see cref="Draw"/>; [K*M].</summary>
    public int[] FramesOfAnybody(int stage, int step, int k, int m)
    {
        var random = new Random(HashCode32(seed, stage, step, 3));
        return
        [
            .. Enumerable.Range(0, k).SelectMany(_ =>
            {
                var person = random.Next(people.Length);
                return Spread(people[person].Frames.Length, m, random).Select(frame => first[person] + frame);
            }),
        ];
    }

    /// <summary>M of n frames, one from each of M equal parts of the time line.</summary>
    public static int[] Spread(int n, int m, Random random) =>
    [
        .. Enumerable.Range(0, m).Select(i =>
        {
            var (low, high) = ((int)((long)n * i / m), (int)((long)n * (i + 1) / m));
            return Math.Min(n - 1, high > low ? random.Next(low, high) : low);
        }),
    ];

    private static int[] Permutation(int count, Random random)
    {
        var order = Enumerable.Range(0, count).ToArray();
        random.Shuffle(order);
        return order;
    }

    // Mixes numbers into a seed that is the same on every run and machine.
    private static int HashCode32(params ReadOnlySpan<int> numbers)
    {
        var hash = 2166136261u;
        foreach (var number in numbers) hash = (hash ^ (uint)number) * 16777619u ^ (hash >> 13);
        return (int)(hash & int.MaxValue);
    }
}
