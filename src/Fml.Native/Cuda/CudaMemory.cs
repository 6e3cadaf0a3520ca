namespace Fml.Native;

/// <summary>What is said when a GPU's memory is used up.</summary>
internal static class CudaMemory
{
    /// <summary>What to do about it.</summary>
    public const string Advice = "choose fewer people or frames a step, smaller images or a smaller model, or end other programs that nvidia-smi shows";

    /// <summary>Memory was asked for that the device lacks.</summary>
    public static OutOfMemoryException Exhausted(CudaDriver driver, long byteCount, string purpose) => new(FormattableString.Invariant(
        $"{driver.Name} could not allocate {Mebibytes(byteCount):F1} MiB for {purpose}; {Mebibytes(driver.FreeBytes):F1} MiB are free: {Advice}"));

    private static double Mebibytes(long bytes) => bytes / 1048576.0;
}
