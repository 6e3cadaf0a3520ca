using System.Collections.Immutable;
using System.Text;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Maps as CUDA kernels. Threads stride over groups of neighbouring elements of a row, which are read and written together where memory is
/// aligned so, then over what is left. Floor: the bytes of inputs and outputs, each once.
/// </summary>
internal static class MapCuda
{
    private const int Threads = 256;

    /// <summary>The CUDA side of a map. Operands: the inputs, then the outputs, dense and of the iteration space's shape.</summary>
    public static CudaBody<MapSizes> Body(CudaElements elements)
    {
        var text = new Lazy<CudaText>(() => Text(elements));
        var width = elements.IsShort ? elements.FullWidth : 1;
        return new CudaBody<MapSizes>(() => text.Value.Source, (in MapSizes sizes) =>
        {
            var count = Count(sizes);
            return count == 0 ? [] : [CudaStage.Over(text.Value.Entry, (count + width - 1) / width, Threads)];
        });
    }

    private static unsafe long Count(in MapSizes sizes)
    {
        var count = 1L;
        for (var axis = 0; axis < sizes.Rank; axis++) count *= sizes.Dimensions[axis];
        return count;
    }

    private static CudaText Text(CudaElements elements)
    {
        var rank = elements.Space.Dimensions.Length;
        var width = elements.IsShort ? elements.FullWidth : 1;
        var text = new StringBuilder(elements.Prologue(width)).Append(elements.Declarations()).Append(RunOne(elements));
        if (width > 1) text.Append(elements.Packs()).Append(RunMany(elements));
        var entry = CudaElements.Named("map", text.ToString());
        var count = string.Join(" * ", Enumerable.Range(0, rank).Select(axis => $"(Size)p.Dimensions[{axis}]"));
        text.Append($$"""
            extern "C" __global__ void __launch_bounds__({{Threads}}) {{entry}}({{elements.Operands("MapSizes")}})
            {
                const Size count = {{count}}, first = (Size)first_item(), step = (Size)item_stride();
                const Inputs in = {{elements.InputsValue("p")}};
                const Outputs out = {{elements.OutputsValue}};
                const Constants constants = constants_of(in);
                Size done = 0;

            """);
        if (width > 1)
            text.Append("""
                    if (packs(p, in, out)) {
                        for (Size group = first; group < count / Width; group += step) run_many(p, in, constants, out, group * Width);
                        done = count / Width * Width;
                    }

                """);
        text.Append("""
                for (Size e = done + first; e < count; e += step) run_one(p, in, constants, out, e);
            }

            """);
        return new CudaText(new CudaSource("map.cu", text.ToString()), entry);
    }

    // Element e.
    private static string RunOne(CudaElements elements)
    {
        var text = new StringBuilder(Head("run_one")).Append(CudaElements.Decompose("e", 0, elements.Space.Dimensions.Length));
        text.Append(elements.Evaluate("    ", i => elements.IsConstant(i) ? $"c.a{i}" : $"(Real)in.x{i}[{elements.OffsetOf(i)}]"));
        for (var i = 0; i < elements.Outputs.Length; i++) text.AppendLine($"    store(out.y{i}[e], y{i});");
        return text.AppendLine("}\n").ToString();
    }

    // Width elements of one row from element e.
    private static string RunMany(CudaElements elements)
    {
        var last = elements.Space.Dimensions.Length - 1;
        var text = new StringBuilder(Head("run_many")).Append(CudaElements.Decompose("e", 0, last + 1));
        foreach (var i in elements.Read.Where(i => !elements.IsConstant(i))) text.AppendLine(elements.Neighbours("a", i));
        for (var i = 0; i < elements.Outputs.Length; i++) text.AppendLine($"    Pack<{CudaElements.Name(elements.Outputs[i])}> w{i};");
        text.AppendLine("    #pragma unroll\n    for (int k = 0; k < Width; k++) {");
        text.Append(elements.Evaluate("        ", i =>
            elements.IsConstant(i) ? $"c.a{i}" : elements.RowStride(i) == 0 ? $"a{i}" : $"(Real)v{i}.v[k]"));
        for (var i = 0; i < elements.Outputs.Length; i++) text.AppendLine($"        store(w{i}.v[k], y{i});");
        text.AppendLine("    }");
        for (var i = 0; i < elements.Outputs.Length; i++) text.AppendLine($"    store_pack(out.y{i} + e, w{i});");
        return text.AppendLine("}\n").ToString();
    }

    private static string Head(string function) =>
        $"static __device__ __forceinline__ void {function}(const MapSizes& p, const Inputs& in, const Constants& c, const Outputs& out, Size e)\n{{\n";
}
