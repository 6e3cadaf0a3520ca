using System.Collections.Immutable;
using System.Text;
using Fml.Native;

namespace Fml.Graph;

/// <summary>Maps of a thin product as CUDA kernels: the map is generated, how the product is formed is written in <c>thin_map.cuh</c>.</summary>
internal static class ThinMapCuda
{
    private const int Threads = 256, Warps = 8;

    private static readonly Lazy<string> Skeleton = new(() => CudaSource.Embedded(typeof(ThinMapCuda).Assembly, "thin_map.cuh").Text);

    /// <summary>The CUDA side of a map whose last argument is the product. Operands: the inputs, A, B, the outputs.</summary>
    public static CudaBody<ThinMapSizes> Body(CudaElements elements)
    {
        var text = new Lazy<CudaText>(() => Text(elements));
        return new CudaBody<ThinMapSizes>(() => text.Value.Source, (in ThinMapSizes sizes) => Stages(elements, sizes, text.Value.Entry));
    }

    // The arguments of a thread's elements wait in registers: the more there are, the fewer rows at a time.
    private static int RowsPerThread(CudaElements elements) =>
        !elements.IsShort ? 1 : elements.Read.Count(i => !elements.IsConstant(i)) switch { <= 4 => 4, <= 8 => 2, _ => 1 };

    private static ImmutableArray<CudaStage> Stages(CudaElements elements, in ThinMapSizes sizes, string entry)
    {
        if (sizes.Rows == 0 || sizes.Columns == 0) return [];
        var (columns, rows) = (32 * elements.FullWidth, Warps * RowsPerThread(elements));
        var across = (sizes.Columns + columns - 1) / columns;
        var tiles = (sizes.Rows + rows - 1) / rows;
        // Few blocks share B's part among many rows; enough of them keep all processors busy.
        var down = Math.Clamp(2048 / across, 1, Math.Min(tiles, 65535));
        return [new CudaStage(entry, across, Threads, down, SharedBytes: sizes.Inner * (columns + rows) * elements.Arithmetic.Size())];
    }

    private static CudaText Text(CudaElements elements)
    {
        var text = new StringBuilder(elements.Prologue(elements.FullWidth, $", RowsPerThread = {RowsPerThread(elements)}"));
        text.Append(elements.Declarations()).Append(elements.Packs()).Append(Load(elements)).Append(Finish(elements));
        var entry = CudaElements.Named("thin_map", text.ToString());
        text.Append($$"""
            {{Skeleton.Value}}
            #line 1 "generated entries"
            extern "C" __global__ void __launch_bounds__({{Threads}}, 2) {{entry}}({{elements.Operands("ThinMapSizes", "const Real* a", "const Real* b")}})
            {
                const Inputs in = {{elements.InputsValue("p.Map")}};
                const Outputs out = {{elements.OutputsValue}};
                const Constants constants = constants_of(in);
                if (packs(p.Map, in, out)) thin_map<true>(p, in, constants, a, b, out);
                else thin_map<false>(p, in, constants, a, b, out);
            }

            """);
        return new CudaText(new CudaSource("thin_map.cu", text.ToString()), entry);
    }

    // What is fetched before the product is formed.
    private static string Load(CudaElements elements)
    {
        int[] varying = [.. elements.Read.Where(i => !elements.IsConstant(i))];
        var text = new StringBuilder();
        text.AppendLine($"struct Loaded {{ {string.Concat(varying.Select(i => $"Real a{i}; "))}}};");
        text.AppendLine("static __device__ __forceinline__ void load_one(const MapSizes& p, const Inputs& in, Size i0, Size i1, Loaded& loaded)\n{");
        foreach (var i in varying) text.AppendLine($"    loaded.a{i} = (Real)in.x{i}[{elements.OffsetOf(i)}];");
        text.AppendLine("}\n");
        text.AppendLine("static __device__ __forceinline__ void load_many(const MapSizes& p, const Inputs& in, Size i0, Size i1, Loaded* loaded)\n{");
        foreach (var i in varying) text.AppendLine(elements.Neighbours("v", i));
        text.AppendLine("    #pragma unroll\n    for (int k = 0; k < Width; k++) {");
        foreach (var i in varying)
            text.AppendLine(elements.RowStride(i) == 0 ? $"        loaded[k].a{i} = v{i};" : $"        loaded[k].a{i} = (Real)v{i}.v[k];");
        return text.AppendLine("    }\n}\n").ToString();
    }

    // What is done when the product is known.
    private static string Finish(CudaElements elements)
    {
        const string others = "const Constants& c";
        var text = new StringBuilder();
        text.AppendLine($"static __device__ __forceinline__ void finish_one(const Loaded& loaded, {others}, Real product, const Outputs& out, Size e)\n{{");
        text.Append(elements.Evaluate("    ", i => Argument(i, "loaded", "product")));
        for (var i = 0; i < elements.Outputs.Length; i++) text.AppendLine($"    store(out.y{i}[e], y{i});");
        text.AppendLine("}\n");
        text.AppendLine(
            $"static __device__ __forceinline__ void finish_many(const Loaded* loaded, {others}, const Real* product, const Outputs& out, Size e)\n{{");
        for (var i = 0; i < elements.Outputs.Length; i++) text.AppendLine($"    Pack<{CudaElements.Name(elements.Outputs[i])}> w{i};");
        text.AppendLine("    #pragma unroll\n    for (int k = 0; k < Width; k++) {");
        text.Append(elements.Evaluate("        ", i => Argument(i, "loaded[k]", "product[k]")));
        for (var i = 0; i < elements.Outputs.Length; i++) text.AppendLine($"        store(w{i}.v[k], y{i});");
        text.AppendLine("    }");
        for (var i = 0; i < elements.Outputs.Length; i++) text.AppendLine($"    store_pack(out.y{i} + e, w{i});");
        return text.AppendLine("}\n").ToString();

        string Argument(int i, string loaded, string product) =>
            i >= elements.Inputs.Length ? product : elements.IsConstant(i) ? $"c.a{i}" : $"{loaded}.a{i}";
    }
}
