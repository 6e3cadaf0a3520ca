using System.Runtime.InteropServices;

namespace Fml.Native;

/// <summary>The entry points of NVRTC 11.2 and later that are called; every one answers 0 when it has succeeded.</summary>
internal static unsafe partial class Nvrtc
{
    private const string Library = NvidiaLibraries.NvrtcImport;

    [LibraryImport(Library)]
    public static partial int nvrtcVersion(out int major, out int minor);

    [LibraryImport(Library)]
    public static partial byte* nvrtcGetErrorString(int result);

    [LibraryImport(Library)]
    public static partial int nvrtcGetNumSupportedArchs(out int count);

    [LibraryImport(Library)]
    public static partial int nvrtcGetSupportedArchs(int* architectures);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int nvrtcCreateProgram(
        out nint program, string text, string name, int headerCount, string[] headerTexts, string[] headerNames);

    [LibraryImport(Library)]
    public static partial int nvrtcDestroyProgram(ref nint program);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int nvrtcCompileProgram(nint program, int optionCount, string[] options);

    [LibraryImport(Library)]
    public static partial int nvrtcGetProgramLogSize(nint program, out nuint size);

    [LibraryImport(Library)]
    public static partial int nvrtcGetProgramLog(nint program, byte* log);

    [LibraryImport(Library)]
    public static partial int nvrtcGetCUBINSize(nint program, out nuint size);

    [LibraryImport(Library)]
    public static partial int nvrtcGetCUBIN(nint program, byte* image);

    [LibraryImport(Library)]
    public static partial int nvrtcGetPTXSize(nint program, out nuint size);

    [LibraryImport(Library)]
    public static partial int nvrtcGetPTX(nint program, byte* text);
}
