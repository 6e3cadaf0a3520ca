using Fml.Native;
using static Fml.Graph.Ops;

namespace Fml.Graph.Tests;

public sealed class CompileTests
{
    [Fact]
    public void Equal_expressions_are_one_node()
    {
        var x = Input("x", [3]);
        Assert.Same(Exp(x) + 1, Exp(x) + 1);
        Assert.Same(Sum(Square(x)), Sum(Square(x)));
        Assert.NotSame(Exp(x), Exp(Input("x", [3])));
    }

    [Fact]
    public void A_chain_of_maps_is_one_command()
    {
        using var store = new ParameterStore(Device.Default);
        var (x, y) = (Input("x", [64]), Input("y", [64]));
        using var program = GraphProgram.Compile(store, [Relu(Exp(x) * y + 2) - Square(y)]);
        Assert.Equal(1, program.CommandCount);
    }

    [Fact]
    public void Bytes_become_numbers_in_the_map_that_computes_with_them()
    {
        using var store = new ParameterStore(Device.Default);
        var bytes = Input("bytes", [4], ElementType.U8);
        var numbers = Cast(bytes, ElementType.F32) * (2 / 255.0) - 1;
        using var program = GraphProgram.Compile(store, [numbers]);
        Assert.Equal(1, program.CommandCount);
        program.Set<byte>(bytes, [0, 51, 204, 255]);
        program.Run();
        Assert.All(program.Get<float>(numbers).Zip([-1f, -0.6f, 0.6f, 1f]), pair => Assert.Equal(pair.Second, pair.First, 1e-6f));
    }

    [Fact]
    public void A_map_that_feeds_a_sum_is_never_written()
    {
        using var store = new ParameterStore(Device.Default);
        var x = Input("x", [1000, 100]);
        using var program = GraphProgram.Compile(store, [Sum(Exp(x) * x)]);
        Assert.Equal(1, program.CommandCount);
        Assert.True(program.WorkingBytes < 100_000, $"{program.WorkingBytes} bytes");
    }

    [Fact]
    public void Adam_is_one_pass_over_a_parameter()
    {
        using var store = new ParameterStore(Device.Default);
        var p = store.AddZeros("p", TensorType.F32([300, 200]));
        var (x, y) = (Input("x", [4, 300]), Input("y", [4, 200]));
        var step = new Optimizer.Adam().Minimize(store, Sum(Square(MatMul(x, p) - y)), [new ParameterGroup([p])], Schedule.Constant(0.1));
        using var program = GraphProgram.Compile(store, [], step.Updates);
        Assert.Single(program.ToString().Split('\n'), line => line.Contains("thin map", StringComparison.Ordinal));
        Assert.True(program.WorkingBytes < p.Type.ByteCount / 2, "the gradient was written");
    }

    [Fact]
    public void Updates_read_the_old_values()
    {
        using var store = new ParameterStore(Device.Default);
        var (a, b) = (store.Add<float>("a", [2], [1, 2]), store.Add<float>("b", [2], [10, 20]));
        using var program = GraphProgram.Compile(store, [], [new Assignment(a, b + 1), new Assignment(b, a + 2)]);
        program.Run();
        Assert.Equal([11f, 21f], store.Get<float>(a));
        Assert.Equal([3f, 4f], store.Get<float>(b));
    }

    [Fact]
    public void Updates_read_the_old_values_through_views_and_copies_too()
    {
        using var store = new ParameterStore(Device.Default);
        var (a, b, c) = (store.Add<float>("a", [2, 2], [1, 2, 3, 4]), store.Add<float>("b", [2, 2], [5, 6, 7, 8]), store.Add<float>("c", [4], [0, 0, 0, 0]));
        Assignment[] updates = [new(a, a + Transpose(a, 1, 0)), new(b, Transpose(b, 1, 0)), new(c, Reshape(a, [4]))];
        using var program = GraphProgram.Compile(store, [], updates);
        program.Run();
        Assert.Equal([2f, 5, 5, 8], store.Get<float>(a));
        Assert.Equal([5f, 7, 6, 8], store.Get<float>(b));
        Assert.Equal([1f, 2, 3, 4], store.Get<float>(c));
        using var exchange = GraphProgram.Compile(store, [], [new Assignment(a, b), new Assignment(b, a)]);
        exchange.Run();
        Assert.Equal([5f, 7, 6, 8], store.Get<float>(a));
        Assert.Equal([2f, 5, 5, 8], store.Get<float>(b));
        using var part = GraphProgram.Compile(store, [], [new Assignment(a, a * 2), new Assignment(c, Reshape(Slice(a, 0, 1, 1) * 1.5 + 0 * b, [4]))]);
        part.Run();
        Assert.Equal([10f, 14, 12, 16], store.Get<float>(a));
        Assert.Equal([9f, 12, 9, 12], store.Get<float>(c));
    }

    [Fact]
    public void Buffers_are_reused_and_never_overlap_while_they_live()
    {
        var random = new Random(7);
        MemoryNeed[] needs =
            [.. Enumerable.Range(0, 200).Select(i => new MemoryNeed(random.Next(1, 5000), i, i + random.Next(0, 9)))];
        var (offsets, size) = MemoryPlan.Of(needs);
        for (var i = 0; i < needs.Length; i++)
        {
            Assert.True(offsets[i] + needs[i].ByteCount <= size);
            for (var j = 0; j < i; j++)
            {
                var together = needs[i].First <= needs[j].Last && needs[j].First <= needs[i].Last;
                var overlap = offsets[i] < offsets[j] + needs[j].ByteCount && offsets[j] < offsets[i] + needs[i].ByteCount;
                Assert.False(together && overlap, $"blocks {i} and {j}");
            }
        }
        Assert.True(size < needs.Sum(need => need.ByteCount) / 4);
    }

    [Fact]
    public void A_mistake_throws_where_it_is_made_and_says_what_came()
    {
        var error = Assert.Throws<ShapeException>(() => MatMul(Input("a", [3, 4]), Input("b", [5, 6])));
        Assert.Contains("MatMul", error.Message);
        Assert.Contains("f32[5,6]", error.Message);
        Assert.Throws<ShapeException>(() => Input("a", [3]) + Input("b", [4]));
        Assert.Throws<ShapeException>(() => Gradients.Of(Input("a", [3]), Input("b", [4])));
    }

    [Fact]
    public void A_program_says_which_input_is_missing()
    {
        using var store = new ParameterStore(Device.Default);
        var x = Input("speed", [2]);
        using var program = GraphProgram.Compile(store, [x * 2]);
        Assert.Contains("speed", Assert.Throws<InvalidOperationException>(program.Run).Message);
        Assert.Throws<ShapeException>(() => program.Set<float>(x, [1, 2, 3]));
    }

    [Fact]
    public void A_graph_prints_one_node_a_line()
    {
        var x = Input("x", [2, 3]);
        var lines = Sum(Square(x)).ToString().TrimEnd().Split(Environment.NewLine);
        Assert.Equal(["%0 = input x : f32[2,3]", "%1 = Map[a0 * a0](%0) : f32[2,3]", "%2 = Sum(0, 1)[a0](%1) : f32[1,1]", "%3"],
            [.. lines[..3], lines[3][..2]]);
    }

    [Fact]
    public void An_unused_input_is_not_asked_for()
    {
        using var store = new ParameterStore(Device.Default);
        var (x, y) = (Input("x", [2]), Input("y", [2]));
        using var program = GraphProgram.Compile(store, [x * 2]);
        Assert.True(program.Reads(x));
        Assert.False(program.Reads(y));
    }
}
