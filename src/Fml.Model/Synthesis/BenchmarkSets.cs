using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Fml.Native;

namespace Fml.Model;

/// <summary>One dataset of a benchmark.</summary>
/// <param name="Name">Its folder.</param>
/// <param name="Options">What it is made of.</param>
public sealed record BenchmarkSet(string Name, SynthesisOptions Options);

/// <summary>
/// Benchmarks: datasets made from a seed, the people of train, validation and test drawn independently, and the people of test filmed again with
/// something in front of their faces and by poor cameras. A file beside them holds the hash of each, so that figures can say what they were
/// measured on. The same seed gives the same bytes on machines whose floating point and JPEG coder agree; the hashes tell.
/// </summary>
public static class BenchmarkSets
{
    /// <summary>Number of the definition; any change of the bytes raises it.</summary>
    public const int Version = 1;

    /// <summary>Names the sets, their hashes and what they are made of.</summary>
    public const string IndexFile = "benchmark.json";

    /// <summary>
    /// Deviation of the distances' logarithm. A face's size is known only from its distance: at 6 % the size alone would cost 1.4 mm with four
    /// clips, whatever the method.
    /// </summary>
    public const float DistanceDeviation = 0.03f;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private sealed record Index(int Version, int Seed, ImmutableSortedDictionary<string, IndexedSet> Sets);

    private sealed record IndexedSet(string Sha256, ImmutableSortedDictionary<string, string> Settings);

    /// <summary>The sets.</summary>
    /// <param name="identities">Where the faces come from.</param>
    /// <param name="people">People of train.</param>
    /// <param name="cropSize">Side of the crops, pixels.</param>
    /// <param name="seed">Seed of everything.</param>
    public static ImmutableArray<BenchmarkSet> Of(IdentitySource identities, int people = 1600, int cropSize = 160, int seed = 1)
    {
        var train = new SynthesisOptions
        {
            Identities = identities,
            People = people,
            ClipsPerPerson = 12,
            FramesPerClip = 1,
            CropSize = cropSize,
            DistanceDeviation = DistanceDeviation,
            Seed = checked(10 * seed + 1),
        };
        var test = train with { People = 100, ClipsPerPerson = 8, Seed = 10 * seed + 2 };
        return
        [
            new("train", train),
            new("validation", test with { People = 50, Seed = 10 * seed + 3 }),
            new("test", test),
            new("test-occluded", test with { OccluderShare = 1 }),
            new("test-damaged", test with { Damage = 1 }),
        ];
    }

    /// <summary>Makes the sets that are missing, and the file with their hashes; what was begun is continued.</summary>
    /// <param name="sets">What to make; see <see cref="Of"/>.</param>
    /// <param name="seed">The seed they were made with.</param>
    /// <param name="folder">Folder of the benchmark.</param>
    /// <param name="progress">Told the set and the number of its people that are finished.</param>
    /// <param name="cancellation">Stops between people.</param>
    /// <exception cref="FmlException">A folder holds another dataset, cannot be used, or is no longer what the benchmark states.</exception>
    public static void Generate(
        ImmutableArray<BenchmarkSet> sets, int seed, string folder, Action<BenchmarkSet, int>? progress = null,
        CancellationToken cancellation = default)
    {
        foreach (var set in sets)
            SyntheticClips.Generate(set.Options, Path.Combine(folder, set.Name), new Told(done => progress?.Invoke(set, done)), cancellation);
        if (Stated(folder) is not null)
        {
            Verify(folder); // what is stated stays true, or its change is told
            return;
        }
        var index = sets.ToImmutableSortedDictionary(
            set => set.Name, set => new IndexedSet(Hash(Path.Combine(folder, set.Name)), set.Options.Settings));
        AtomicFile.WriteText(Path.Combine(folder, IndexFile), JsonSerializer.Serialize(new Index(Version, seed, index), Json));
    }

    /// <summary>The hashes that a benchmark states of its sets, by name; null if the folder is no benchmark.</summary>
    /// <exception cref="FmlException">The file is damaged, or of another version.</exception>
    public static ImmutableSortedDictionary<string, string>? Stated(string folder)
    {
        var path = Path.Combine(folder, IndexFile);
        if (!File.Exists(path)) return null;
        try
        {
            var index = JsonSerializer.Deserialize<Index>(File.ReadAllText(path), Json);
            if (index?.Sets is null) throw new JsonException("it names no sets");
            return index.Version == Version
                ? index.Sets.ToImmutableSortedDictionary(set => set.Key, set => set.Value.Sha256)
                : throw new FmlException($"{path} is of version {index.Version} of the benchmark, this program makes version {Version}.");
        }
        catch (JsonException e)
        {
            throw new FmlException($"{path} is damaged: {e.Message}; make the benchmark again.", e);
        }
    }

    /// <summary>Compares the files of a benchmark with what it states.</summary>
    /// <exception cref="FmlException">The folder is no benchmark, or a set is not what it was.</exception>
    public static void Verify(string folder)
    {
        var stated = Stated(folder) ?? throw new FmlException($"{folder} holds no {IndexFile}; fml synth benchmark makes one.");
        foreach (var (name, hash) in stated)
        {
            var found = Hash(Path.Combine(folder, name));
            if (found != hash)
                throw new FmlException(
                    $"The set {Path.Combine(folder, name)} is not what {IndexFile} states: its files have the hash {found[..12]}, not {hash[..12]}; "
                    + "remove it and make the benchmark again.");
        }
    }

    // Names and bytes of all files, in the names' order.
    private static string Hash(string folder)
    {
        if (!Directory.Exists(folder)) throw new FmlException($"There is no folder {folder}; make the benchmark again.");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => (Path: path, Name: Path.GetRelativePath(folder, path).Replace('\\', '/'))).OrderBy(file => file.Name, StringComparer.Ordinal);
        foreach (var (path, name) in files)
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(name));
            using var stream = File.OpenRead(path);
            hash.AppendData(SHA256.HashData(stream));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private sealed class Told(Action<int> tell) : IProgress<int>
    {
        public void Report(int value) => tell(value);
    }
}
