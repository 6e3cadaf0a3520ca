using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

/// <summary>Values of graphs without parameters.</summary>
internal static class Evaluate
{
    /// <summary>The value of a node of f32, f64 or i32.</summary>
    public static double[] Value(Node node) => Values(node)[0];

    /// <summary>The values of several nodes of one program.</summary>
    public static double[][] Values(params Node[] nodes) => Values(Device.Default, nodes);

    /// <summary>The same on a given device.</summary>
    public static double[][] Values(Device device, params Node[] nodes)
    {
        using var store = new ParameterStore(device);
        using var program = GraphProgram.Compile(store, nodes);
        program.Run();
        return [.. nodes.Select(node => node.Type.Element switch
        {
            ElementType.F32 => program.Get<float>(node).Select(x => (double)x).ToArray(),
            ElementType.I32 => program.Get<int>(node).Select(x => (double)x).ToArray(),
            _ => program.Get<double>(node),
        })];
    }

    /// <summary>A constant of 64 bits.</summary>
    public static Node Wide(Shape shape, params double[] values) => Ops.Constant<double>(values, shape);

    /// <summary>Greatest difference between two arrays; NaN when any is.</summary>
    public static double Difference(double[] a, double[] b)
    {
        Assert.Equal(a.Length, b.Length);
        return a.Zip(b, (x, y) => Math.Abs(x - y)).Aggregate(0.0, Math.Max);
    }
}
