using System.Runtime.InteropServices;

namespace Fml.Native;

/// <summary>The entry points of cuBLAS that are called; every one answers 0 when it has succeeded. Its matrices are column-major.</summary>
internal static unsafe partial class CublasApi
{
    private const string Library = NvidiaLibraries.CublasImport;

    [LibraryImport(Library)]
    public static partial int cublasCreate_v2(out nint handle);

    [LibraryImport(Library)]
    public static partial int cublasDestroy_v2(nint handle);

    [LibraryImport(Library)]
    public static partial int cublasGetProperty(LibraryProperty property, out int value);

    [LibraryImport(Library)]
    public static partial byte* cublasGetStatusName(int status);

    [LibraryImport(Library)]
    public static partial byte* cublasGetStatusString(int status);

    [LibraryImport(Library)]
    public static partial int cublasSetStream_v2(nint handle, nint stream);

    [LibraryImport(Library)]
    public static partial int cublasSetWorkspace_v2(nint handle, nint workspace, nuint bytes);

    [LibraryImport(Library)]
    public static partial int cublasSetMathMode(nint handle, CublasMath mode);

    [LibraryImport(Library)]
    public static partial int cublasSgemmStridedBatched(
        nint handle, CublasOperation operationA, CublasOperation operationB, int m, int n, int k,
        float* alpha, nint a, int leadingA, long strideA, nint b, int leadingB, long strideB,
        float* beta, nint c, int leadingC, long strideC, int batch);

    [LibraryImport(Library)]
    public static partial int cublasDgemmStridedBatched(
        nint handle, CublasOperation operationA, CublasOperation operationB, int m, int n, int k,
        double* alpha, nint a, int leadingA, long strideA, nint b, int leadingB, long strideB,
        double* beta, nint c, int leadingC, long strideC, int batch);
}

/// <summary>What is done to a factor first (cublasOperation_t).</summary>
internal enum CublasOperation
{
    None = 0,
    Transpose = 1,
}

/// <summary>How single precision is multiplied (cublasMath_t).</summary>
internal enum CublasMath
{
    Default = 0,
    TensorFloat32 = 3,
}

/// <summary>Parts of a library's version (libraryPropertyType).</summary>
internal enum LibraryProperty
{
    Major = 0,
    Minor = 1,
    Patch = 2,
}
