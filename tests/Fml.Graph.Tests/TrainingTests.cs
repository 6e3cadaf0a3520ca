using Fml.Native;
using static Fml.Graph.Ops;

namespace Fml.Graph.Tests;

public sealed class TrainingTests
{
    public static TheoryData<string> Optimizers() => ["sgd", "momentum", "adam", "adadelta"];

    private static Optimizer Named(string name) => name switch
    {
        "sgd" => new Optimizer.Sgd(),
        "momentum" => new Optimizer.Sgd(0.9),
        "adam" => new Optimizer.Adam(),
        _ => new Optimizer.AdaDelta(),
    };

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void A_small_network_learns_xor(string name)
    {
        using var store = new ParameterStore(Device.Default);
        var random = new Random(3);
        float[] Uniform(int n) => [.. Enumerable.Range(0, n).Select(_ => random.NextSingle() * 2 - 1)];
        var (x, y) = (Input("x", [4, 2]), Input("y", [4, 1]));
        var (w1, b1) = (store.Add<float>("w1", [2, 8], Uniform(16)), store.Add<float>("b1", [8], Uniform(8)));
        var (w2, b2) = (store.Add<float>("w2", [8, 1], Uniform(8)), store.Add<float>("b2", [1], Uniform(1)));
        var loss = Mean(Square(MatMul(Tanh(MatMul(x, w1) + b1), w2) + b2 - y));
        var rate = name switch { "sgd" => 0.5, "momentum" => 0.1, "adam" => 0.02, _ => 5.0 };
        var step = Named(name).Minimize(store, loss, [new ParameterGroup([w1, b1, w2, b2])], Schedule.Constant(rate), clipNorm: 5);
        using var program = GraphProgram.Compile(store, [loss], step.Updates);
        program.Set<float>(x, [0, 0, 0, 1, 1, 0, 1, 1]);
        program.Set<float>(y, [0, 1, 1, 0]);
        for (var i = 0; i < 1500; i++) program.Run();
        var last = program.GetNumber(loss);
        Assert.True(last <= 0.01f, $"loss {last}");
        Assert.Equal(1500f, store.Get<float>(step.Step)[0]);
    }

    [Fact]
    public void Adam_follows_its_formula_also_when_the_gradient_is_formed_on_the_fly()
    {
        // 150 x 160 is large enough for the thin product; two steps, so that state accumulates.
        const int rows = 150, columns = 160, inner = 3;
        var random = new Random(5);
        float[] Uniform(int n) => [.. Enumerable.Range(0, n).Select(_ => random.NextSingle() * 2 - 1)];
        float[] start = Uniform(rows * columns), a = Uniform(inner * rows), target = Uniform(inner * columns);
        using var store = new ParameterStore(Device.Default);
        var p = store.Add<float>("p", [rows, columns], start);
        var (x, t) = (Input("x", [inner, rows]), Input("t", [inner, columns]));
        var loss = Sum(Square(MatMul(x, p) - t));
        var step = new Optimizer.Adam().Minimize(store, loss, [new ParameterGroup([p])], Schedule.Constant(0.01), clipNorm: 2);
        using var program = GraphProgram.Compile(store, [loss, step.GradientNorm], step.Updates);
        Assert.Contains("thin map", program.ToString());
        program.Set<float>(x, a);
        program.Set<float>(t, target);

        double[] expected = [.. start.Select(v => (double)v)], m = new double[expected.Length], v = new double[expected.Length];
        for (var n = 1; n <= 2; n++)
        {
            program.Run();
            var residual = new double[inner * columns];
            for (var k = 0; k < inner; k++)
                for (var j = 0; j < columns; j++)
                    residual[k * columns + j] = 2 * (Enumerable.Range(0, rows).Sum(i => a[k * rows + i] * expected[i * columns + j]) - target[k * columns + j]);
            var g = new double[expected.Length];
            for (var i = 0; i < rows; i++)
                for (var j = 0; j < columns; j++)
                    g[i * columns + j] = Enumerable.Range(0, inner).Sum(k => a[k * rows + i] * residual[k * columns + j]);
            var norm = Math.Sqrt(g.Sum(e => e * e));
            Assert.True(Math.Abs(program.GetNumber(step.GradientNorm) / norm - 1) <= 1e-5);
            for (var e = 0; e < g.Length; e++)
            {
                var clipped = g[e] * Math.Min(1, 2 / norm);
                m[e] = 0.9 * m[e] + 0.1 * clipped;
                v[e] = 0.999 * v[e] + 0.001 * clipped * clipped;
                expected[e] -= 0.01 * m[e] / (1 - Math.Pow(0.9, n)) / (Math.Sqrt(v[e] / (1 - Math.Pow(0.999, n))) + 1e-8);
            }
        }
        var worst = store.Get<float>(p).Zip(expected, (came, want) => Math.Abs(came - want)).Max();
        Assert.True(worst <= 2e-5, $"largest difference {worst:E2}");
    }

    [Fact]
    public void A_step_that_is_not_finite_changes_nothing_and_is_counted()
    {
        using var store = new ParameterStore(Device.Default);
        var p = store.Add<float>("p", [2], [1, 2]);
        var x = Input("x", [2]);
        var step = new Optimizer.Adam().Minimize(store, Sum(p * x), [new ParameterGroup([p])], Schedule.Constant(0.1));
        using var program = GraphProgram.Compile(store, [step.Accepted], step.Updates);
        program.Set<float>(x, [1, float.NaN]);
        program.Run();
        Assert.Equal([1f, 2f], store.Get<float>(p));
        Assert.Equal((0f, 1f), (store.Get<float>(step.Step)[0], store.Get<float>(step.Skipped)[0]));
        program.Set<float>(x, [1, 1]);
        program.Run();
        Assert.True(store.Get<float>(p)[0] < 1);
        Assert.Equal((1f, 1f), (store.Get<float>(step.Step)[0], store.Get<float>(step.Skipped)[0]));
    }

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void A_row_that_no_step_looks_at_stays_and_the_others_go_as_if_they_were_alone(string name)
    {
        // Row 0 is looked at in every step, row 1 in every third, row 2 never.
        using var store = new ParameterStore(Device.Default);
        float[] start = [1, 2, 3, 4, 5, 6];
        var table = store.Add<float>("table", [3, 2], start);
        var rows = Input("rows", [2], ElementType.I32);
        var target = Input("target", [2, 2]);
        var step = Named(name).Minimize(
            store, Sum(Square(Gather(table, rows, 0) - target)), [new ParameterGroup([table], SparseRows: true)], Schedule.Constant(0.05));
        using var program = GraphProgram.Compile(store, [step.GradientNorm], step.Updates);

        using var alone = new ParameterStore(Device.Default);
        var wanted = Input("wanted", [1, 2]);
        var programs = Enumerable.Range(0, 2).Select(row =>
        {
            var p = alone.Add<float>($"row{row}", [1, 2], start[(2 * row)..(2 * row + 2)]);
            var own = Named(name).Minimize(alone, Sum(Square(p - wanted)), [new ParameterGroup([p])], Schedule.Constant(0.05), name: $"own{row}");
            return (Parameter: p, Program: GraphProgram.Compile(alone, [own.GradientNorm], own.Updates));
        }).ToArray();

        for (var i = 0; i < 12; i++)
        {
            float[] goal = [MathF.Sin(i), 0.5f];
            var both = i % 3 == 0;
            program.Set<int>(rows, [0, both ? 1 : 0]);
            // The second look at row 0 is content with what it finds.
            program.Set<float>(target, [.. goal, .. both ? goal : store.Get<float>(table)[..2]]);
            program.Run();
            for (var row = 0; row < (both ? 2 : 1); row++)
            {
                programs[row].Program.Set<float>(wanted, goal);
                programs[row].Program.Run();
            }
        }
        var found = store.Get<float>(table);
        Assert.Equal(start[4..], found[4..]);
        for (var row = 0; row < 2; row++)
        {
            var expected = alone.Get<float>(programs[row].Parameter);
            Assert.NotEqual(start[2 * row], expected[0]);
            Assert.True(expected.Zip(found[(2 * row)..]).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-5), $"row {row}");
            programs[row].Program.Dispose();
        }
    }

    [Fact]
    public void A_run_allocates_nothing()
    {
        using var store = new ParameterStore(Device.Default);
        var p = store.Add<float>("p", [40, 50], new float[2000]);
        var x = Input("x", [8, 40]);
        var loss = Mean(Square(Tanh(MatMul(x, p)) - 0.5));
        var step = new Optimizer.Adam().Minimize(store, loss, [new ParameterGroup([p])], Schedule.WarmupCosine(0.1, 100), 1);
        using var program = GraphProgram.Compile(store, [loss], step.Updates);
        program.Set<float>(x, Enumerable.Range(0, 320).Select(i => MathF.Sin(i)).ToArray());
        for (var i = 0; i < 50; i++) program.Run();
        // A collection meanwhile counts what is left of the thread's allocation block: one clean round is proof enough.
        var least = long.MaxValue;
        for (var round = 0; round < 8; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 50; i++) program.Run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
    }
}
