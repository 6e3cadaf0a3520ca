using System.Text.Json.Nodes;
using Fml.Graph;

namespace Fml.Bench;

/// <summary>Rows of the operations on images: the layers of the paper-scale encoder on 16 frames.</summary>
internal static class ImagePrimitives
{
    private static readonly (string Name, int Side, int Channels, int Outputs, int Kernel, int Stride, int Padding)[] Layers =
    [
        ("11x11/4, 240x240x3 to 96", 240, 3, 96, 11, 4, 4),
        ("5x5, 29x29x96 to 256", 29, 96, 256, 5, 1, 2),
        ("3x3, 14x14x256 to 384", 14, 256, 384, 3, 1, 1),
        ("3x3/2, 14x14x384 to 256", 14, 384, 256, 3, 2, 1),
        ("3x3, 14x14x768 to 384", 14, 768, 384, 3, 1, 1),
        ("3x3, 14x14x384 to 384", 14, 384, 384, 3, 1, 1),
    ];

    public static IEnumerable<PrimitiveRow> Rows(bool tiny)
    {
        var frames = tiny ? 1 : 16;
        foreach (var layer in tiny ? Layers[4..5].Select(layer => layer with { Channels = 16, Outputs = 24 }) : Layers)
            foreach (var row in Convolutions(frames, layer)) yield return row;
        Shape images = tiny ? [1, 9, 9, 16] : [frames, 60, 60, 256], window = [3, 3, images[3]];
        PrimitiveRow Depthwise(string what, Func<Node, Node, Node> pick) => new(
            $"DepthwiseConv2d 3x3, {what}", _ => new MeasuredWork([pick(Ops.Input("images", images), Ops.Input("weights", window))]));
        yield return Depthwise("forward", (x, w) => Ops.DepthwiseConv2d(x, w, padding: 1));
        yield return Depthwise("to images", (x, w) => Gradient(Ops.DepthwiseConv2d(x, w, padding: 1), x));
        yield return Depthwise("to weights", (x, w) => Gradient(Ops.DepthwiseConv2d(x, w, padding: 1), w));
        Shape pooled = tiny ? [1, 9, 9, 16] : [frames, 59, 59, 96];
        yield return new PrimitiveRow(
            "MaxPool2d 3/2, forward", _ => new MeasuredWork([Ops.MaxPool2d(Ops.Input("images", pooled), 3, 2)]), Pool(pooled, "forward"));
        yield return new PrimitiveRow("MaxPool2d 3/2, to images", _ => MaxPoolGradient(pooled), Pool(pooled, "images"));
    }

    private static IEnumerable<PrimitiveRow> Convolutions(
        int frames, (string Name, int Side, int Channels, int Outputs, int Kernel, int Stride, int Padding) layer)
    {
        Shape images = [frames, layer.Side, layer.Side, layer.Channels], weights = [layer.Kernel, layer.Kernel, layer.Channels, layer.Outputs];
        PrimitiveRow Row(string what, string peer, Func<Node, Node, Node, Node> pick) => new(
            $"Conv2d {layer.Name}, {what}",
            _ =>
            {
                Node x = Ops.Input("images", images), w = Ops.Input("weights", weights);
                return new MeasuredWork([pick(Ops.Conv2d(x, w, layer.Stride, layer.Padding), x, w)]);
            },
            new JsonObject
            {
                ["op"] = "conv2d",
                ["what"] = peer,
                ["shapes"] = new JsonArray(Numbers(images), Numbers(weights)),
                ["stride"] = layer.Stride,
                ["padding"] = layer.Padding,
            });
        yield return Row("forward", "forward", (y, _, _) => y);
        if (layer.Channels > 3) yield return Row("to images", "images", (y, x, _) => Gradient(y, x));
        yield return Row("to weights", "weights", (y, _, w) => Gradient(y, w));
    }

    private static Node Gradient(Node output, Node variable) => Gradients.Of(output, Ops.Input("adjoint", output.Shape), [variable])[0];

    // The forward result is an input too, so that the gradient alone is timed.
    private static MeasuredWork MaxPoolGradient(Shape images)
    {
        var x = Ops.Input("images", images);
        var y = Ops.MaxPool2d(x, 3, 2);
        return new MeasuredWork(
            [Node.Apply.Of(new MaxPool2dInputGradient(3, 3, WindowPlacement.Uniform(2)), x, Ops.Input("pooled", y.Shape), Ops.Input("adjoint", y.Shape))]);
    }

    private static JsonObject Pool(Shape images, string what) => new()
    {
        ["op"] = "maxpool",
        ["what"] = what,
        ["shapes"] = new JsonArray(Numbers(images)),
        ["size"] = 3,
        ["stride"] = 2,
        ["padding"] = 0,
    };

    private static JsonArray Numbers(Shape shape) => [.. Enumerable.Range(0, shape.Rank).Select(axis => (JsonNode)shape[axis])];
}
