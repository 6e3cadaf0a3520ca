using System.Runtime.InteropServices;
using Fml.Native;

namespace Fml.Graph.Tests.Scalars;

/// <summary>Runs row kernels on managed arrays.</summary>
internal static unsafe class RowKernelRunner
{
    /// <summary>One output over contiguous arguments of the same type.</summary>
    public static T[] Run<T>(Scalar expression, params T[][] arguments) where T : unmanaged
    {
        var type = ElementTypes.Of<T>();
        var access = Enumerable.Repeat(ArgumentAccess.Contiguous(type), arguments.Length).ToArray();
        var output = new T[arguments.Length == 0 ? 1 : arguments[0].Length];
        Run(ScalarCompiler.Compile(expression, type, access), output.Length, [output], [.. arguments]);
        return output;
    }

    /// <summary>A kernel on arrays of any element types.</summary>
    public static void Run(RowKernel kernel, long count, Array[] outputs, Array[] arguments)
    {
        using var pins = new Pins([.. arguments, .. outputs]);
        fixed (nint* addresses = pins.Addresses)
            kernel((void**)addresses, (void**)(addresses + arguments.Length), count);
    }

    private sealed class Pins : IDisposable
    {
        private readonly GCHandle[] handles;

        public Pins(Array[] arrays)
        {
            handles = [.. arrays.Select(a => GCHandle.Alloc(a, GCHandleType.Pinned))];
            Addresses = [.. handles.Select(h => h.AddrOfPinnedObject()), 0];
        }

        public nint[] Addresses { get; }

        public void Dispose()
        {
            foreach (var handle in handles) handle.Free();
        }
    }
}
