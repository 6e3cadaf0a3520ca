using Fml.CudaEmulator;
using Fml.Native;

namespace Fml.Graph.Tests;

/// <summary>The same graph on the CPU and on an emulated CUDA device.</summary>
internal static class DevicePair
{
    /// <summary>
    /// The outputs' values on the CPU and on CUDA. There it runs in both orders of threads, in memory that is poisoned and guarded, and
    /// must give the same bits.
    /// </summary>
    public static (double[][] Cpu, double[][] Cuda) Run(IReadOnlyList<Node> outputs, params (Node.Input Input, Array Values)[] inputs)
    {
        Assert.SkipWhen(EmulatedDriver.Unavailable is not null, EmulatedDriver.Unavailable ?? "");
        using var forward = EmulatedDriver.Device(new EmulatorOptions { Poison = true });
        using var reverse = EmulatedDriver.Device(new EmulatorOptions { Poison = true, Reverse = true });
        var cuda = On(forward, outputs, inputs);
        var turned = On(reverse, outputs, inputs);
        for (var i = 0; i < cuda.Length; i++)
            Assert.Equal(cuda[i].Select(BitConverter.DoubleToInt64Bits), turned[i].Select(BitConverter.DoubleToInt64Bits));
        return (On(Device.Default, outputs, inputs), cuda);
    }

    /// <summary>The outputs' values on one device.</summary>
    public static double[][] On(Device device, IReadOnlyList<Node> outputs, (Node.Input Input, Array Values)[] inputs)
    {
        using var store = new ParameterStore(device);
        using var program = GraphProgram.Compile(store, outputs);
        foreach (var (input, values) in inputs)
        {
            if (!program.Reads(input)) continue;
            switch (values)
            {
                case float[] v: program.Set<float>(input, v); break;
                case double[] v: program.Set<double>(input, v); break;
                case int[] v: program.Set<int>(input, v); break;
                case byte[] v: program.Set<byte>(input, v); break;
            }
        }
        program.Run();
        return [.. outputs.Select(node => Values(program, node))];
    }

    /// <summary>Norm-wise relative difference; NaN must meet NaN, infinity the same infinity.</summary>
    public static double Difference(double[] expected, double[] actual)
    {
        var (difference, size) = (0.0, 1e-30);
        foreach (var (e, a) in expected.Zip(actual))
        {
            if (e.Equals(a)) continue;
            difference += (e - a) * (e - a);
            size += e * e;
        }
        return Math.Sqrt(difference / size);
    }

    private static double[] Values(GraphProgram program, Node node) => node.Type.Element switch
    {
        ElementType.F32 => [.. program.Get<float>(node).Select(v => (double)v)],
        ElementType.F64 => program.Get<double>(node),
        ElementType.I32 => [.. program.Get<int>(node).Select(v => (double)v)],
        _ => [.. program.Get<byte>(node).Select(v => (double)v)],
    };
}
