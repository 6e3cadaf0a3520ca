using Fml.Native;

namespace Fml.Bench;

/// <summary>What <c>Fml.Bench cuda</c> is asked for.</summary>
/// <param name="Device">Name of the device.</param>
/// <param name="Json">Where the measurements go; null prints them alone.</param>
/// <param name="Tiny">Sizes that only show that everything runs.</param>
/// <param name="Seconds">Time for one line.</param>
/// <param name="Probe">Only say whether the device can be opened.</param>
/// <param name="Tf32">Matrix products may round to TF32.</param>
/// <param name="Only">Measure only what has this in its name.</param>
internal sealed record BenchOptions(string Device, string? Json, bool Tiny, double Seconds, bool Probe, bool Tf32, string Only)
{
    public const string Usage = "Fml.Bench cuda [--device cuda|cuda:1|cpu] [--json FILE] [--seconds S] [--only TEXT] [--tf32] [--tiny] [--probe]";

    /// <summary>Opens the device.</summary>
    /// <exception cref="FmlException">There is none of that name.</exception>
    public Device Open() => Tf32 && Device == "cuda" ? CudaDevice.Open(precision: MatrixPrecision.TensorFloat32) : Native.Device.Open(Device);

    /// <summary>Options from the words behind <c>cuda</c>.</summary>
    /// <exception cref="FmlException">A word is not understood.</exception>
    public static BenchOptions Parse(ReadOnlySpan<string> words)
    {
        var options = new BenchOptions("cuda", null, Tiny: false, Seconds: 0.25, Probe: false, Tf32: false, Only: "");
        while (!words.IsEmpty)
        {
            (options, var used) = words switch
            {
                ["--tiny", ..] => (options with { Tiny = true }, 1),
                ["--tf32", ..] => (options with { Tf32 = true }, 1),
                ["--probe", ..] => (options with { Probe = true }, 1),
                ["--only", var text, ..] => (options with { Only = text }, 2),
                ["--device", var name, ..] => (options with { Device = name }, 2),
                ["--json", var path, ..] => (options with { Json = path }, 2),
                ["--seconds", var text, ..] when double.TryParse(text, out var seconds) && seconds > 0 => (options with { Seconds = seconds }, 2),
                _ => throw new FmlException($"'{words[0]}' is not understood: {Usage}"),
            };
            words = words[used..];
        }
        return options;
    }
}
