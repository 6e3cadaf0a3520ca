namespace Fml.Native;

/// <summary>A call into NVIDIA's libraries that failed.</summary>
/// <param name="call">The call that failed, or the one that told of an earlier failure: launches fail late.</param>
/// <param name="code">What it answered.</param>
/// <param name="codeName">The answer's name, such as CUDA_ERROR_ILLEGAL_ADDRESS.</param>
/// <param name="meaning">What the answer means, and what to do.</param>
public sealed class CudaException(string call, int code, string codeName, string meaning) : Exception($"{call} answered {codeName} ({code}): {meaning}")
{
    /// <summary>The call.</summary>
    public string Call { get; } = call;

    /// <summary>What it answered.</summary>
    public int Code { get; } = code;

    /// <summary>The answer's name.</summary>
    public string CodeName { get; } = codeName;
}
