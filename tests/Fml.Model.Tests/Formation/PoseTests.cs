using Fml.Graph;
using static Fml.Model.Tests.Evaluate;

namespace Fml.Model.Tests;

public sealed class PoseTests
{
    [Fact]
    public void No_rotation_is_the_identity_exactly() =>
        Assert.Equal([1, 0, 0, 0, 1, 0, 0, 0, 1], Value(Pose.Rotation(Wide([1, 3], 0, 0, 0))));

    [Fact]
    public void The_derivative_at_zero_is_the_cross_product()
    {
        var w = Wide([1, 3], 0, 0, 0);
        var cotangent = Wide([1, 3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9);
        var gradient = Value(Gradients.Of(Pose.Rotation(w), cotangent, [w])[0]);
        // dR/dw_x has -1 at (1,2) and 1 at (2,1), and so on around.
        Assert.True(Difference(gradient, [8 - 6, 3 - 7, 4 - 2]) <= 1e-14);
    }

    [Theory]
    [InlineData(0, Math.PI, new double[] { 1, 0, 0, 0, -1, 0, 0, 0, -1 })]
    [InlineData(1, Math.PI, new double[] { -1, 0, 0, 0, 1, 0, 0, 0, -1 })]
    [InlineData(2, Math.PI, new double[] { -1, 0, 0, 0, -1, 0, 0, 0, 1 })]
    [InlineData(2, Math.PI / 2, new double[] { 0, -1, 0, 1, 0, 0, 0, 0, 1 })]
    [InlineData(0, 1e-9, new double[] { 1, 0, 0, 0, 1, -1e-9, 0, 1e-9, 1 })]
    public void Rotations_about_an_axis_are_known(int axis, double angle, double[] expected)
    {
        var w = new double[3];
        w[axis] = angle;
        Assert.True(Difference(Value(Pose.Rotation(Wide([1, 3], w))), expected) <= 1e-15);
    }

    [Theory]
    [InlineData(1e-160)]
    [InlineData(1e-4)]
    [InlineData(0.999)]
    [InlineData(1.001)]
    [InlineData(3.1)]
    [InlineData(20)]
    public void Every_angle_gives_a_rotation_about_its_axis(double angle)
    {
        double[] axis = [2 / 7.0, -3 / 7.0, 6 / 7.0];
        var r = Value(Pose.Rotation(Wide([1, 3], [.. axis.Select(x => x * angle)])));
        double At(int i, int j) => Enumerable.Range(0, 3).Sum(k => r[3 * i + k] * r[3 * j + k]);
        for (var i = 0; i < 3; i++)
        {
            for (var j = 0; j < 3; j++) Assert.True(Math.Abs(At(i, j) - (i == j ? 1 : 0)) <= 1e-14);
            Assert.True(Math.Abs(r[3 * i] * axis[0] + r[3 * i + 1] * axis[1] + r[3 * i + 2] * axis[2] - axis[i]) <= 1e-14);
        }
        Assert.True(Math.Abs(r[0] + r[4] + r[8] - (1 + 2 * Math.Cos(angle))) <= 1e-14);
    }

    [Fact]
    public void A_pose_turns_and_then_moves()
    {
        var turned = Pose.Apply(
            Pose.Rotation(Wide([1, 3], 0, Math.PI / 2, 0)), Wide([1, 3], 10, 20, -1000), Wide([1, 3, 2], 1, 0, 2, 0, 3, 1));
        // A quarter turn about y takes x to -z and z to x.
        Assert.True(Difference(Value(turned), [13, 11, 22, 20, -1001, -1000]) <= 1e-12);
    }
}
