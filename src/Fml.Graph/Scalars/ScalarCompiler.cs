using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Compiles scalar expressions to row kernels: machine code over the widest vectors of this machine, or an interpreter where the runtime
/// cannot generate code. Kernels are kept for the life of the process and shared by all who ask for the same.
/// </summary>
internal static class ScalarCompiler
{
    private static readonly ConcurrentDictionary<RowSignature, RowKernel> Kernels = new();

    /// <summary>One output, every type the same as the arithmetic's.</summary>
    public static RowKernel Compile(Scalar expression, ElementType type, params ReadOnlySpan<ArgumentAccess> arguments) =>
        Compile(new RowSignature([expression], [type], [.. arguments], type));

    /// <summary>The kernel of a signature.</summary>
    /// <exception cref="ArgumentException">The parts of the signature do not fit each other.</exception>
    public static RowKernel Compile(RowSignature signature) => Kernels.GetOrAdd(signature, static signature =>
    {
        Check(signature);
        return signature.Arithmetic == ElementType.F32 ? Build<float>(signature) : Build<double>(signature);
    });

    private static unsafe RowKernel Build<T>(RowSignature signature) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var (vectors, lanes) = RuntimeFeature.IsDynamicCodeSupported
            ? VectorEmitter.Emit(signature)
            : new BlockInterpreter<T>(signature.Expressions, [.. signature.Arguments.Select(argument => argument.Stride == 0)]).Kernel;
        return new RowDriver<T>(signature, vectors, lanes).Run;
    }

    private static void Check(RowSignature signature)
    {
        if (!signature.Arithmetic.IsFloat())
            throw new ArgumentException($"maps are computed in f32 or f64, not in {signature.Arithmetic}");
        if (signature.Expressions.Length != signature.OutputTypes.Length)
            throw new ArgumentException($"{signature.Expressions.Length} expressions, but {signature.OutputTypes.Length} output types");
        var used = signature.Expressions.Max(expression => expression.ArgumentCount);
        if (used > signature.Arguments.Length)
            throw new ArgumentException($"the expressions use {used} arguments, but {signature.Arguments.Length} were described");
    }
}
