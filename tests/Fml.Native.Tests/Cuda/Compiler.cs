using Fml.Native;

namespace Fml.Native.Tests.Cuda;

/// <summary>The real compiler, where this machine has it.</summary>
internal static class Compiler
{
    /// <summary>The compiler; without it the test is skipped and says so.</summary>
    /// <param name="cache">Where it keeps images; none when null.</param>
    public static NvrtcCompiler OrSkip(KernelCache? cache = null)
    {
        if (!NvidiaLibraries.Nvrtc.Found) Assert.Skip($"{NvidiaLibraries.Nvrtc.Failure} .ci/nvrtc fetches it on Debian.");
        return new NvrtcCompiler(NvidiaLibraries.Nvrtc, cache);
    }
}
