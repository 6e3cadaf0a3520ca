using System.Diagnostics;

namespace Fml.Bench;

/// <summary>Times of a piece of work and of a yardstick, taken in turn.</summary>
/// <param name="Best">Shortest time of the work, in seconds.</param>
/// <param name="Ratio">Median of yardstick time over work time: 1 means as fast as the yardstick.</param>
/// <param name="AllocatedBytes">Bytes allocated by one run in a steady state.</param>
internal readonly record struct Timing(double Best, double Ratio, long AllocatedBytes)
{
    /// <summary>Runs both in turn for some seconds, after two runs that warm up; each at least three times.</summary>
    public static Timing Of(Action work, Action yardstick, double seconds)
    {
        for (var i = 0; i < 2; i++)
        {
            work();
            yardstick();
        }
        var (best, ratios) = (double.PositiveInfinity, new List<double>());
        var before = GC.GetTotalAllocatedBytes(true);
        work();
        var allocated = GC.GetTotalAllocatedBytes(true) - before;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds || ratios.Count < 3;)
        {
            var (mine, other) = (Seconds(work), Seconds(yardstick));
            best = Math.Min(best, mine);
            ratios.Add(other / mine);
        }
        ratios.Sort();
        return new Timing(best, ratios[ratios.Count / 2], allocated);
    }

    private static double Seconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
