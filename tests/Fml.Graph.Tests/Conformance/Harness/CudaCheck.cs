using Fml.CudaEmulator;
using Fml.Native;

namespace Fml.Conformance;

/// <summary>Runs rows on the emulated CUDA device.</summary>
public static class CudaCheck
{
    /// <summary>Norm-wise relative error, against the CPU, of the output and all gradients; NaN when there is one anywhere.</summary>
    /// <exception cref="EmulatorException">A kernel wrote outside its tensors, hangs, or touches memory that is nobody's.</exception>
    public static double Error(ConformanceRow row, ElementType element, bool reverse)
    {
        using var device = EmulatedDriver.Device(new EmulatorOptions { Reverse = reverse, Poison = true });
        return ConformanceCheck.RelativeError(
            ConformanceCheck.Evaluate(row, device, element), ConformanceCheck.Evaluate(row, Device.Default, element));
    }
}
