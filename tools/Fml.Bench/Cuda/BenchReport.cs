using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fml.Bench;

/// <summary>What was measured so far, as JSON that is written anew after every measurement.</summary>
internal sealed class BenchReport(string device, BenchOptions options)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly JsonArray primitives = [], steps = [], reconstruction = [], failures = [];
    private Ceilings ceilings;

    /// <summary>Number of measurements made.</summary>
    public int Measured => primitives.Count + steps.Count + reconstruction.Count;

    /// <summary>Number of measurements that failed.</summary>
    public int Failures => failures.Count;

    public void Add(Ceilings measured)
    {
        ceilings = measured;
        Console.WriteLine(
            $"{device}: copy {measured.BytesPerSecond / 1e9:F0} GB/s read and written, matrix product {measured.OperationsPerSecond / 1e12:F2} TFLOP/s");
        Save();
    }

    public void Add(PrimitiveRow row, double seconds, WorkFloor floor)
    {
        Console.WriteLine(
            $"{row.Name,-52} {1e3 * seconds,9:F3} ms {floor.Bytes / seconds / 1e9,9:F1} GB/s {floor.Operations / seconds / 1e12,8:F2} TFLOP/s"
            + $" {floor.Seconds(ceilings) / seconds,6:P0} of the ceiling");
        primitives.Add(Described(row.Name, 1e3 * seconds, floor, row.Peer, "peer"));
        Save();
    }

    public void Add(StepResult step)
    {
        Console.WriteLine(
            $"step {step.Name,-30} {step.Milliseconds,8:F2} ms ({step.WithUploads:F2} with uploads; {Floors(step.Floor)}) {step.Mebibytes,7:F0} MiB,"
            + $" {step.Parameters / 1e6:F1} M parameters, {step.Commands} commands");
        var row = Described(step.Name, step.Milliseconds, step.Floor, step.Sizes, "sizes");
        row["withUploadsMs"] = step.WithUploads;
        row["memoryMiB"] = step.Mebibytes;
        row["parameters"] = step.Parameters;
        row["commands"] = step.Commands;
        row["slowest"] = new JsonArray([.. step.Slowest.Select(text => (JsonNode)text)]);
        steps.Add(row);
        Save();
    }

    public void Add(ReconstructionResult result)
    {
        Console.WriteLine(
            $"reconstruction {result.Name,-20} {result.Milliseconds,8:F3} ms ({result.WithCopies:F3} with copies, {result.Library:F3} through the library;"
            + $" {Floors(result.Floor)}) {result.Mebibytes,7:F0} MiB");
        var row = Described(result.Name, result.Milliseconds, result.Floor, result.Sizes, "sizes");
        row["withCopiesMs"] = result.WithCopies;
        row["libraryMs"] = result.Library;
        row["memoryMiB"] = result.Mebibytes;
        reconstruction.Add(row);
        Save();
    }

    public void Fail(string what, Exception e)
    {
        var text = $"{what}: {e.GetType().Name}: {e.Message.Split('\n')[0]}";
        Console.WriteLine($"FAILED {text}");
        failures.Add((JsonNode)text);
        Save();
    }

    private string Floors(WorkFloor floor) =>
        $"floors: bytes {1e3 * floor.Bytes / ceilings.BytesPerSecond:F3} ms, operations {1e3 * floor.Operations / ceilings.OperationsPerSecond:F3} ms";

    private JsonObject Described(string name, double milliseconds, WorkFloor floor, JsonObject? more, string moreName) => new()
    {
        ["name"] = name,
        ["ms"] = milliseconds,
        ["bytes"] = floor.Bytes,
        ["operations"] = floor.Operations,
        ["byteFloorMs"] = 1e3 * floor.Bytes / ceilings.BytesPerSecond,
        ["operationFloorMs"] = 1e3 * floor.Operations / ceilings.OperationsPerSecond,
        ["ofCeiling"] = 1e3 * floor.Seconds(ceilings) / milliseconds,
        [moreName] = more?.DeepClone(),
    };

    private void Save()
    {
        if (options.Json is not { } path) return;
        var all = new JsonObject
        {
            ["device"] = device,
            ["tf32"] = options.Tf32,
            ["ceilings"] = new JsonObject { ["copyGBs"] = ceilings.BytesPerSecond / 1e9, ["matrixTFlops"] = ceilings.OperationsPerSecond / 1e12 },
            ["primitives"] = primitives.DeepClone(),
            ["steps"] = steps.DeepClone(),
            ["reconstruction"] = reconstruction.DeepClone(),
            ["failures"] = failures.DeepClone(),
        };
        File.WriteAllText(path + ".part", all.ToJsonString(Indented));
        File.Move(path + ".part", path, overwrite: true);
    }
}
