using System.CommandLine;
using Fml.Native;

namespace Fml.Tools;

/// <summary>The option <c>--device</c>, the same for every verb that computes.</summary>
internal static class DeviceOption
{
    public static Option<string?> Create() => new("--device")
    {
        Description = "Where to compute: cpu, cuda, cuda:1 for the second GPU, cuda:tf32 for matrices in TF32 "
            + "(default: a GPU when one can be used, else the CPU).",
        HelpName = "DEVICE",
    };

    /// <summary>The device of that name, or the default one; says which when a GPU is at stake.</summary>
    /// <exception cref="FmlException">There is none.</exception>
    public static Device Resolve(string? name, Terminal terminal)
    {
        var device = name is null ? Device.Default : Device.Open(name);
        if (device is not CpuDevice) terminal.Output.WriteLine($"Computing on {device.Name}.");
        else if (name is null && DeviceChoice.Default.Remark is { } remark)
            terminal.WriteError($"The GPU is not used. {remark.TrimEnd('.')}. Computing on {device.Name}; --device cpu says so without this warning.");
        return device;
    }
}
