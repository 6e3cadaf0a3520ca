using System.Collections.Immutable;

namespace Fml.Native;

/// <summary>
/// The CUDA side of a kernel: a source, and the launches it takes, one after another, on the same parameters and operands. Every entry
/// has the signature <c>(TParameters parameters, T0* operand0, T1* operand1, ...)</c>.
/// </summary>
/// <typeparam name="TParameters">
/// The parameter struct. The source declares a struct of the same name and with the same fields in the same order; sizes and offsets are
/// asserted when it is compiled.
/// </typeparam>
public sealed class CudaBody<TParameters>
    where TParameters : unmanaged
{
    private readonly Lazy<CudaSource> source;

    /// <summary>A body with a source that is written down.</summary>
    /// <param name="source">CUDA C.</param>
    /// <param name="stages">The launches for some parameters; none when there is nothing to do.</param>
    public CudaBody(CudaSource source, CudaStages<TParameters> stages) : this(() => source, stages)
    {
    }

    /// <summary>A body with a source that is generated when a CUDA device first asks for it.</summary>
    /// <param name="source">Makes CUDA C.</param>
    /// <param name="stages">The launches for some parameters; none when there is nothing to do.</param>
    public CudaBody(Func<CudaSource> source, CudaStages<TParameters> stages)
    {
        this.source = new Lazy<CudaSource>(() => source().Append(StructLayout.Assertions(typeof(TParameters))));
        Stages = stages;
    }

    /// <summary>The source, with assertions that both sides see the same struct.</summary>
    public CudaSource Source => source.Value;

    /// <summary>The launches.</summary>
    public CudaStages<TParameters> Stages { get; }

    /// <summary>The same body with a macro defined.</summary>
    public CudaBody<TParameters> Define(string macro, string value) => new(this, macro, value);

    private CudaBody(CudaBody<TParameters> body, string macro, string value)
    {
        source = new Lazy<CudaSource>(() => body.Source.Define(macro, value));
        Stages = body.Stages;
    }
}

/// <summary>The launches that a kernel takes for some parameters.</summary>
public delegate ImmutableArray<CudaStage> CudaStages<TParameters>(in TParameters parameters)
    where TParameters : unmanaged;

/// <summary>One launch.</summary>
/// <param name="Entry">Name of the <c>__global__</c> function.</param>
/// <param name="GridX">Blocks along x, at most 2^31 - 1.</param>
/// <param name="Threads">Threads a block, at most 1024, along x.</param>
/// <param name="GridY">Blocks along y, at most 65 535.</param>
/// <param name="GridZ">Blocks along z, at most 65 535.</param>
/// <param name="SharedBytes">Dynamic shared memory a block, at most 48 KiB.</param>
public readonly record struct CudaStage(string Entry, int GridX, int Threads, int GridY = 1, int GridZ = 1, int SharedBytes = 0)
{
    /// <summary>One thread an item, in blocks of 256. For loops with a grid's stride: at most 2^20 blocks.</summary>
    public static CudaStage Over(string entry, long items, int threads = 256) =>
        new(entry, (int)Math.Clamp((items + threads - 1) / threads, 1, 1 << 20), threads);

    /// <summary>One thread an item of a row, the items along x, the rows along y. For loops over rows with a grid's stride.</summary>
    public static CudaStage OverRows(string entry, long rows, int itemsPerRow)
    {
        var threads = Math.Clamp((itemsPerRow + 31) / 32 * 32, 32, 256);
        return new(entry, Math.Max(1, (itemsPerRow + threads - 1) / threads), threads, (int)Math.Clamp(rows, 1, 65535));
    }
}
