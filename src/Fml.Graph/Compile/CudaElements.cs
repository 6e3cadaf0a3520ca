using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// The parts of generated CUDA C that fetch a map's arguments, evaluate its expressions and write the results. Which strides are 0 or 1 is
/// written into the text, sizes and other strides are read from <see cref="MapSizes"/>: maps of equal structure share one text.
/// </summary>
/// <param name="Expressions">One expression an output.</param>
/// <param name="Arithmetic">The type of the arithmetic.</param>
/// <param name="Inputs">The element type of each input. Further arguments of the expressions are values that the kernel forms itself.</param>
/// <param name="Outputs">The element type of each output.</param>
/// <param name="Space">The iteration space, with the strides of the inputs.</param>
internal sealed record CudaElements(
    ImmutableArray<Scalar> Expressions, ElementType Arithmetic, ImmutableArray<ElementType> Inputs, ImmutableArray<ElementType> Outputs,
    Collapse Space)
{
    /// <summary>Expressions with more operations are evaluated an element at a time: their text would grow long.</summary>
    private const int ManyOperations = 64;

    private static readonly Lazy<string> Helpers = new(() => CudaSource.Embedded(typeof(CudaElements).Assembly, "elementwise.cuh").Text);

    /// <summary>The arguments that are read from memory.</summary>
    public ImmutableArray<int> Read => [.. ScalarCuda.Arguments(Expressions).Where(argument => argument < Inputs.Length)];

    /// <summary>Whether the expressions are cheap enough to be written out for several elements.</summary>
    public bool IsShort => ScalarOrder.Of(Expressions.AsSpan()).Count(node => node is not (Scalar.Argument or Scalar.Constant)) <= ManyOperations;

    /// <summary>Elements that fill 128 bits of the arithmetic's type.</summary>
    public int FullWidth => 16 / Arithmetic.Size();

    /// <summary>True when an index or an offset may not fit into 32 bits.</summary>
    public bool IsWide => Space.Dimensions.Aggregate(1.0, (a, b) => a * b) > 1 << 30
        || Space.Strides.Any(strides => strides.Zip(Space.Dimensions, (s, d) => Math.Abs((double)s) * Math.Max(0, d - 1)).Sum() > int.MaxValue);

    /// <summary>What stands before everything: types, and what all elementwise kernels share.</summary>
    public string Prologue(int width, string constants = "") => $"""
        #include "fml.cuh"
        typedef {Name(Arithmetic)} Real;
        typedef {(IsWide ? "unsigned long long" : "unsigned")} Size;
        typedef {(IsWide ? "Index" : "int")} Offset;
        enum {"{"} Width = {width}{constants} {"}"};
        {Helpers.Value}
        #line 1 "generated"

        """;

    /// <summary>The structs <c>Inputs</c>, <c>Outputs</c> and <c>Constants</c> (inputs of one value), and <c>evaluate</c>.</summary>
    public string Declarations()
    {
        var text = new StringBuilder();
        text.AppendLine($"struct Inputs {{ {string.Concat(Read.Select(i => $"const {Name(Inputs[i])}* x{i}; "))}}};");
        text.AppendLine($"struct Outputs {{ {string.Concat(Outputs.Select((type, i) => $"{Name(type)}* y{i}; "))}}};");
        text.AppendLine($"struct Constants {{ {string.Concat(Read.Where(IsConstant).Select(i => $"Real a{i}; "))}}};");
        text.AppendLine("static __device__ __forceinline__ Constants constants_of(const Inputs& in)");
        text.AppendLine($"{{\n    return {{ {string.Join(", ", Read.Where(IsConstant).Select(i => $"(Real)in.x{i}[0]"))} }};\n}}\n");
        text.Append(ScalarCuda.Function(Expressions, Arithmetic)).AppendLine();
        return text.ToString();
    }

    /// <summary>The function <c>packs</c>: whether neighbours along a row can be moved together.</summary>
    public string Packs()
    {
        var last = Space.Dimensions.Length - 1;
        var packed = Read.Where(i => !IsConstant(i) && Space.Strides[i][last] == 1).ToList();
        IEnumerable<string> conditions =
        [
            .. last > 0 ? [$"p.Dimensions[{last}] % Width == 0"] : Array.Empty<string>(),
            .. packed.Select(i => $"is_aligned(in.x{i})"),
            .. packed.SelectMany(i => Enumerable.Range(0, last).Where(axis => Space.Strides[i][axis] != 0), (i, axis) => $"{Stride(i, axis)} % Width == 0"),
            .. Outputs.Select((_, i) => $"is_aligned(out.y{i})"),
        ];
        return "static __device__ __forceinline__ bool packs(const MapSizes& p, const Inputs& in, const Outputs& out)\n"
            + $"{{\n    return {string.Join("\n        && ", conditions)};\n}}\n\n";
    }

    /// <summary>True for an input that has one value for all elements.</summary>
    public bool IsConstant(int input) => Space.Strides[input].All(stride => stride == 0);

    /// <summary>The last axis' stride of an input.</summary>
    public long RowStride(int input) => Space.Strides[input][^1];

    /// <summary>A stride as text.</summary>
    public static string Stride(int input, int axis) => $"p.Strides[{input} * 6 + {axis}]";

    /// <summary>The offset of an input's element whose indices are <c>i0, i1, ...</c>.</summary>
    public string OffsetOf(int input)
    {
        var terms = Enumerable.Range(0, Space.Dimensions.Length).Where(axis => Space.Strides[input][axis] != 0)
            .Select(axis => Space.Strides[input][axis] == 1 ? $"i{axis}" : $"i{axis} * (Size){Stride(input, axis)}");
        return string.Join(" + ", terms) is { Length: > 0 } sum ? $"(Offset)({sum})" : "0";
    }

    /// <summary>The statement that makes a value named after an input of what its neighbours along a row hold: one number, or a pack.</summary>
    public string Neighbours(string number, int input)
    {
        var address = $"in.x{input} + {OffsetOf(input)}";
        return RowStride(input) switch
        {
            0 => $"    const Real {number}{input} = (Real)in.x{input}[{OffsetOf(input)}];",
            1 => $"    const auto v{input} = load_pack({address});",
            _ => $"    const auto v{input} = load_apart({address}, {Stride(input, Space.Dimensions.Length - 1)});",
        };
    }

    /// <summary>Statements that take an index over some neighbouring axes apart into <c>i0, i1, ...</c></summary>
    public static string Decompose(string index, int first, int end)
    {
        var text = new StringBuilder();
        if (first == end) return "";
        if (end - first == 1) return $"    const Size i{first} = {index};\n";
        text.AppendLine($"    Size rest{first} = {index};");
        for (var axis = end - 1; axis > first; axis--)
            text.AppendLine($"    const Size i{axis} = rest{first} % (Size)p.Dimensions[{axis}];\n    rest{first} /= (Size)p.Dimensions[{axis}];");
        return text.AppendLine($"    const Size i{first} = rest{first};").ToString();
    }

    /// <summary>A call of <c>evaluate</c>, its results in new variables.</summary>
    public string Evaluate(string indent, Func<int, string> argument)
    {
        var results = string.Join(", ", Outputs.Select((_, i) => $"y{i}"));
        return $"{indent}Real {results};\n{indent}evaluate({string.Join(", ", ScalarCuda.Arguments(Expressions).Select(argument).Append(results))});\n";
    }

    /// <summary>The entry's parameters: the sizes, the inputs, others, the outputs.</summary>
    public string Operands(string sizes, params ReadOnlySpan<string> others) => string.Join(", ",
        [
            $"{sizes} p", .. Inputs.Select((type, i) => $"const {Name(type)}* x{i}"), .. others,
            .. Outputs.Select((type, i) => $"{Name(type)}* y{i}"),
        ]);

    /// <summary>The value of an <c>Inputs</c>, with every input's first element's offset added.</summary>
    public string InputsValue(string sizes) => $"{{ {string.Join(", ", Read.Select(i => $"x{i} + {sizes}.Offsets[{i}]"))} }}";

    /// <summary>The value of an <c>Outputs</c>.</summary>
    public string OutputsValue => $"{{ {string.Join(", ", Outputs.Select((_, i) => $"y{i}"))} }}";

    /// <summary>A type's name in CUDA C.</summary>
    public static string Name(ElementType type) => type switch
    {
        ElementType.F32 => "float",
        ElementType.F64 => "double",
        ElementType.I32 => "int",
        _ => "unsigned char",
    };

    /// <summary>A name that is the same for equal texts and different for different ones.</summary>
    public static string Named(string kind, string text) =>
        $"{kind}_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12]}";
}

/// <summary>A generated source and the name by which its entries are told apart.</summary>
internal sealed record CudaText(CudaSource Source, string Entry);
