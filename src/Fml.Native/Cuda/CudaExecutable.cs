using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Fml.Native;

/// <summary>Commands compiled, their arguments packed and the whole list captured, so that a run is one call.</summary>
internal sealed unsafe class CudaExecutable : IExecutable
{
    private readonly CudaDriver driver;
    private readonly nint stream;
    private readonly ImmutableArray<Step> steps;
    private readonly nint recording;

    public CudaExecutable(CudaDriver driver, nint stream, IReadOnlyList<Command> commands)
    {
        (this.driver, this.stream) = (driver, stream);
        var plans = commands.Select(command => command is Command.Launch launch ? LaunchPlan.Of(launch).In(driver.Precision) : null).ToArray();
        CudaSource[] sources = [.. plans.OfType<LaunchPlan>().Select(plan => plan.Source).Distinct()];
        var modules = sources.Zip(driver.Load(sources)).ToDictionary(pair => pair.First, pair => pair.Second);
        steps = [.. commands.Zip(plans, (command, plan) => Step.Of(driver, command, plan, modules))];
        if (steps.IsEmpty) return;
        try
        {
            recording = Capture();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Run()
    {
        if (recording != 0) driver.Replay(recording, stream);
    }

    public double[] RunTimed()
    {
        nint before = driver.CreateEvent(), after = driver.CreateEvent();
        try
        {
            return [.. steps.Select(step =>
            {
                driver.Record(before, stream);
                step.Enqueue(stream);
                driver.Record(after, stream);
                driver.WaitOnHost(after);
                return driver.Seconds(before, after);
            })];
        }
        finally
        {
            driver.DestroyEvent(before);
            driver.DestroyEvent(after);
        }
    }

    public void Dispose()
    {
        driver.Drain(stream);
        if (recording != 0) driver.DestroyRecording(recording);
        foreach (var step in steps) step.Dispose();
    }

    private nint Capture()
    {
        driver.BeginCapture(stream);
        try
        {
            foreach (var step in steps) step.Enqueue(stream);
        }
        catch
        {
            driver.AbandonCapture(stream);
            throw;
        }
        return driver.EndCapture(stream);
    }

    /// <summary>A launch with the type of its parameters taken away.</summary>
    private sealed record LaunchPlan(CudaSource Source, ImmutableArray<CudaStage> Stages, byte[] Parameters)
    {
        public static LaunchPlan Of(Command.Launch launch) =>
            (LaunchPlan)typeof(LaunchPlan).GetMethod(nameof(OfTyped))!
                .MakeGenericMethod(launch.GetType().GetGenericArguments()).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [launch], null)!;

        public LaunchPlan In(MatrixPrecision precision) => this with { Source = Source.In(precision) };

        public static LaunchPlan OfTyped<TParameters>(Command.Launch<TParameters> launch) where TParameters : unmanaged
        {
            var body = launch.Kernel.Cuda ?? throw new NotSupportedException($"kernel {launch.Kernel.Name} has no CUDA body");
            var parameters = launch.Parameters;
            return new LaunchPlan(
                body.Source, body.Stages(parameters), MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref parameters, 1)).ToArray());
        }
    }

    private abstract class Step : IDisposable
    {
        public abstract void Enqueue(nint stream);

        public virtual void Dispose() { }

        public static Step Of(CudaDriver driver, Command command, LaunchPlan? plan, Dictionary<CudaSource, nint> modules) => command switch
        {
            Command.Launch launch => new LaunchStep(driver, launch, plan!, modules[plan!.Source]),
            Command.MatrixProduct product => new ProductStep(driver, product),
            Command.Copy copy => new CopyStep(driver, copy),
            _ => throw new NotSupportedException($"a CUDA device does not know the command {command}"),
        };
    }

    private sealed class LaunchStep : Step
    {
        private readonly CudaDriver driver;
        private readonly ImmutableArray<(nint Function, CudaStage Stage)> stages;
        private readonly void** arguments; // one block: the addresses of the arguments, the operands, the parameters

        public LaunchStep(CudaDriver driver, Command.Launch launch, LaunchPlan plan, nint module)
        {
            this.driver = driver;
            stages = [.. plan.Stages.Select(stage => (driver.Function(module, stage.Entry), stage))];
            var count = launch.Operands.Length;
            var block = (byte*)NativeMemory.AlignedAlloc((nuint)((2 * count + 1) * sizeof(nint) + 16 + plan.Parameters.Length), 16);
            arguments = (void**)block;
            var operands = (nint*)(arguments + count + 1);
            var parameters = (byte*)(((nint)(operands + count) + 15) & ~15);
            arguments[0] = parameters;
            plan.Parameters.CopyTo(new Span<byte>(parameters, plan.Parameters.Length));
            for (var i = 0; i < count; i++)
            {
                operands[i] = CudaBuffer.AddressOf(launch.Operands[i]);
                arguments[i + 1] = operands + i;
            }
        }

        public override void Enqueue(nint stream)
        {
            foreach (var (function, stage) in stages) driver.Launch(function, stage, arguments, stream);
        }

        public override void Dispose() => NativeMemory.AlignedFree(arguments);
    }

    private sealed class ProductStep(CudaDriver driver, Command.MatrixProduct product) : Step
    {
        private readonly nint a = CudaBuffer.AddressOf(product.A), b = CudaBuffer.AddressOf(product.B), c = CudaBuffer.AddressOf(product.C);

        public override void Enqueue(nint stream) => driver.Multiply(product.Type, product.Shape, a, b, c, stream);
    }

    private sealed class CopyStep(CudaDriver driver, Command.Copy copy) : Step
    {
        private readonly nint from = CudaBuffer.AddressOf(copy.From), to = CudaBuffer.AddressOf(copy.To);

        public override void Enqueue(nint stream) => driver.Copy(from, to, copy.ByteCount, CopyKind.DeviceToDevice, stream);
    }
}
