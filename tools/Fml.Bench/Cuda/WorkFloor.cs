using Fml.Graph;

namespace Fml.Bench;

/// <summary>
/// The least that a program can do: bytes moved when every input, parameter and constant is read once and every output written once, and
/// operations of its matrix products and convolutions, which are nearly all there are.
/// </summary>
/// <param name="Bytes">Read and written.</param>
/// <param name="Operations">Multiplications and additions.</param>
internal readonly record struct WorkFloor(double Bytes, double Operations)
{
    /// <summary>The floor of a program with these outputs and updates.</summary>
    public static WorkFloor Of(IReadOnlyList<Node> outputs, IReadOnlyList<Assignment>? updates = null)
    {
        updates ??= [];
        var nodes = GraphOrder.Of([.. outputs, .. updates.Select(update => update.Value)]);
        var moved = nodes.Where(node => node is not Node.Apply).Concat(outputs).Concat(updates.Select(update => update.Target));
        return new WorkFloor(moved.Sum(node => (double)node.Type.ByteCount), nodes.OfType<Node.Apply>().Sum(Count));
    }

    /// <summary>Shortest time under the measured ceilings, s.</summary>
    public double Seconds(Ceilings ceilings) => Math.Max(Bytes / ceilings.BytesPerSecond, Operations / ceilings.OperationsPerSecond);

    private static double Count(Node.Apply node)
    {
        double Elements(int input) => node.Inputs[input].Shape.Count;
        double Window(Shape weights) => (double)weights[0] * weights[1] * weights[2];
        return 2 * node.Primitive switch
        {
            MatMul product => (double)node.Shape.Count * node.Inputs[0].Shape[product.TransposeA ? ^2 : ^1],
            Conv2d => node.Shape.Count * Window(node.Inputs[1].Shape),
            Conv2dInputGradient => Elements(0) * Window(node.Inputs[1].Shape),
            Conv2dWeightGradient gradient => Elements(1) * Window(gradient.Weights),
            DepthwiseConv2d => (double)node.Shape.Count * node.Inputs[1].Shape[0] * node.Inputs[1].Shape[1],
            DepthwiseConv2dInputGradient => Elements(0) * node.Inputs[1].Shape[0] * node.Inputs[1].Shape[1],
            DepthwiseConv2dWeightGradient => Elements(1) * node.Shape[0] * node.Shape[1],
            _ => 0,
        };
    }
}
