using System.Globalization;

namespace Fml.Native;

/// <summary>Devices by name, and the one that is used when none is named.</summary>
/// <param name="Device">The device.</param>
/// <param name="Remark">Why it is not the GPU that the driver sees; null when there is nothing to remark.</param>
internal sealed record DeviceChoice(Device Device, string? Remark = null)
{
    /// <summary>The environment variable that names the default device.</summary>
    public const string Variable = "FML_DEVICE";

    private const string Gpu = "cuda", Tensor = "tf32";

    private static readonly Lazy<DeviceChoice> Shared = new(ChooseDefault);

    /// <summary>The default device of this process.</summary>
    public static DeviceChoice Default => Shared.Value;

    /// <summary>See <see cref="Device.Open"/>.</summary>
    public static Device Open(string name)
    {
        var parts = name.Trim().ToLowerInvariant().Split(':');
        return parts switch
        {
            ["cpu"] => new CpuDevice(),
            [Gpu] => CudaDevice.Open(),
            [Gpu, Tensor] => CudaDevice.Open(0, MatrixPrecision.TensorFloat32),
            [Gpu, var ordinal] when Number(ordinal) is { } number => CudaDevice.Open(number),
            [Gpu, var ordinal, Tensor] when Number(ordinal) is { } number => CudaDevice.Open(number, MatrixPrecision.TensorFloat32),
            _ => throw new FmlException(
                $"There is no device '{name}': say cpu, cuda, cuda:1 for the second GPU, or cuda:{Tensor} to multiply matrices in TF32"),
        };

        static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static DeviceChoice ChooseDefault()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named) return new DeviceChoice(OpenAsNamed(named));
        if (!NvidiaLibraries.Driver.Found) return new DeviceChoice(new CpuDevice());
        try
        {
            return new DeviceChoice(CudaDevice.Open());
        }
        catch (Exception e) when (e is FmlException or CudaException or OutOfMemoryException or EntryPointNotFoundException)
        {
            return new DeviceChoice(new CpuDevice(), e.Message);
        }
    }

    private static Device OpenAsNamed(string name)
    {
        try
        {
            return Open(name);
        }
        catch (FmlException e)
        {
            throw new FmlException($"{Variable} is '{name}'. {e.Message}", e);
        }
    }
}
