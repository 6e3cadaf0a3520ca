using Fml.Native;

namespace Fml.Conformance;

/// <summary>The GPU of this machine, opened once for all tests, and a CPU to compare with.</summary>
internal static class RealGpu
{
    // Set to 1, a second CPU device stands in for the GPU: the tests themselves can then be tried where there is none.
    private const string Rehearsal = "FML_REHEARSE";

    private static readonly Lazy<(Device? Device, string Reason)> Opened = new(Open);

    /// <summary>What the GPU is compared with; on a machine with a GPU the default device is no CPU.</summary>
    public static Device Cpu { get; } = new CpuDevice();

    /// <summary>Whether there is no GPU.</summary>
    public static bool IsAbsent => Opened.Value.Device is null;

    /// <summary>The GPU; where there is none the test skips and says why.</summary>
    /// <exception cref="FmlException">There is a GPU, and it cannot be used.</exception>
    public static Device OrSkip()
    {
        var (device, reason) = Opened.Value;
        Assert.SkipWhen(device is null, $"no GPU to run on: {reason}");
        return device!;
    }

    private static (Device? Device, string Reason) Open()
    {
        if (Environment.GetEnvironmentVariable(Rehearsal) is "1") return (new CpuDevice(1), "");
        try
        {
            NvidiaGpu.All();
        }
        catch (Exception e) when (e is FmlException or CudaException)
        {
            return (null, e.Message);
        }
        return (CudaDevice.Open(), "");
    }
}
