using Fml.Native;

namespace Fml.Bench;

/// <summary>What the device can do at most, measured in the same run: a copy too large for its caches, and a square matrix product.</summary>
/// <param name="BytesPerSecond">Read and written.</param>
/// <param name="OperationsPerSecond">Of single precision.</param>
internal readonly record struct Ceilings(double BytesPerSecond, double OperationsPerSecond)
{
    public static Ceilings Measure(Device device, BenchOptions options)
    {
        var (bytes, side) = options.Tiny ? (4L << 20, 256) : device is CpuDevice ? (128L << 20, 1024) : (512L << 20, 8192);
        using var from = Filled(device, bytes);
        using var to = device.Allocate(bytes);
        var copy = Median(device, new Command.Copy(new Region(from), new Region(to), bytes), options.Seconds);
        var count = (long)side * side * sizeof(float);
        using DeviceBuffer a = Filled(device, count), b = Filled(device, count), c = device.Allocate(count);
        var square = new Command.MatrixProduct(ElementType.F32, new MatrixShape(side, side, side), new Region(a), new Region(b), new Region(c));
        var product = Median(device, square, options.Seconds);
        return new Ceilings(2.0 * bytes / copy, 2.0 * side * side * side / product);
    }

    // Products of zeros are faster than others.
    private static DeviceBuffer Filled(Device device, long bytes)
    {
        var piece = new float[Math.Min(bytes / sizeof(float), 1 << 20)];
        var random = new Random(1);
        for (var i = 0; i < piece.Length; i++) piece[i] = random.NextSingle() - 0.5f;
        var buffer = device.Allocate(bytes);
        for (var done = 0L; done < bytes; done += sizeof(float) * (long)piece.Length)
            device.Upload<float>(piece.AsSpan(0, (int)Math.Min(piece.Length, (bytes - done) / sizeof(float))), buffer, done);
        return buffer;
    }

    private static double Median(Device device, Command command, double seconds)
    {
        using var executable = device.Prepare([command]);
        return Clock.Median(() => executable.RunTimed()[0], seconds);
    }
}
