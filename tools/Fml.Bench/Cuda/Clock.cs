using System.Diagnostics;
using Fml.Native;

namespace Fml.Bench;

/// <summary>Medians after warm-up.</summary>
internal static class Clock
{
    private const int WarmUps = 3, Least = 5, Most = 50;

    /// <summary>Median of a measurement that times itself, s; repeated for some seconds, 5 to 50 times.</summary>
    public static double Median(Func<double> measure, double seconds)
    {
        for (var i = 0; i < WarmUps; i++) measure();
        var times = new List<double>();
        for (var clock = Stopwatch.StartNew(); times.Count < Least || (times.Count < Most && clock.Elapsed.TotalSeconds < seconds);) times.Add(measure());
        times.Sort();
        return times[times.Count / 2];
    }

    /// <summary>Median time of work that is waited for, s, by the host's clock.</summary>
    public static double Wall(Device device, Action work, double seconds) => Median(
        () =>
        {
            device.Synchronize();
            var start = Stopwatch.GetTimestamp();
            work();
            device.Synchronize();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        },
        seconds);
}
