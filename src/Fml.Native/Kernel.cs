namespace Fml.Native;

/// <summary>
/// A named computation with one body a device. A kernel holds no state: sizes are a parameter struct, data are operands.
/// </summary>
public abstract class Kernel(string name)
{
    /// <summary>The kernel's name, the same on every device.</summary>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A kernel whose sizes are one unmanaged struct, the same on every device.</summary>
/// <typeparam name="TParameters">Sizes and constants of one launch.</typeparam>
/// <param name="name">The kernel's name.</param>
/// <param name="cpu">The body on the CPU device.</param>
/// <param name="cuda">The body on CUDA devices; without it the kernel runs on the CPU alone.</param>
public sealed class Kernel<TParameters>(string name, CpuBody<TParameters> cpu, CudaBody<TParameters>? cuda = null) : Kernel(name)
    where TParameters : unmanaged
{
    /// <summary>The body that runs on the CPU device.</summary>
    public CpuBody<TParameters> Cpu { get; } = cpu;

    /// <summary>The body that runs on CUDA devices, if there is one.</summary>
    public CudaBody<TParameters>? Cuda { get; } = cuda;
}

/// <summary>The CPU body of a kernel. It allocates nothing and spreads its work over <paramref name="workers"/>.</summary>
/// <param name="parameters">Sizes and constants of this launch.</param>
/// <param name="operands">Addresses of the operands, in the order in which the launch names them.</param>
/// <param name="workers">The threads to use.</param>
public delegate void CpuBody<TParameters>(in TParameters parameters, ReadOnlySpan<nint> operands, Workers workers)
    where TParameters : unmanaged;
