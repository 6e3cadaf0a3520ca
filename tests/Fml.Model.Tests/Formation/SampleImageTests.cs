using Fml.Graph;
using static Fml.Model.Tests.Evaluate;

namespace Fml.Model.Tests;

public sealed class SampleImageTests
{
    // Red counts columns, green rows, blue is full: 3 columns, 2 rows.
    private static readonly Node Image = Ops.Constant<byte>(
        [0, 0, 255, 10, 0, 255, 20, 0, 255, 0, 30, 255, 10, 30, 255, 20, 30, 255], [1, 2, 3, 3]);

    private static double[] Sample(double x, double y) =>
        [.. Value(SampleImage.Of(Image, Wide([1, 2, 1], x, y))).Select(value => value * 255)];

    [Theory]
    [InlineData(0.5, 0.5, 0, 0)]
    [InlineData(1.5, 1.5, 10, 30)]
    [InlineData(2.5, 0.5, 20, 0)]
    [InlineData(1.0, 0.5, 5, 0)]
    [InlineData(2.25, 1.25, 17.5, 22.5)]
    [InlineData(0.1, 0.2, 0, 0)]
    [InlineData(-50, 9, 0, 30)]
    [InlineData(1e30, -1e30, 20, 0)]
    public void Pixel_centres_lie_at_a_half_and_edges_go_on(double x, double y, double red, double green) =>
        Assert.True(Difference(Sample(x, y), [red, green, 255]) <= 1e-12);

    [Fact]
    public void A_point_that_is_no_number_gives_a_colour_and_no_slope()
    {
        var points = Wide([1, 2, 1], double.NaN, double.NaN);
        var sampled = SampleImage.Of(Image, points);
        var values = Values(sampled, Gradients.Of(sampled, Wide([1, 3, 1], 1, 1, 1), [points])[0]);
        Assert.Equal([0, 0, 1], values[0]);
        Assert.Equal([0, 0], values[1]);
    }

    [Fact]
    public void The_slope_is_the_images_inside_and_zero_outside()
    {
        var points = Wide([1, 2, 2], 1.2, 7, 0.9, 0.9);
        var slope = Value(Gradients.Of(SampleImage.Of(Image, points), Wide([1, 3, 2], 1, 1, 1, 1, 1, 1), [points])[0]);
        Assert.True(Difference(slope, [10 / 255.0, 0, 30 / 255.0, 30 / 255.0]) <= 1e-14);
    }
}
