using System.Collections.Immutable;
using Fml.Graph;
using Fml.Native;

namespace Fml.Bench;

/// <summary>A program with inputs of random numbers.</summary>
internal static class MeasuredProgram
{
    /// <summary>Median of the sum of its commands' times, s, by the device's clock.</summary>
    /// <param name="device">Where to run.</param>
    /// <param name="row">What to run.</param>
    /// <param name="seconds">Time for it.</param>
    public static double Seconds(Device device, PrimitiveRow row, double seconds)
    {
        using var store = new ParameterStore(device);
        var work = row.Build(store);
        using var program = GraphProgram.Compile(store, work.Outputs, work.Updates);
        Feed(program, work.Outputs.Concat(work.Updates.Select(update => update.Value)), work.Values);
        return Clock.Median(
            () => program.RunTimed().Where(part => row.Counts?.Invoke(part.Command) ?? true).Sum(part => part.Seconds), seconds);
    }

    /// <summary>Gives every input its values, or random numbers between -0.5 and 0.5 (bytes: any) where there are none.</summary>
    public static void Feed(GraphProgram program, IEnumerable<Node> roots, ImmutableDictionary<Node.Input, float[]> values)
    {
        var random = new Random(2);
        foreach (var input in GraphOrder.Of(roots).OfType<Node.Input>().Where(program.Reads))
        {
            if (values.TryGetValue(input, out var known)) program.Set<float>(input, known);
            else if (input.Type.Element == ElementType.U8) program.Set<byte>(input, Bytes(random, input.Shape.Count));
            else if (input.Type.Element == ElementType.I32) program.Set<int>(input, new int[input.Shape.Count]);
            else program.Set<float>(input, Floats(random, input.Shape.Count));
        }
    }

    public static byte[] Bytes(Random random, long count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    // A million random numbers again and again: drawing each would take longer than measuring.
    private static float[] Floats(Random random, long count)
    {
        const int Period = (1 << 20) - 3;
        var values = new float[count];
        for (var i = 0; i < Math.Min(count, Period); i++) values[i] = random.NextSingle() - 0.5f;
        for (var i = Period; i < count; i += Period) values.AsSpan(0, (int)Math.Min(Period, count - i)).CopyTo(values.AsSpan(i));
        return values;
    }
}
