using System.CommandLine;
using Fml.Native;

namespace Fml.Tools;

/// <summary>The option <c>--device</c>, the same for every verb that computes.</summary>
internal static class DeviceOption
{
    public static Option<string> Create() => new("--device")
    {
        Description = "Where to compute: cpu.",
        DefaultValueFactory = _ => "cpu",
        HelpName = "DEVICE",
    };

    /// <summary>The device of that name.</summary>
    /// <exception cref="FmlException">There is none.</exception>
    public static Device Resolve(string name) => name.ToLowerInvariant() switch
    {
        "cpu" => Device.Default,
        _ => throw new FmlException($"There is no device '{name}'; this version computes on: cpu."),
    };
}
