using System.Collections.Immutable;
using Fml.Graph;
using Fml.Native;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>
/// A face network on our own graph: one program a batch and image size, compiled when first met. For one thread at a time.
/// </summary>
internal sealed class GraphFaceNetwork : IDisposable
{
    private readonly FaceNetwork network;
    private readonly ParameterStore store;
    private readonly ImmutableDictionary<string, Weights> weights;
    private readonly Dictionary<(int Count, int Size), (GraphProgram Program, Node.Input Images, Node Output)> programs = [];

    /// <summary>Loads the network's weights from the folder <see cref="FaceApiWeights.Find"/> gives.</summary>
    /// <exception cref="FmlException">They are damaged.</exception>
    public GraphFaceNetwork(FaceNetwork network, string folder, Device device)
    {
        this.network = network;
        weights = FaceApiWeights.Load(folder, network.File);
        store = new ParameterStore(device);
    }

    /// <summary>Normalised images [count, size, size, 3] to the output, row after row.</summary>
    public float[] Run(float[] images, int count, int size)
    {
        if (!programs.TryGetValue((count, size), out var compiled)) programs.Add((count, size), compiled = Compile(count, size));
        compiled.Program.Set<float>(compiled.Images, images);
        compiled.Program.Run();
        return compiled.Program.Get<float>(compiled.Output);
    }

    /// <summary>Frees the programs and the weights.</summary>
    public void Dispose()
    {
        foreach (var (program, _, _) in programs.Values) program.Dispose();
        store.Dispose();
    }

    private (GraphProgram, Node.Input, Node) Compile(int count, int size)
    {
        var images = Input("images", [count, size, size, 3]);
        var output = network.Layers.Aggregate((Node)images, Apply);
        return (GraphProgram.Compile(store, [output]), images, output);
    }

    private Node Apply(Node x, FaceLayer layer) => layer switch
    {
        FaceLayer.Convolution c => Conv2d(x, Weight(c.Name + "/filters"), Placement(x, c.Same ? 3 : 0, c.Stride))
            + Weight(c.Name + "/bias"),
        FaceLayer.Separable s =>
            Conv2d(
                DepthwiseConv2d(x, Depthwise(s.Name + "/depthwise_filter"), Placement(x, 3, s.Stride)),
                Weight(s.Name + "/pointwise_filter"))
            + Weight(s.Name + "/bias"),
        FaceLayer.Rectifier r => LeakyRelu(x, r.Slope),
        FaceLayer.MaxPool p => MaxPool2d(x, 2, 2, Placement(x, 2, p.Stride)),
        FaceLayer.Dense d => Dense(d, x),
        FaceLayer.Mean => Mean(x, [1, 2]),
        FaceLayer.Linear l => MatMul(x, Weight(l.Name + "/weights")) + Weight(l.Name + "/bias"),
        _ => throw new InvalidOperationException($"no such layer: {layer}"),
    };

    private Node Dense(FaceLayer.Dense dense, Node x)
    {
        var sum = Relu(Apply(x, dense.First));
        return Enumerable.Range(1, 3).Aggregate((Sum: sum, Y: sum), (state, k) =>
        {
            var next = state.Sum + Apply(state.Y, new FaceLayer.Separable($"{dense.Name}/conv{k}", 1));
            return (next, Relu(next));
        }).Y;
    }

    // "Same" padding for a window; no padding for window 0.
    private static WindowPlacement Placement(Node x, int window, int stride) =>
        window == 0 ? WindowPlacement.Uniform(stride) : WindowPlacement.Same(x.Shape[1], x.Shape[2], window, window, stride);

    private Node.Parameter Weight(string name) => Weight(name, weights[name].Dimensions);

    private Node.Parameter Depthwise(string name) => Weight(name, weights[name].Dimensions[..3]);

    private Node.Parameter Weight(string name, ImmutableArray<int> dimensions) =>
        store.Find(name) ?? store.Add<float>(name, [.. dimensions], weights[name].Values);
}
