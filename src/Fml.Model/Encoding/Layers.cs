using System.Collections.Immutable;
using Fml.Graph;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>A convolution with bias and ReLU, and pooling if so configured.</summary>
internal sealed record ConvolutionLayer(ConvolutionOptions Options, Node.Parameter Weights, Node.Parameter Bias)
{
    public IEnumerable<Node.Parameter> Parameters => [Weights, Bias];

    /// <summary>x [F,H,W,C] to [F,H',W',C'].</summary>
    public Node Apply(Node x)
    {
        var y = Relu(Conv2d(x, Weights, Options.Stride, Options.Padding) + Bias);
        return Options.Pool ? MaxPool2d(y, 3, 2) : y;
    }

    public static Node Apply(IEnumerable<ConvolutionLayer> layers, Node x) => layers.Aggregate(x, (value, layer) => layer.Apply(value));
}

/// <summary>A fully connected layer.</summary>
internal sealed record DenseLayer(Node.Parameter Weights, Node.Parameter Bias)
{
    public IEnumerable<Node.Parameter> Parameters => [Weights, Bias];

    /// <summary>x [F,n] to [F,m].</summary>
    public Node Linear(Node x) => MatMul(x, Weights) + Bias;

    /// <summary>Layers with ReLU between them and none behind the last.</summary>
    public static Node Apply(ImmutableArray<DenseLayer> layers, Node x) =>
        layers[^1].Linear(layers[..^1].Aggregate(x, (value, layer) => Relu(layer.Linear(value))));
}

/// <summary>Makes layers whose weights are in a store: found by name, or drawn (He et al. 2015) and added.</summary>
internal sealed class LayerBuilder(ParameterStore store, Random random)
{
    /// <summary>A chain of convolutions; channels and side become those of its output.</summary>
    public ImmutableArray<ConvolutionLayer> Convolutions(string name, ImmutableArray<ConvolutionOptions> options, ref int channels, ref int side)
    {
        var layers = ImmutableArray.CreateBuilder<ConvolutionLayer>();
        foreach (var (option, i) in options.Select((option, i) => (option, i)))
        {
            layers.Add(new ConvolutionLayer(
                option,
                Weights($"{name}.{i}.weights", [option.Kernel, option.Kernel, channels, option.Channels], option.Kernel * option.Kernel * channels, 1),
                Zeros($"{name}.{i}.bias", [option.Channels])));
            channels = option.Channels;
            side = (side + 2 * option.Padding - option.Kernel) / option.Stride + 1;
            if (option.Pool) side = (side - 3) / 2 + 1;
            if (side < 1)
                throw new Native.FmlException(
                    $"The image is too small for the encoder: nothing is left after layer {name}.{i}; use larger crops or fewer layers");
        }
        return layers.ToImmutable();
    }

    /// <summary>Fully connected layers; the last one's weights are scaled.</summary>
    public ImmutableArray<DenseLayer> Dense(string name, int inputs, ImmutableArray<int> widths, int outputs, double lastScale)
    {
        ImmutableArray<int> sizes = [inputs, .. widths, outputs];
        return
        [
            .. Enumerable.Range(0, sizes.Length - 1).Select(i => new DenseLayer(
                Weights($"{name}.{i}.weights", [sizes[i], sizes[i + 1]], sizes[i], i == sizes.Length - 2 ? lastScale : 1),
                Zeros($"{name}.{i}.bias", [sizes[i + 1]]))),
        ];
    }

    private Node.Parameter Weights(string name, Shape shape, int fanIn, double scale)
    {
        if (store.Find(name) is { } known) return known;
        var values = new float[shape.Count];
        var deviation = scale * Math.Sqrt(2.0 / fanIn);
        for (var i = 0; i < values.Length; i++) values[i] = (float)(deviation * random.Normal());
        return store.Add<float>(name, shape, values);
    }

    private Node.Parameter Zeros(string name, Shape shape) => store.FindOrAddZeros(name, TensorType.F32(shape));
}
