using System.Collections.Immutable;
using System.Formats.Tar;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Writes a dataset folder clip by clip. A clip is either there whole or not at all, so a run that was stopped is continued by starting it
/// again:
/// <see cref="IsDone"/> then tells what need not be made a second time. Not for several threads at once.
/// </summary>
public sealed class DatasetWriter : IDisposable
{
    private readonly DatasetOptions options;
    private readonly List<ClipEntry> clips = [];
    private readonly HashSet<(string Person, string Clip)> done = [];
    private readonly HashSet<string> keys = [];
    private int nextShard;

    private DatasetWriter(string folder, DatasetOptions options)
    {
        Folder = folder;
        this.options = options;
    }

    /// <summary>The dataset's folder.</summary>
    public string Folder { get; }

    /// <summary>Starts a dataset, or continues one that the same options began; the folder is created.</summary>
    /// <exception cref="FmlException">The folder holds a dataset made with other options, holds something else, or cannot be written
    /// to.</exception>
    public static DatasetWriter Create(string folder, DatasetOptions options)
    {
        if (options.CropSize < 8)
            throw new FmlException($"A crop size of {options.CropSize} pixels is too small for a face: use at least 8.");
        if (options.ShardCount < 1 || options.Shard < 0 || options.Shard >= options.ShardCount)
            throw new FmlException($"Part {options.Shard} of {options.ShardCount} does not exist: parts are counted from 0.");
        var optionsFile = Path.Combine(folder, DatasetFiles.Options);
        if (File.Exists(folder)) throw new FmlException($"{folder} is a file: name a folder for the dataset.");
        if (File.Exists(optionsFile))
        {
            var stored = DatasetFiles.Load<ImmutableSortedDictionary<string, string>>(optionsFile);
            if (options.DifferenceTo(stored) is { } difference)
            {
                throw new FmlException(
                    $"The dataset in {folder} was begun with {difference}: use the same options to continue it, or another folder.");
            }
        }
        else if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any(e => Path.GetFileName(e) != "truth"))
        {
            throw new FmlException($"The folder {folder} is not empty and holds no dataset: name an empty or new folder.");
        }
        else
        {
            DatasetFiles.Save(optionsFile, options.Comparable);
        }
        var writer = new DatasetWriter(folder, options);
        writer.Resume();
        return writer;
    }

    /// <summary>Whether the clip is in the dataset already (possibly without a usable frame).</summary>
    public bool IsDone(string person, string clip) => done.Contains((person, clip));

    /// <summary>Adds a clip as one shard. <paramref name="frames"/> hold their crops as RGB bytes, HWC, CropSize x CropSize x 3.</summary>
    /// <exception cref="FmlException">The shard cannot be written.</exception>
    /// <exception cref="ArgumentException">The clip is there already, or a frame does not fit the dataset; the message says
    /// how.</exception>
    public void AddClip(
        string person, string clip, IReadOnlyList<(FaceFrame frame, byte[] rgb)> frames, IReadOnlyList<SkippedFrame> skipped)
    {
        if (IsDone(person, clip)) throw new ArgumentException($"clip '{clip}' of '{person}' is in the dataset already", nameof(clip));
        foreach (var (frame, rgb) in frames) Check(frame, rgb, person, clip);
        var number = nextShard;
        var entries = frames.Select(f => FrameEntry.Of(f.frame)).ToImmutableArray();
        var bytes = 0L;
        if (frames.Count > 0)
        {
            AtomicFile.Write(Path.Combine(Folder, DatasetFiles.Tar(number)), stream =>
            {
                entries = WriteShard(stream, entries, frames);
                bytes = stream.Length;
            });
        }
        var entry = new ClipEntry(
            person, clip, frames.Count > 0 ? DatasetFiles.Tar(number) : null, bytes, entries,
            [.. skipped.Select(s => new SkippedEntry(s.Index, s.Reason))]);
        DatasetFiles.Save(Path.Combine(Folder, DatasetFiles.ClipIndex(number)), entry);
        Remember(entry);
        nextShard += options.ShardCount;
    }

    /// <summary>
    /// Writes the index over all clips that are there, those of other parts included. May be called again after more clips.
    /// </summary>
    /// <exception cref="FmlException">The index cannot be written.</exception>
    public void Finish()
    {
        Resume();
        DatasetFiles.Save(Path.Combine(Folder, DatasetFiles.Index), new IndexEntry(
            DatasetFiles.Version, options.CropSize, options.ColourSpace, options.Comparable,
            [.. clips.GroupBy(c => c.Person, StringComparer.Ordinal).OrderBy(p => p.Key, StringComparer.Ordinal)
                .Select(p => new PersonEntry(p.Key, [.. p.OrderBy(c => c.Name, StringComparer.Ordinal)]))]));
    }

    /// <summary>Nothing is held open between calls.</summary>
    public void Dispose() { }

    // Reads what is there; shards of ours that a crash left without their part of the index are written over, half-written files removed.
    private void Resume()
    {
        clips.Clear();
        done.Clear();
        keys.Clear();
        nextShard = options.Shard;
        foreach (var half in Directory.EnumerateFiles(Folder, ".shard-*.part").Where(IsOurs)) File.Delete(half);
        foreach (var path in Directory.EnumerateFiles(Folder, "shard-*.json").Order(StringComparer.Ordinal))
        {
            Remember(DatasetFiles.Load<ClipEntry>(path));
            if (IsOurs(path)) nextShard = DatasetFiles.ShardNumber(path)!.Value + options.ShardCount;
        }
    }

    private bool IsOurs(string path) => DatasetFiles.ShardNumber(path) % options.ShardCount == options.Shard;

    private void Remember(ClipEntry clip)
    {
        clips.Add(clip);
        done.Add((clip.Person, clip.Name));
        keys.UnionWith(clip.Frames.Select(f => f.Key));
    }

    private void Check(FaceFrame frame, byte[] rgb, string person, string clip)
    {
        var fault =
            FrameKeys.Fault(frame.Key) is { } key ? $"its key is unusable: {key}"
            : keys.Contains(frame.Key) ? "its key is in the dataset already"
            : frame.Person != person || frame.Clip != clip ? $"it belongs to '{frame.Person}', '{frame.Clip}'"
            : frame.Landmarks.Length != FaceFrame.LandmarkCount || frame.Confidence.Length != FaceFrame.LandmarkCount
                ? $"it has {frame.Landmarks.Length} landmarks, {frame.Confidence.Length} confidences instead of {FaceFrame.LandmarkCount}"
            : !frame.Landmarks.All(p => float.IsFinite(p.X) && float.IsFinite(p.Y)) ? "a landmark is not finite"
            : rgb.Length != options.CropSize * options.CropSize * 3
                ? $"its picture has {rgb.Length} bytes instead of {options.CropSize} x {options.CropSize} x 3"
            : null;
        if (fault is not null) throw new ArgumentException($"frame '{frame.Key}' of clip '{clip}' of '{person}' cannot be stored: {fault}");
    }

    private ImmutableArray<FrameEntry> WriteShard(
        Stream stream, ImmutableArray<FrameEntry> entries, IReadOnlyList<(FaceFrame frame, byte[] rgb)> frames)
    {
        using var tar = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true);
        var located = ImmutableArray.CreateBuilder<FrameEntry>(entries.Length);
        for (var i = 0; i < entries.Length; i++)
        {
            var jpeg = Jpeg.Encode(frames[i].rgb, options.CropSize, options.CropSize);
            Add(tar, entries[i].Key + ".jpg", jpeg);
            located.Add(entries[i] with { Offset = stream.Position - Padded(jpeg.Length), Length = jpeg.Length });
            Add(tar, entries[i].Key + ".json", DatasetFiles.Bytes(entries[i]));
        }
        return located.MoveToImmutable();
    }

    private static long Padded(long bytes) => (bytes + 511) / 512 * 512;

    // A fixed time and mode: the same frames give the same bytes.
    private static void Add(TarWriter tar, string name, byte[] bytes) => tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name)
    {
        DataStream = new MemoryStream(bytes, writable: false),
        ModificationTime = DateTimeOffset.UnixEpoch,
        Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
    });
}
