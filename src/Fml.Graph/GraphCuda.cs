using Fml.Native;

namespace Fml.Graph;

/// <summary>CUDA sources that this library embeds.</summary>
internal static class GraphCuda
{
    /// <summary>A body whose source is a file of <c>native/kernels/graph</c>, read when a CUDA device first asks for it.</summary>
    public static CudaBody<TParameters> Body<TParameters>(string file, CudaStages<TParameters> stages) where TParameters : unmanaged =>
        new(() => CudaSource.Embedded(typeof(GraphCuda).Assembly, file), stages);
}
