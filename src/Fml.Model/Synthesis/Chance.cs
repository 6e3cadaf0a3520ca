using System.Numerics;

namespace Fml.Model;

/// <summary>Draws from the few distributions that synthesis uses; every source of chance has a seed of its own.</summary>
internal static class Chance
{
    /// <summary>
    /// A generator that depends on nothing but its numbers, so that a person's draws are the same whoever draws before (SplitMix64 mixing,
    /// Steele et
    /// al. 2014).
    /// </summary>
    public static Random Stream(int seed, params ReadOnlySpan<int> path)
    {
        var state = Mix((ulong)(uint)seed);
        foreach (var step in path) state = Mix(state ^ (uint)step);
        return new Random((int)(state & 0x7fffffff));
    }

    /// <summary>Standard normal (Box and Muller).</summary>
    public static float Normal(this Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));

    /// <summary>Normal with a mean and a standard deviation.</summary>
    public static float Normal(this Random random, float mean, float deviation) => mean + deviation * random.Normal();

    /// <summary>Uniform between two bounds.</summary>
    public static float Between(this Random random, float least, float greatest) => least + (greatest - least) * random.NextSingle();

    /// <summary>True with that probability.</summary>
    public static bool Happens(this Random random, float probability) => random.NextSingle() < probability;

    /// <summary>Uniform on the unit sphere.</summary>
    public static Vector3 Direction(this Random random)
    {
        var direction = new Vector3(random.Normal(), random.Normal(), random.Normal());
        return direction.LengthSquared() > 1e-12f ? Vector3.Normalize(direction) : Vector3.UnitZ;
    }

    private static ulong Mix(ulong state)
    {
        state += 0x9e3779b97f4a7c15;
        state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
        state = (state ^ (state >> 27)) * 0x94d049bb133111eb;
        return state ^ (state >> 31);
    }
}
