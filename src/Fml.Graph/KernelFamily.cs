using Fml.Native;

namespace Fml.Graph;

/// <summary>One kernel for several element types. Its CUDA source is written for elements of a type <c>T</c>.</summary>
public sealed class KernelFamily<TParameters>(
    string name, CpuBody<TParameters> f32, CpuBody<TParameters> f64, CpuBody<TParameters>? i32 = null, CudaBody<TParameters>? cuda = null)
    where TParameters : unmanaged
{
    private readonly Kernel<TParameters> single = new($"{name}_f32", f32, cuda?.Define("T", "float"));
    private readonly Kernel<TParameters> wide = new($"{name}_f64", f64, cuda?.Define("T", "double"));
    private readonly Kernel<TParameters>? integer = i32 is null ? null : new($"{name}_i32", i32, cuda?.Define("T", "int"));

    /// <summary>The kernel for an element type.</summary>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public Kernel<TParameters> For(ElementType type) => type switch
    {
        ElementType.F32 => single,
        ElementType.F64 => wide,
        ElementType.I32 when integer is not null => integer,
        _ => throw new NotSupportedException($"{name} does not work on elements of type {type}"),
    };
}
