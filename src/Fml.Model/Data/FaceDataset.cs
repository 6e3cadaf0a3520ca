using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// A prepared dataset opened for reading: the index is kept in memory, pictures are read from the shards when asked for. Decoded pictures
/// are kept as long as they fit into the cache. All members may be used by several threads at once.
/// </summary>
public sealed class FaceDataset : IDisposable
{
    private readonly record struct Place(string Shard, long Offset, int Length, int Slot);

    private readonly ImmutableDictionary<string, Place> places;
    private readonly byte[]?[] decoded;
    private readonly long cacheBytes;
    private long cached;

    private FaceDataset(string folder, IndexEntry index, long cacheBytes)
    {
        Folder = folder;
        CropSize = index.CropSize;
        ColourSpace = index.ColourSpace;
        Options = index.Options;
        People = [.. index.People
            .Select(p => new PersonFrames(p.Name, [.. p.Clips.SelectMany(c => c.Frames.Select(f => f.ToFrame(p.Name, c.Name)))]))
            .Where(p => p.Frames.Length > 0)];
        Skipped = [.. index.People.SelectMany(p => p.Clips.SelectMany(c =>
            c.Skipped.Select(s => new SkippedFrame(p.Name == c.Name ? c.Name : $"{p.Name}/{c.Name}", s.Frame, s.Reason))))];
        places = index.People.SelectMany(p => p.Clips).SelectMany(c => c.Frames.Select(f => (c, f)))
            .Select((x, slot) => KeyValuePair.Create(x.f.Key, new Place(x.c.Shard!, x.f.Offset, x.f.Length, slot)))
            .ToImmutableDictionary();
        decoded = new byte[places.Count][];
        this.cacheBytes = cacheBytes;
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Side of the crops <c>W</c>, pixels.</summary>
    public int CropSize { get; }

    /// <summary>Meaning of the stored colours: "srgb", the values as cameras and screens have them.</summary>
    public string ColourSpace { get; }

    /// <summary>The resolved options that made the dataset, by name.</summary>
    public ImmutableSortedDictionary<string, string> Options { get; }

    /// <summary>The people that have frames, ordered by name.</summary>
    public ImmutableArray<PersonFrames> People { get; }

    /// <summary>Frames and clips that were left out, with reasons.</summary>
    public ImmutableArray<SkippedFrame> Skipped { get; }

    /// <summary>What the dataset is, wherever it lies: SHA-256 of its index, which names every frame and its bytes, in hexadecimal digits.</summary>
    /// <exception cref="FmlException">The index cannot be read.</exception>
    public string Fingerprint => DatasetFiles.Fingerprint(Path.Combine(Folder, DatasetFiles.Index));

    /// <summary>Number of frames of all people.</summary>
    public int FrameCount => decoded.Length;

    /// <summary>Opens a dataset; <paramref name="cacheBytes"/> bounds the memory spent on decoded pictures.</summary>
    /// <exception cref="FmlException">There is no finished dataset, it is damaged, or it was written by a newer version.</exception>
    public static FaceDataset Open(string folder, long cacheBytes = 1L << 30)
    {
        var path = Path.Combine(folder, DatasetFiles.Index);
        if (!Directory.Exists(folder)) throw new FmlException($"There is no folder {folder}.");
        if (!File.Exists(path))
        {
            throw new FmlException(File.Exists(Path.Combine(folder, DatasetFiles.Options))
                ? $"The dataset in {folder} is not finished: run the command that began it again."
                : $"{folder} holds no dataset (no {DatasetFiles.Index}): make one with 'fml prepare' or 'fml synth'.");
        }
        var index = DatasetFiles.Load<IndexEntry>(path);
        if (index.FormatVersion != DatasetFiles.Version)
            throw new FmlException($"{path} has format version {index.FormatVersion}, this program reads {DatasetFiles.Version}.");
        Check(folder, path, index);
        return new FaceDataset(folder, index, cacheBytes);
    }

    /// <summary>Reads the crop of a frame into <paramref name="rgb"/>, [CropSize, CropSize, 3] bytes, rows from the top.</summary>
    /// <exception cref="FmlException">The shard is damaged.</exception>
    /// <exception cref="ArgumentException">The frame is not of this dataset, or the span has another length.</exception>
    public void ReadImage(FaceFrame frame, Span<byte> rgb)
    {
        var size = CropSize * CropSize * 3;
        if (rgb.Length != size) throw new ArgumentException($"the picture has {size} bytes, the span {rgb.Length}", nameof(rgb));
        if (!places.TryGetValue(frame.Key, out var place))
            throw new ArgumentException($"no frame '{frame.Key}' in {Folder}", nameof(frame));
        if (Volatile.Read(ref decoded[place.Slot]) is { } known)
        {
            known.CopyTo(rgb);
            return;
        }
        Decode(frame.Key, place, rgb);
        if (Interlocked.Add(ref cached, size) <= cacheBytes) Volatile.Write(ref decoded[place.Slot], rgb.ToArray());
        else Interlocked.Add(ref cached, -size);
    }

    /// <summary>Forgets the decoded pictures.</summary>
    public void Dispose()
    {
        Array.Clear(decoded);
        Interlocked.Exchange(ref cached, 0);
    }

    private void Decode(string key, Place place, Span<byte> rgb)
    {
        var path = Path.Combine(Folder, place.Shard);
        var jpeg = new byte[place.Length];
        try
        {
            using var file = File.OpenHandle(path);
            for (var at = 0; at < jpeg.Length;)
            {
                var read = RandomAccess.Read(file, jpeg.AsSpan(at), place.Offset + at);
                if (read == 0) throw new FmlException($"{path} is truncated: frame {key} cannot be read; prepare the dataset again.");
                at += read;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FmlException($"Cannot read {path}: {e.Message}", e);
        }
        if (!Jpeg.TryDecode(jpeg, CropSize, CropSize, rgb))
            throw new FmlException($"{path} is damaged: the picture of frame {key} cannot be decoded; prepare the dataset again.");
    }

    // Everything that can be checked without reading pictures, so that a training run of hours does not die of it in the middle.
    private static void Check(string folder, string path, IndexEntry index)
    {
        if (index.CropSize < 1) throw new FmlException($"{path} is damaged: a crop size of {index.CropSize}.");
        var clips = index.People.SelectMany(p => p.Clips).ToArray();
        foreach (var clip in clips.Where(c => c.Frames.Length > 0))
        {
            var shard = new FileInfo(Path.Combine(folder, clip.Shard ?? "(unnamed shard)"));
            if (!shard.Exists) throw new FmlException($"{shard.FullName} is missing, which {path} names: prepare the dataset again.");
            if (shard.Length != clip.ShardBytes)
                throw new FmlException($"{shard.FullName} has {shard.Length} bytes instead of {clip.ShardBytes}: prepare it again.");
            if (clip.Frames.FirstOrDefault(f => f.Landmarks.Length != 2 * FaceFrame.LandmarkCount
                || f.Confidence.Length != FaceFrame.LandmarkCount || f.Offset < 0 || f.Length <= 0
                || f.Offset + f.Length > clip.ShardBytes) is { } bad)
                throw new FmlException($"{path} is damaged at frame {bad.Key}: prepare the dataset again.");
        }
        if (clips.SelectMany(c => c.Frames).GroupBy(f => f.Key, StringComparer.Ordinal).FirstOrDefault(g => g.Skip(1).Any()) is { } twice)
            throw new FmlException($"{path} is damaged: frame {twice.Key} is listed twice.");
    }
}
