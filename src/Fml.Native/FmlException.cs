namespace Fml.Native;

/// <summary>
/// A mistake that its message alone lets a person mend: what is wrong, where, and what to do. Programs print the message without a stack
/// trace.
/// </summary>
public sealed class FmlException(string message, Exception? inner = null) : Exception(message, inner);
