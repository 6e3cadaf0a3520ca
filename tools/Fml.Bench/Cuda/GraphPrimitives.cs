using System.Text.Json.Nodes;
using Fml.Graph;
using Fml.Native;

namespace Fml.Bench;

/// <summary>Rows of the graph library's own primitives, at sizes far beyond a GPU's caches where one pass is all there is to measure.</summary>
internal static class GraphPrimitives
{
    private static Node Random(params int[] shape) => Ops.Input("x", new Shape(shape));

    private static PrimitiveRow Row(string name, Func<Node> build, JsonObject? peer = null) => new(name, _ => new MeasuredWork([build()]), peer);

    private static JsonArray Numbers(IEnumerable<int> values) => [.. values.Select(value => (JsonNode)value)];

    private static JsonObject Peer(string operation, params int[][] shapes) =>
        new() { ["op"] = operation, ["shapes"] = new JsonArray([.. shapes.Select(Numbers)]) };

    private static JsonObject With(this JsonObject peer, string name, JsonNode value)
    {
        peer[name] = value;
        return peer;
    }

    public static IEnumerable<PrimitiveRow> Rows(bool tiny)
    {
        var (rows, columns) = tiny ? (64, 128) : (8192, 8192);
        int[] matrix = [rows, columns], thirds = tiny ? [8, 4, 96] : [256, 4, 65_536];
        yield return Row("Map: x + y", () => Random(matrix) + Random(matrix), Peer("map", matrix, matrix).With("what", "add"));
        yield return Row(
            "Map: tanh(x y + z), y a row, z a column", () => Ops.Tanh(Random(matrix) * Random(columns) + Random(rows, 1)),
            Peer("map", matrix, [columns], [rows, 1]).With("what", "tanh"));
        yield return Row("Map: transposed x + y", () => Ops.Transpose(Random(columns, rows), 1, 0) + Random(matrix));
        yield return Row("Fill", () => Ops.Full(TensorType.F32(new Shape(matrix)), 2.5));
        yield return Row("Reduce: sum of everything", () => Ops.Sum(Random(matrix)), Peer("sum", matrix).With("axes", Numbers([0, 1])));
        yield return Row("Reduce: sum of rows", () => Ops.Sum(Random(matrix), [1]), Peer("sum", matrix).With("axes", Numbers([1])));
        yield return Row("Reduce: sum of columns", () => Ops.Sum(Random(matrix), [0]), Peer("sum", matrix).With("axes", Numbers([0])));
        yield return Row("Reduce: sum of the middle", () => Ops.Sum(Random(thirds), [1]), Peer("sum", thirds).With("axes", Numbers([1])));
        yield return Row("Reduce: greatest of rows", () => Ops.Max(Random(matrix), [1]));
        yield return Row("Transpose", () => Ops.Transpose(Random(matrix), 1, 0), Peer("transpose", matrix).With("order", Numbers([1, 0])));
        yield return Row("Pad", () => Ops.Pad(Random(matrix), [1, 2], [3, 4]));
        yield return Row("Concat", () => Ops.Concat(1, Random(rows, columns / 2), Random(rows, columns / 2)));
        yield return Row("Gather: rows", () => Ops.Gather(Random(rows * 8, columns / 8), Permutation(rows * 8), 0));
        yield return Row("Gather: last axis", () => Ops.Gather(Random(rows / 8, columns), Permutation(columns), 1));
        yield return Row("ScatterAdd: rows, four to one", () => Ops.ScatterAdd(Random(rows * 8, columns / 8), Permutation(rows * 8, 4), 0, rows * 2));
        yield return Row("ArgReduce: rows", () => Ops.ArgMax(Random(matrix)));
        foreach (var row in Products(tiny)) yield return row;
    }

    private static IEnumerable<PrimitiveRow> Products(bool tiny)
    {
        var (side, wide, codes, people, frames) = tiny ? (64, 300, 8, 2, 4) : (4096, 180_000, 500, 16, 64);
        PrimitiveRow Product(string name, int[] a, int[] b, bool transposeA = false, bool transposeB = false) => Row(
            $"MatMul: {name}", () => Ops.MatMul(Random(a), Random(b), transposeA, transposeB),
            Peer("matmul", a, b).With("transposeA", transposeA).With("transposeB", transposeB));
        yield return Product($"{side} cubed", [side, side], [side, side]);
        yield return Product($"codes x albedo basis, {people} people", [people, codes], [codes, wide]);
        yield return Product($"gradient of codes, {people} people", [people, wide], [codes, wide], transposeB: true);
        yield return Product($"codes x albedo basis, 1 person", [1, codes], [codes, wide]);
        yield return Product($"fully connected, {frames} frames", [frames, tiny ? 96 : 9219], [tiny ? 96 : 9219, tiny ? 32 : 2048]);
        yield return Product($"rotations x meshes, {frames} frames", [frames, 3, 3], [frames, 3, wide / 3]);
        yield return new PrimitiveRow($"basis update: Adam of {codes} x {wide}", store => BasisUpdate(store, people, codes, wide),
            new JsonObject { ["op"] = "adam", ["sizes"] = Numbers([codes, wide, people]) })
        {
            // Adam's epsilon is in the text of the update alone; the gradient's factors, parameter and moments are all it must touch.
            Counts = command => command.Contains("1E-08", StringComparison.Ordinal),
            Floor = new WorkFloor(4.0 * (6L * codes * wide + people * (codes + wide)), 2.0 * people * codes * wide),
        };
    }

    private static MeasuredWork BasisUpdate(ParameterStore store, int people, int codes, int wide)
    {
        var basis = store.AddZeros("basis", TensorType.F32([codes, wide]));
        var loss = Ops.Sum(Ops.MatMul(Random(people, codes), basis) * Random(people, wide));
        var step = new Optimizer.Adam().Minimize(store, loss, [new ParameterGroup([basis])], Schedule.Constant(1e-5), clipNorm: 5);
        return new MeasuredWork([]) { Updates = step.Updates };
    }

    // Indices in an order in which neighbours are far apart, so many to one.
    private static Node.Constant Permutation(int count, int toOne = 1)
    {
        const long Prime = 7919;
        return Ops.Constant<int>([.. Enumerable.Range(0, count).Select(i => (int)(i * Prime % count) / toOne)], [count]);
    }
}
