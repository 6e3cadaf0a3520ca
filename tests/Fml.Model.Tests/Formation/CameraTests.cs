using Fml.Graph;
using static Fml.Model.Tests.Evaluate;

namespace Fml.Model.Tests;

public sealed class CameraTests
{
    private static readonly Node Intrinsics = Wide([1, 3], 1015, 112, 100);

    [Fact]
    public void A_point_up_and_to_the_left_of_the_subject_is_seen_up_and_to_the_right() =>
        Assert.True(Difference(Value(Camera.Project(Wide([1, 3, 1], 10, 20, -1000), Intrinsics)), [122.15, 79.7]) <= 1e-12);

    [Fact]
    public void Points_at_or_behind_the_camera_give_finite_numbers_and_slopes()
    {
        var x = Wide([1, 3, 3], 1, 2, 3, 4, 5, 6, 0, -1e-30, 50);
        var points = Camera.Project(x, Intrinsics);
        var values = Values(points, Gradients.Of(points, Wide([1, 2, 3], 1, 1, 1, 1, 1, 1), [x])[0]);
        Assert.All(values[0].Concat(values[1]), value => Assert.True(double.IsFinite(value)));
    }
}
