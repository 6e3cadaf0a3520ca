using System.Runtime.InteropServices;

namespace Fml.Native;

/// <summary>
/// Matrix products by cuBLAS. Its workspace is given to it once, so that it allocates nothing while a stream is captured and the same
/// products give the same bits; therefore the products of a device follow one another on one stream.
/// </summary>
internal sealed unsafe class CublasProducts : IDisposable
{
    // What cuBLAS asks for on Hopper; older architectures ask for less.
    private const int WorkspaceBytes = 32 << 20;

    private readonly nint handle;
    private nint workspace;
    private nint current = -1;

    /// <summary>Products on the device whose context is current.</summary>
    public CublasProducts(MatrixPrecision precision)
    {
        if (!NvidiaLibraries.Cublas.Found)
            throw new FmlException(
                $"{NvidiaLibraries.Cublas.Failure} Install a CUDA toolkit or the Python package nvidia-cublas, or name its folder in {CudaFolders.Variable}");
        Check(CublasApi.cublasCreate_v2(out handle), nameof(CublasApi.cublasCreate_v2));
        CudaApi.cuMemAlloc_v2(out workspace, WorkspaceBytes).Check("cuMemAlloc of the workspace of cuBLAS");
        var math = precision == MatrixPrecision.TensorFloat32 ? CublasMath.TensorFloat32 : CublasMath.Default;
        Check(CublasApi.cublasSetMathMode(handle, math), nameof(CublasApi.cublasSetMathMode));
    }

    /// <summary>The library's version.</summary>
    public static Version Version => new(Property(LibraryProperty.Major), Property(LibraryProperty.Minor), Property(LibraryProperty.Patch));

    /// <summary>Row-major products, which are column-major products of the factors exchanged: <c>C^T = op(B)^T op(A)^T</c>.</summary>
    public void Multiply(ElementType type, in MatrixShape shape, nint a, nint b, nint c, nint stream)
    {
        if (shape.Rows == 0 || shape.Columns == 0 || shape.Batch == 0) return;
        SetStream(stream);
        var (m, n, k) = (shape.Columns, shape.Rows, shape.Inner);
        var operationB = shape.TransposeB ? CublasOperation.Transpose : CublasOperation.None;
        var operationA = shape.TransposeA ? CublasOperation.Transpose : CublasOperation.None;
        var leadingB = Math.Max(1, shape.TransposeB ? shape.Inner : shape.Columns);
        var leadingA = Math.Max(1, shape.TransposeA ? shape.Rows : shape.Inner);
        var strideC = (long)shape.Rows * shape.Columns;
        switch (type)
        {
            case ElementType.F32:
                float one = 1, kept = shape.Accumulate ? 1 : 0;
                Check(
                    CublasApi.cublasSgemmStridedBatched(
                        handle, operationB, operationA, m, n, k, &one, b, leadingB, shape.StrideB, a, leadingA, shape.StrideA,
                        &kept, c, m, strideC, shape.Batch),
                    $"{nameof(CublasApi.cublasSgemmStridedBatched)} of {shape}");
                break;
            case ElementType.F64:
                double wideOne = 1, wideKept = shape.Accumulate ? 1 : 0;
                Check(
                    CublasApi.cublasDgemmStridedBatched(
                        handle, operationB, operationA, m, n, k, &wideOne, b, leadingB, shape.StrideB, a, leadingA, shape.StrideA,
                        &wideKept, c, m, strideC, shape.Batch),
                    $"{nameof(CublasApi.cublasDgemmStridedBatched)} of {shape}");
                break;
            default:
                throw new NotSupportedException($"no matrix product of elements of type {type}");
        }
    }

    public void Dispose()
    {
        CublasApi.cublasDestroy_v2(handle);
        CudaApi.cuMemFree_v2(workspace);
    }

    // Setting the stream takes the workspace away.
    private void SetStream(nint stream)
    {
        if (stream == current) return;
        Check(CublasApi.cublasSetStream_v2(handle, stream), nameof(CublasApi.cublasSetStream_v2));
        Check(CublasApi.cublasSetWorkspace_v2(handle, workspace, WorkspaceBytes), nameof(CublasApi.cublasSetWorkspace_v2));
        current = stream;
    }

    private static int Property(LibraryProperty property)
    {
        Check(CublasApi.cublasGetProperty(property, out var value), nameof(CublasApi.cublasGetProperty));
        return value;
    }

    private static void Check(int status, string call)
    {
        if (status == 0) return;
        throw new CudaException(call, status, Text(CublasApi.cublasGetStatusName(status)), Text(CublasApi.cublasGetStatusString(status)));
    }

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "unknown";
}
