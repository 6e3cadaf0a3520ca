using Fml.Native;

namespace Fml.Conformance;

/// <summary>What must hold for every row of a table on a real GPU: values and gradients of the CPU, in both precisions.</summary>
public abstract class GpuConformanceSuite<TTable> where TTable : IConformanceTable
{
    private const double WideBound = 1e-12;

    // Without a GPU one row says so for all.
    public static TheoryData<int> Rows() => [.. Enumerable.Range(0, RealGpu.IsAbsent ? 1 : TTable.All.Length)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_gpu_agrees_with_the_cpu(int index)
    {
        var gpu = RealGpu.OrSkip();
        var row = TTable.All[index];
        foreach (var (element, bound) in new[] { (ElementType.F32, row.CudaBound), (ElementType.F64, WideBound) })
        {
            var error = ConformanceCheck.RelativeError(
                ConformanceCheck.Evaluate(row, gpu, element), ConformanceCheck.Evaluate(row, RealGpu.Cpu, element));
            Assert.True(error <= bound, $"{row}: {element} on {gpu.Name}: relative error {error:E2}");
        }
    }
}
