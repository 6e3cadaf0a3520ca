using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class EncoderTests
{
    [Fact]
    public void Pictures_of_bytes_cost_no_more_commands_than_pictures_of_numbers_and_look_the_same()
    {
        const int Size = TinyRun.ImageSize;
        using var store = new ParameterStore(Device.Default);
        var encoder = new Encoder(store, TinyRun.TinyEncoder, Size, BallHead.Create(), new CodeSizes(6, 4), new Random(1));
        var (bytes, numbers) = (Ops.Input("bytes", [2, Size, Size, 3], ElementType.U8), Ops.Input("numbers", [2, Size, Size, 3]));
        var (ofBytes, ofNumbers) = (encoder.Features(bytes).Medium, encoder.Features(numbers).Medium);
        using var first = GraphProgram.Compile(store, [ofBytes]);
        using var second = GraphProgram.Compile(store, [ofNumbers]);
        Assert.Equal(second.CommandCount, first.CommandCount);
        Assert.True(first.WorkingBytes <= second.WorkingBytes, $"{first.WorkingBytes} and {second.WorkingBytes} bytes");

        var picture = new byte[bytes.Shape.Count];
        new Random(2).NextBytes(picture);
        first.Set<byte>(bytes, picture);
        second.Set<float>(numbers, [.. picture.Select(value => value / 255f)]);
        first.Run();
        second.Run();
        var difference = first.Get<float>(ofBytes).Zip(second.Get<float>(ofNumbers), (a, b) => Math.Abs(a - b)).Max();
        Assert.True(difference <= 1e-4, $"{difference}");
    }
}
