using Fml.Graph;
using Fml.Native;
using static Fml.Graph.Ops;

// Exclusive or: four points, a network of eight hidden units, the mean squared error. Nothing is computed yet.
using var store = new ParameterStore(Device.Default);
var random = new Random(1);
float[] Uniform(int count) => [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextSingle() - 1)];
var (x, y) = (Input("x", [4, 2]), Input("y", [4, 1]));
var (w1, b1) = (store.Add<float>("w1", [2, 8], Uniform(16)), store.Add<float>("b1", [8], Uniform(8)));
var w2 = store.Add<float>("w2", [8, 1], Uniform(8));
var loss = Mean(Square(MatMul(Tanh(MatMul(x, w1) + b1), w2) - y));

Console.WriteLine($"The gradient is a graph too:\n{GraphPrinter.Print(Gradients.Of(loss, [w2]))}");
var step = new Optimizer.Adam().Minimize(store, loss, [new ParameterGroup([w1, b1, w2])], Schedule.Constant(0.02));
using var program = GraphProgram.Compile(store, [loss], step.Updates);
program.Set<float>(x, [0, 0, 0, 1, 1, 0, 1, 1]);
program.Set<float>(y, [0, 1, 1, 0]);
for (var i = 0; i < 2000; i++) program.Run();
Console.WriteLine($"loss after 2000 steps: {program.GetNumber(loss):0.0000}");
