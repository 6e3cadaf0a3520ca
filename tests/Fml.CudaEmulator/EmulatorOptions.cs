using Fml.Native;

namespace Fml.CudaEmulator;

/// <summary>How an emulated device behaves.</summary>
public sealed record EmulatorOptions
{
    /// <summary>Blocks, and the threads of a block between two barriers, run from the last to the first: a missing barrier shows.</summary>
    public bool Reverse { get; init; }

    /// <summary>Fresh memory is filled with bytes that are not a number (and -1 as an integer) instead of zero: an unwritten element shows.</summary>
    public bool Poison { get; init; }

    /// <summary>What kernels are asked to multiply in; products of whole matrices are always made in full.</summary>
    public MatrixPrecision Precision { get; init; }

    /// <summary>Memory the device has, bytes.</summary>
    public long Memory { get; init; } = 4L << 30;
}

/// <summary>What a driver would refuse, or a fault of a kernel that a device might not even notice.</summary>
public sealed class EmulatorException(string message) : Exception(message);
