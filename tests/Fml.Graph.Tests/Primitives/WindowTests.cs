using Fml.Native;

namespace Fml.Graph.Tests;

public sealed class WindowTests
{
    private static Node Images(int height = 8, int width = 7, int channels = 3) => Ops.Input("images", [2, height, width, channels]);

    private static Node Weights(params int[] shape) => Ops.Input("weights", new Shape(shape));

    [Theory]
    [InlineData(240, 11, 4, 4, 60)]
    [InlineData(60, 3, 2, 0, 29)]
    [InlineData(29, 5, 1, 2, 29)]
    [InlineData(29, 3, 2, 0, 14)]
    [InlineData(14, 3, 2, 1, 7)]
    [InlineData(7, 3, 2, 1, 4)]
    public void The_sizes_of_the_encoder_come_out(int size, int kernel, int stride, int padding, int expected) =>
        Assert.Equal(expected, WindowPlacement.Uniform(stride, padding).OutputHeight(size, kernel));

    [Theory]
    [InlineData(8, 3, 1)]
    [InlineData(8, 3, 2)]
    [InlineData(7, 3, 2)]
    [InlineData(7, 5, 3)]
    [InlineData(112, 7, 2)]
    public void Same_padding_gives_a_window_for_every_stride_and_puts_the_odd_row_below(int size, int kernel, int stride)
    {
        var same = WindowPlacement.Same(size, size, kernel, kernel, stride);
        Assert.Equal((size + stride - 1) / stride, same.OutputHeight(size, kernel));
        Assert.InRange(same.Bottom - same.Top, 0, 1);
        Assert.Equal((same.Top, same.Bottom), (same.Left, same.Right));
    }

    [Fact]
    public void Weights_that_do_not_fit_are_named()
    {
        var error = Assert.Throws<ShapeException>(() => Ops.Conv2d(Images(channels: 3), Weights(3, 3, 4, 8)));
        Assert.Contains("Conv2d: the weights must be [kernel height, kernel width, 3, outputs]", error.Message);
    }

    [Fact]
    public void Windows_larger_than_the_image_are_named()
    {
        var error = Assert.Throws<ShapeException>(() => Ops.Conv2d(Images(2, 2), Weights(5, 5, 3, 8)));
        Assert.Contains("images that hold a window of 5 x 5, not 2 x 2", error.Message);
    }

    [Fact]
    public void Padding_as_large_as_the_window_is_refused() =>
        Assert.Throws<ShapeException>(() => Ops.MaxPool2d(Images(), 2, 2, padding: 2));

    [Fact]
    public void The_gradient_of_pooling_says_that_it_has_no_derivative()
    {
        var images = Images();
        var first = Gradients.Of(Ops.Sum(Ops.Square(Ops.MaxPool2d(images, 2, 2))), [images])[0];
        var error = Assert.Throws<NotSupportedException>(() => Gradients.Of(Ops.Sum(Ops.Square(first)), [images]));
        Assert.Contains("MaxPool2d", error.Message);
    }

    [Fact]
    public void A_convolution_learns_the_weights_of_another()
    {
        using var device = new CpuDevice(1);
        using var store = new ParameterStore(device);
        var images = Ops.Input("images", [1, 6, 6, 2]);
        var wanted = Ops.Input("wanted", [1, 6, 6, 3]);
        var weights = Ops.Input("weights", [3, 3, 2, 3]);
        var loss = Ops.Sum(Ops.Square(Ops.Conv2d(images, weights, padding: 1) - wanted));
        var step = Gradients.Of(loss, [weights])[0];
        var target = Ops.Conv2d(images, weights, padding: 1);
        using var program = GraphProgram.Compile(store, [loss, step, target]);
        var random = new Random(3);
        float[] Random(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        program.Set<float>(images, Random(72));
        program.Set<float>(wanted, new float[108]);
        program.Set<float>(weights, Random(54));
        program.Run();
        program.Set<float>(wanted, program.Get<float>(target));
        var learned = new float[54];
        var losses = new List<float>();
        for (var i = 0; i < 300; i++)
        {
            program.Set<float>(weights, learned);
            program.Run();
            losses.Add(program.Get<float>(loss)[0]);
            learned = [.. learned.Zip(program.Get<float>(step), (w, g) => w - 0.03f * g)];
        }
        Assert.True(losses[^1] <= 1e-2 * losses[0], $"the loss went from {losses[0]} to {losses[^1]}");
    }
}
