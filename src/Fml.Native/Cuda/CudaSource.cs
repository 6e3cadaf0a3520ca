using System.Collections.Immutable;
using System.Reflection;

namespace Fml.Native;

/// <summary>A translation unit of CUDA C, compiled at run time. It may include <c>fml.cuh</c>. Equal sources are compiled once.</summary>
/// <param name="Name">The file's name, for messages.</param>
/// <param name="Text">CUDA C; every entry is <c>extern "C" __global__</c>.</param>
public sealed record CudaSource(string Name, string Text)
{
    /// <summary>A file of an assembly, embedded under the logical name <c>kernels/NAME</c>.</summary>
    /// <exception cref="FileNotFoundException">The assembly holds no such file.</exception>
    public static CudaSource Embedded(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream($"kernels/{name}")
            ?? throw new FileNotFoundException($"{assembly.GetName().Name} holds no kernels/{name}");
        using var reader = new StreamReader(stream);
        return new CudaSource(name, $"#line 1 \"{name}\"\n{reader.ReadToEnd()}");
    }

    /// <summary>The headers that every source may include.</summary>
    internal static ImmutableArray<CudaSource> Headers() =>
    [
        .. typeof(CudaSource).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith("kernels/", StringComparison.Ordinal) && name.EndsWith(".cuh", StringComparison.Ordinal))
            .Select(name => Embedded(typeof(CudaSource).Assembly, name["kernels/".Length..])),
    ];

    /// <summary>The same source with a macro defined before it.</summary>
    public CudaSource Define(string macro, string value) => this with { Text = $"#define {macro} {value}\n{Text}" };

    /// <summary>The same source, which may use tensor cores (<c>mma.cuh</c>) when matrices are to be multiplied in TF32.</summary>
    internal CudaSource In(MatrixPrecision precision) => precision switch
    {
        MatrixPrecision.TensorFloat32 => Define("FML_TENSOR_FLOAT", "1"),
        _ => this,
    };

    /// <summary>The same source with more behind it.</summary>
    public CudaSource Append(string text) => this with { Text = $"{Text}\n{text}" };
}
