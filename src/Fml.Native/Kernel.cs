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
public sealed class Kernel<TParameters>(string name, CpuBody<TParameters> cpu) : Kernel(name)
    where TParameters : unmanaged
{
    /// <summary>The body that runs on the CPU device.</summary>
    public CpuBody<TParameters> Cpu { get; } = cpu;
}

/// <summary>The CPU body of a kernel. It allocates nothing and spreads its work over <paramref name="workers"/>.</summary>
/// <param name="parameters">Sizes and constants of this launch.</param>
/// <param name="operands">Addresses of the operands, in the order in which the launch names them.</param>
/// <param name="workers">The threads to use.</param>
public delegate void CpuBody<TParameters>(in TParameters parameters, ReadOnlySpan<nint> operands, Workers workers)
    where TParameters : unmanaged;
