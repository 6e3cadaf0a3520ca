using System.Collections.Immutable;
using System.Text;
using Fml.Native;

namespace Fml.Graph;

/// <summary>Reductions as CUDA kernels: the expression is generated, how elements are combined is written in <c>reduce.cuh</c>.</summary>
internal static class ReduceCuda
{
    private const int Threads = 256;

    /// <summary>A thread combines about this many elements one by one; more go to other segments.</summary>
    private const int LongestChain = 64;

    private static readonly Lazy<string> Skeleton = new(() => CudaSource.Embedded(typeof(ReduceCuda).Assembly, "reduce.cuh").Text);

    /// <summary>How a reduction is spread over threads, decided by the sizes alone, so that the order of summing is too.</summary>
    /// <param name="outer">Outputs that are not the row itself.</param>
    /// <param name="reduced">Rows reduced into one output.</param>
    /// <param name="inner">Length of a row.</param>
    /// <param name="alongReduced">Rows run along reduced elements.</param>
    public static (int Segments, int Lanes, int CombineLanes) Spread(long outer, long reduced, long inner, bool alongReduced)
    {
        var (outputs, elements) = alongReduced ? (outer, reduced * inner) : (outer * inner, reduced);
        var lanes = alongReduced ? LanesAlong(outputs, elements) : LanesAcross(inner, elements);
        var blocks = Jobs(outer, inner, lanes, alongReduced);
        // Chains stay short for the sum's sake; with few blocks they are cut further, down to 16, so that all processors have work.
        var needed = Divide(elements, (long)lanes * LongestChain);
        var wanted = Math.Min(Divide(1024, Math.Max(1, blocks)), elements / (lanes * 16L));
        var segments = (int)Math.Clamp(Math.Max(needed, wanted), 1, 4096);
        return (segments, lanes, LanesAcross(outputs, segments));
    }

    /// <summary>The CUDA side of a reduction. Operands: the inputs, partial results, the outputs.</summary>
    public static CudaBody<ReduceSizes> Body(CudaElements elements, ReduceKind kind, bool alongReduced, int keptAxes)
    {
        var text = new Lazy<CudaText>(() => Text(elements, kind, alongReduced, keptAxes));
        return new CudaBody<ReduceSizes>(() => text.Value.Source, (in ReduceSizes sizes) => Stages(sizes, text.Value.Entry));
    }

    private static ImmutableArray<CudaStage> Stages(in ReduceSizes sizes, string entry)
    {
        var along = sizes.AlongReduced != 0;
        var outputs = (long)sizes.Outer * (along ? 1 : sizes.Inner);
        if (outputs == 0) return [];
        var reduce = new CudaStage($"reduce_{entry}", Grid(Jobs(sizes.Outer, sizes.Inner, sizes.Lanes, along)), Threads, sizes.CudaSegments);
        var combine = new CudaStage($"combine_{entry}", Grid(Divide(outputs, Threads / sizes.CombineLanes)), Threads);
        return sizes.CudaSegments == 1 ? [reduce] : [reduce, combine];
    }

    private static CudaText Text(CudaElements elements, ReduceKind kind, bool alongReduced, int keptAxes)
    {
        var rank = elements.Space.Dimensions.Length;
        var constants = $", Unroll = {(elements.IsShort ? 4 : 1)}, Greatest = {(kind == ReduceKind.Max ? 1 : 0)}";
        var text = new StringBuilder(elements.Prologue(1, constants)).Append(elements.Declarations());
        text.AppendLine("static __device__ __forceinline__ Real value_at(const MapSizes& p, const Inputs& in, Size outer, Size inside, Size column)\n{");
        text.Append(CudaElements.Decompose("outer", 0, keptAxes));
        text.Append(CudaElements.Decompose("inside", keptAxes, alongReduced ? rank : rank - 1));
        if (!alongReduced) text.AppendLine($"    const Size i{rank - 1} = column;");
        text.Append(elements.Evaluate("    ", i => $"(Real)in.x{i}[{elements.OffsetOf(i)}]")).AppendLine("    return y0;\n}\n");
        var entry = CudaElements.Named(alongReduced ? "along" : "across", text.ToString());
        var operands = elements.Operands("ReduceSizes", "Real* partial");
        text.Append($$"""
            {{Skeleton.Value}}
            #line 1 "generated entries"
            extern "C" __global__ void __launch_bounds__({{Threads}}) reduce_{{entry}}({{operands}})
            {
                const Inputs in = {{elements.InputsValue("p.Map")}};
                {{(alongReduced ? "reduce_along" : "reduce_across")}}(p, in, p.CudaSegments == 1 ? y0 : partial);
            }

            extern "C" __global__ void __launch_bounds__({{Threads}}) combine_{{entry}}({{operands}})
            {
                combine_segments(p, partial, y0);
            }

            """);
        return new CudaText(new CudaSource("reduce.cu", text.ToString()), entry);
    }

    // A whole block for long rows, else as many lanes of a warp as have four elements each.
    private static int LanesAlong(long outputs, long elements) =>
        elements >= 1024 || (elements > 128 && outputs <= 1024) ? Threads : PowerOfTwo(Math.Clamp(elements / 4, 1, 32));

    // A block's columns cover the row, 32 of them where there are many rows: lanes then take rows in turn.
    private static int LanesAcross(long inner, long rows)
    {
        var columns = Threads;
        while (columns > 1 && columns / 2 >= inner) columns /= 2;
        while (columns > 32 && Threads / columns * 16L <= rows) columns /= 2;
        return Threads / columns;
    }

    private static long Jobs(long outer, long inner, int lanes, bool alongReduced) =>
        alongReduced ? Divide(outer, Threads / lanes) : outer * Divide(inner, Threads / lanes);

    private static int Grid(long blocks) => (int)Math.Clamp(blocks, 1, 1 << 20);

    private static long Divide(long a, long b) => (a + b - 1) / b;

    private static int PowerOfTwo(long atMost) => 1 << (int)Math.Log2(atMost);
}
