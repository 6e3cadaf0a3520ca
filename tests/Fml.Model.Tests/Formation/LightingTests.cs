using Fml.Graph;
using Fml.Native;
using static Fml.Model.Tests.Evaluate;

namespace Fml.Model.Tests;

public sealed class LightingTests
{
    [Fact]
    public void Under_ambient_light_every_surface_shows_its_albedo()
    {
        var normals = Wide([1, 3, 4], 1, 0, 0, 0.6, 0, 1, 0, 0, 0, 0, 1, -0.8);
        var gamma = Ops.Reshape(Lighting.Ambient(ElementType.F64), [1, 9, 3]);
        Assert.True(Difference(Value(Lighting.Shade(normals, gamma)), [.. Enumerable.Repeat(1.0, 12)]) <= 1e-15);
    }

    [Theory]
    [InlineData(0, 0.282095)]
    [InlineData(1, 0.488603 * 0.6)]
    [InlineData(2, 0.488603 * 0.48)]
    [InlineData(3, 0.488603 * 0.64)]
    [InlineData(4, 1.092548 * 0.64 * 0.6)]
    [InlineData(5, 1.092548 * 0.6 * 0.48)]
    [InlineData(6, 0.315392 * (3 * 0.48 * 0.48 - 1))]
    [InlineData(7, 1.092548 * 0.64 * 0.48)]
    [InlineData(8, 0.546274 * (0.64 * 0.64 - 0.6 * 0.6))]
    public void Each_coefficient_lights_its_own_channel_by_its_harmonic(int band, double expected)
    {
        var gamma = new double[27];
        (gamma[3 * band], gamma[3 * band + 1], gamma[3 * band + 2]) = (1, 2, -3);
        var light = Value(Lighting.Shade(Wide([1, 3, 1], 0.64, 0.6, 0.48), Wide([1, 9, 3], gamma)));
        Assert.True(Difference(light, [expected, 2 * expected, -3 * expected]) <= 1e-15);
    }

    [Fact]
    public void Shading_is_one_pass()
    {
        var normals = Ops.Input("normals", [4, 3, 100]);
        var gamma = Ops.Input("gamma", [4, 9, 3]);
        using var store = new ParameterStore(Device.Default);
        using var program = GraphProgram.Compile(store, [Lighting.Shade(normals, gamma) * 2]);
        Assert.True(program.CommandCount == 1, program.ToString());
    }
}
