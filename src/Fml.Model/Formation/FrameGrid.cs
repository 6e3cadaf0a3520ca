using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Model;

/// <summary>The grid of what is computed for every item of every frame: items along x, frames along y.</summary>
internal static class FrameGrid
{
    private const int Threads = 256, MostFrames = 65535;

    /// <summary>Launches one after the other, one thread an item and frame; beyond the grid's height a thread strides over frames.</summary>
    public static ImmutableArray<CudaStage> Stages(long items, int frames, params ReadOnlySpan<string> entries)
    {
        if (items == 0 || frames == 0) return [];
        var stages = ImmutableArray.CreateBuilder<CudaStage>(entries.Length);
        foreach (var entry in entries)
            stages.Add(new CudaStage(entry, checked((int)((items + Threads - 1) / Threads)), Threads, Math.Min(frames, MostFrames)));
        return stages.MoveToImmutable();
    }
}
