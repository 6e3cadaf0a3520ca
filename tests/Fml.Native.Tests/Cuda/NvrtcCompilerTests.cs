using System.Runtime.InteropServices;
using Fml.Native;

namespace Fml.Native.Tests.Cuda;

public class NvrtcCompilerTests
{
    private const string Scale = """
        #include "fml.cuh"
        struct ScaleSizes {
            Index count; // elements
            T factor;    // what they are multiplied by
        };
        extern "C" __global__ void scale(ScaleSizes sizes, const T* from, T* to)
        {
            for (Index i = first_item(); i < sizes.count; i += item_stride()) to[i] = sizes.factor * from[i];
        }
        """;

    [Fact]
    public void A_source_compiles_for_every_architecture_that_the_compiler_knows()
    {
        var compiler = Compiler.OrSkip();
        Assert.NotEmpty(compiler.Architectures);
        CudaSource[] sources = [.. new[] { "float", "double" }.Select(type => new CudaSource("scale.cu", Scale).Define("T", type))];
        foreach (var architecture in compiler.Architectures)
            foreach (var image in compiler.Compile(sources, new CompileTarget(architecture)))
                Assert.Equal("\u007fELF"u8, image.AsSpan(0, 4));
    }

    [Fact]
    public void A_device_newer_than_the_compiler_gets_the_newest_text_it_can_make()
    {
        var compiler = Compiler.OrSkip();
        var newest = compiler.Architectures[^1];
        Assert.Equal(new CompileTarget(newest), compiler.TargetFor(newest));
        var target = compiler.TargetFor(newest + 70);
        Assert.Equal(new CompileTarget(newest, Portable: true), target);
        var text = System.Text.Encoding.UTF8.GetString(compiler.Compile(new CudaSource("scale.cu", Scale).Define("T", "float"), target));
        Assert.Contains(".visible .entry scale", text);
        Assert.EndsWith("\0", text);
    }

    [Fact]
    public void A_device_older_than_the_kernels_is_refused_in_a_sentence()
    {
        var compiler = Compiler.OrSkip();
        var error = Assert.Throws<FmlException>(() => compiler.TargetFor(61));
        Assert.Contains("compute capability 6.1", error.Message);
        Assert.Contains("compute on the CPU", error.Message);
    }

    [Fact]
    public void The_log_of_a_bad_source_shows_the_line_as_the_file_has_it()
    {
        var compiler = Compiler.OrSkip();
        var bad = new CudaSource("scale.cu", "#line 1 \"scale.cu\"\n" + Scale.Replace("* from[i]", "* form[i]")).Define("T", "float");
        var error = Assert.Throws<CudaCompileException>(() => compiler.Compile([new CudaSource("good.cu", ""), bad], new(compiler.Architectures[0])));
        Assert.Contains("scale.cu does not compile for sm_", error.Message);
        Assert.Contains("scale.cu(8): error", error.Message);
        Assert.Contains("\"form\" is undefined", error.Message);
        Assert.Contains("     8 |     for (Index i = first_item()", error.Message);
    }

    [Fact]
    public void A_struct_that_differs_between_the_two_languages_does_not_compile()
    {
        var compiler = Compiler.OrSkip();
        var target = new CompileTarget(compiler.Architectures[0]);
        CudaSource Body(string fields) => new CudaBody<Sizes>(
            new CudaSource("sizes.cu", $"struct Sizes {{ {fields} }};"), (in _) => []).Source;

        compiler.Compile(Body("int rows; long long columns; float scale;"), target);
        var exchanged = Assert.Throws<CudaCompileException>(() => compiler.Compile(Body("long long columns; int rows; float scale;"), target));
        Assert.Contains("Sizes.columns: offset", exchanged.Message);
        var shorter = Assert.Throws<CudaCompileException>(() => compiler.Compile(Body("int rows; long long columns;"), target));
        Assert.Contains("Sizes: size", shorter.Message);
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Sizes(int rows, long columns, float scale);
}
