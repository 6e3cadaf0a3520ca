using System.Collections.Immutable;
using System.Diagnostics;

namespace Fml.Native;

/// <summary>Commands with their addresses resolved once, so that a run only calls.</summary>
internal sealed class CpuExecutable(IReadOnlyList<Command> commands, Workers workers) : IExecutable
{
    private readonly Step[] steps = [.. commands.Select(command => Step.Of(command, workers))];

    public void Run()
    {
        foreach (var step in steps) step.Run();
    }

    public double[] RunTimed() => [.. steps.Select(step =>
    {
        var start = Stopwatch.GetTimestamp();
        step.Run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    })];

    public void Dispose() { }

    private abstract class Step
    {
        public abstract void Run();

        public static Step Of(Command command, Workers workers) => command switch
        {
            Command.Launch launch => (Step)Activator.CreateInstance(
                typeof(LaunchStep<>).MakeGenericType(launch.GetType().GetGenericArguments()), launch, workers)!,
            Command.MatrixProduct product => new ProductStep(product, workers),
            Command.Copy copy => new CopyStep(copy),
            _ => throw new NotSupportedException($"the CPU device does not know the command {command}"),
        };

        protected static nint[] Addresses(params ImmutableArray<Region> operands) => [.. operands.Select(CpuBuffer.AddressOf)];
    }

    private sealed class LaunchStep<TParameters>(Command.Launch<TParameters> launch, Workers workers) : Step
        where TParameters : unmanaged
    {
        private readonly nint[] operands = Addresses(launch.Operands);

        public override void Run() => launch.Kernel.Cpu(launch.Parameters, operands, workers);
    }

    private sealed class ProductStep(Command.MatrixProduct product, Workers workers) : Step
    {
        private readonly nint a = CpuBuffer.AddressOf(product.A), b = CpuBuffer.AddressOf(product.B), c = CpuBuffer.AddressOf(product.C);
        private readonly MatrixShape shape = product.Shape;

        public override unsafe void Run()
        {
            if (product.Type == ElementType.F32) Gemm.Multiply(shape, (float*)a, (float*)b, (float*)c, workers);
            else Gemm.Multiply(shape, (double*)a, (double*)b, (double*)c, workers);
        }
    }

    private sealed class CopyStep(Command.Copy copy) : Step
    {
        private readonly nint from = CpuBuffer.AddressOf(copy.From), to = CpuBuffer.AddressOf(copy.To);
        private readonly long byteCount = copy.ByteCount;

        public override unsafe void Run() => Buffer.MemoryCopy((void*)from, (void*)to, byteCount, byteCount);
    }
}
