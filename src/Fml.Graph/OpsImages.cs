namespace Fml.Graph;

public static partial class Ops
{
    /// <summary>
    /// Convolution of images [n, height, width, channels] by weights [kernel height, kernel width, channels, outputs]; see
    /// <see cref="Fml.Graph.Conv2d"/>.
    /// </summary>
    public static Node Conv2d(Node images, Node weights, int stride = 1, int padding = 0) =>
        Conv2d(images, weights, WindowPlacement.Uniform(stride, padding));

    /// <summary>The same with strides and padding given for each side.</summary>
    public static Node Conv2d(Node images, Node weights, WindowPlacement placement) =>
        Node.Apply.Of(new Conv2d(placement), images, weights);

    /// <summary>
    /// Convolution of each channel by weights [kernel height, kernel width, channels]; see <see cref="Fml.Graph.DepthwiseConv2d"/>.
    /// </summary>
    public static Node DepthwiseConv2d(Node images, Node weights, int stride = 1, int padding = 0) =>
        DepthwiseConv2d(images, weights, WindowPlacement.Uniform(stride, padding));

    /// <summary>The same with strides and padding given for each side.</summary>
    public static Node DepthwiseConv2d(Node images, Node weights, WindowPlacement placement) =>
        Node.Apply.Of(new DepthwiseConv2d(placement), images, weights);

    /// <summary>
    /// The greatest value in each <paramref name="size"/> x <paramref name="size"/> window; see <see cref="Fml.Graph.MaxPool2d"/>.
    /// </summary>
    public static Node MaxPool2d(Node images, int size, int stride, int padding = 0) =>
        MaxPool2d(images, size, size, WindowPlacement.Uniform(stride, padding));

    /// <summary>The same with a window of any shape, and strides and padding given for each side.</summary>
    public static Node MaxPool2d(Node images, int height, int width, WindowPlacement placement) =>
        Node.Apply.Of(new MaxPool2d(height, width, placement), images);
}
