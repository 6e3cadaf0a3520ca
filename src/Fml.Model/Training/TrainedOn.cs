using System.Collections.Immutable;
using System.Text.Json;
using Fml.Native;

namespace Fml.Model;

/// <summary>What a run learned from, as <see cref="RunFolder.TrainedOnFile"/> says it: so that nobody is measured on who was learned from.</summary>
/// <param name="Dataset">Where the dataset was.</param>
/// <param name="Fingerprint">What it was, wherever it is now; see <see cref="FaceDataset.Fingerprint"/>.</param>
/// <param name="HeldOut">Names of the people that were not learned from; everybody else was.</param>
public sealed record TrainedOn(string Dataset, string Fingerprint, ImmutableArray<string> HeldOut)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>What a split of a dataset is.</summary>
    public static TrainedOn Of(FaceDataset dataset, DatasetSplit split) =>
        new(Path.GetFullPath(dataset.Folder), dataset.Fingerprint, [.. split.HeldOut.Select(person => person.Name)]);

    /// <summary>Writes it into a run's folder.</summary>
    /// <exception cref="FmlException">The file cannot be written.</exception>
    public void Save(string folder) => AtomicFile.WriteText(Path.Combine(folder, RunFolder.TrainedOnFile), JsonSerializer.Serialize(this, Json));

    /// <summary>Reads it from a run's folder; null if the run does not say.</summary>
    /// <exception cref="FmlException">The file is damaged.</exception>
    public static TrainedOn? Load(string folder)
    {
        var path = Path.Combine(folder, RunFolder.TrainedOnFile);
        if (!File.Exists(path)) return null;
        try
        {
            var read = JsonSerializer.Deserialize<TrainedOn>(File.ReadAllText(path), Json);
            return read is { Dataset: not null, Fingerprint: not null, HeldOut.IsDefault: false } ? read : throw new JsonException("parts are missing");
        }
        catch (JsonException e)
        {
            throw new FmlException($"{path} is damaged: {e.Message}", e);
        }
    }
}
