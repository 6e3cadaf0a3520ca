using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>
/// A smooth random function of time: a sum of sinusoids with random frequencies and phases, of mean 0 and standard deviation 1 over long
/// times.
/// It can be asked at any time, so clips of any frame rate show the same movement.
/// </summary>
internal readonly record struct SmoothSignal(ImmutableArray<SmoothSignal.Wave> Waves)
{
    /// <summary>One sinusoid: weight, angular frequency in rad/s, phase in rad.</summary>
    internal readonly record struct Wave(float Weight, double Frequency, double Phase);

    /// <summary>Draws a signal whose periods lie between two bounds, in seconds.</summary>
    public static SmoothSignal Draw(Random random, float shortestPeriod, float longestPeriod)
    {
        const int Count = 5;
        var waves = ImmutableArray.CreateBuilder<Wave>(Count);
        for (var i = 0; i < Count; i++)
        {
            var period = shortestPeriod * Math.Pow(longestPeriod / shortestPeriod, random.NextDouble());
            waves.Add(new Wave(MathF.Sqrt(2f / Count), 2 * Math.PI / period, 2 * Math.PI * random.NextDouble()));
        }
        return new SmoothSignal(waves.MoveToImmutable());
    }

    /// <summary>The value at a time in seconds.</summary>
    public float At(double time)
    {
        var sum = 0.0;
        foreach (var wave in Waves) sum += wave.Weight * Math.Sin(wave.Frequency * time + wave.Phase);
        return (float)sum;
    }
}
