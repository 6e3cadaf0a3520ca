namespace Fml.Native;

/// <summary>CUDA C that does not compile; the message holds the compiler's log and the lines it speaks of.</summary>
public sealed class CudaCompileException(string message) : Exception(message);
