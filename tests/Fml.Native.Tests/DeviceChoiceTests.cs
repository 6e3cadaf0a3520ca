using Fml.Native;

namespace Fml.Native.Tests;

public class DeviceChoiceTests
{
    [Theory]
    [InlineData("cpu")]
    [InlineData(" CPU ")]
    public void The_CPU_is_opened_by_name(string name)
    {
        using var device = Device.Open(name);
        Assert.IsType<CpuDevice>(device);
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("cpu:1")]
    [InlineData("cuda:x")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:1:tf16")]
    public void Names_of_no_device_are_refused_with_those_there_are(string name)
    {
        var error = Assert.Throws<FmlException>(() => Device.Open(name));
        Assert.StartsWith($"There is no device '{name}': say cpu, cuda, cuda:1", error.Message);
    }

    [Fact]
    public void Without_a_GPU_the_reason_is_a_sentence()
    {
        if (NvidiaLibraries.Driver.Found) Assert.Skip("This machine has NVIDIA's driver.");
        var error = Assert.Throws<FmlException>(() => Device.Open("cuda"));
        Assert.StartsWith("NVIDIA's driver was not found. Tried: ", error.Message);
        Assert.EndsWith("or compute on the CPU", error.Message);
    }
}
