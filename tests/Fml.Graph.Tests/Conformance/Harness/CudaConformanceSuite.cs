using Fml.CudaEmulator;
using Fml.Native;

namespace Fml.Conformance;

/// <summary>
/// What must hold for every row of a table on CUDA: run on the emulated device, in both orders of blocks and threads, with poisoned memory
/// and a band around every tensor, it gives the values and gradients of the CPU.
/// </summary>
public abstract class CudaConformanceSuite<TTable> where TTable : IConformanceTable
{
    // Every source that the rows need.
    private static readonly Lazy<IReadOnlyCollection<CudaSource>> Sources = new(Collect);

    // All of them compiled at once for the emulated device.
    private static readonly Lazy<bool> Compiled = new(() =>
    {
        EmulatedDriver.Prepare(Sources.Value);
        return true;
    });

    public static TheoryData<int, bool> Rows() =>
        [.. from index in Enumerable.Range(0, TTable.All.Length) from reverse in new[] { false, true } select (index, reverse)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Cuda_agrees_with_the_cpu(int index, bool reverse)
    {
        Assert.SkipWhen(EmulatedDriver.Unavailable is not null, EmulatedDriver.Unavailable ?? "");
        _ = Compiled.Value;
        var row = TTable.All[index];
        foreach (var (element, bound) in new[] { (ElementType.F32, row.CudaBound), (ElementType.F64, 1e-12) })
        {
            var error = CudaCheck.Error(row, element, reverse);
            Assert.True(error <= bound, $"{row}: {element}, {(reverse ? "last" : "first")} thread first: relative error {error:E2}");
        }
    }

    [Fact]
    public void Every_source_compiles_for_every_architecture()
    {
        if (!NvidiaLibraries.Nvrtc.Found) Assert.Skip($"{NvidiaLibraries.Nvrtc.Failure} .ci/nvrtc fetches it on Debian.");
        var compiler = new NvrtcCompiler(NvidiaLibraries.Nvrtc, cache: null);
        CudaSource[] sources = [.. Sources.Value];
        foreach (var architecture in compiler.Architectures)
            Assert.All(compiler.Compile(sources, new CompileTarget(architecture)), image => Assert.NotEmpty(image));
    }

    private static HashSet<CudaSource> Collect()
    {
        var collector = new SourceCollector();
        using var device = new CudaDevice(collector);
        foreach (var row in TTable.All)
        {
            foreach (var element in new[] { ElementType.F32, ElementType.F64 })
            {
                try
                {
                    ConformanceCheck.Compile(row, device, element);
                }
                catch (NotSupportedException)
                {
                    // A kernel without a CUDA body: the row itself says so.
                }
            }
        }
        return [.. collector.Sources];
    }
}
