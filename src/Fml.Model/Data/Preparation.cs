using System.Collections.Immutable;
using System.Globalization;
using Fml.Native;

namespace Fml.Model;

/// <summary>What <see cref="Preparation.Run"/> is asked to do.</summary>
public sealed record PreparationOptions
{
    /// <summary>A folder of clips and photos, or one file; see <see cref="ClipFile.Find"/> for who is a person.</summary>
    public required string Source { get; init; }

    /// <summary>The clips themselves, instead of what <see cref="Source"/> holds; null to look there.</summary>
    public ImmutableArray<ClipFile>? Clips { get; init; }

    /// <summary>The dataset's folder, new or begun with the same options.</summary>
    public required string Target { get; init; }

    /// <summary>Side of the crops <c>W</c>, pixels.</summary>
    public int CropSize { get; init; } = 128;

    /// <summary>Which frames of videos are used.</summary>
    public VideoOptions Video { get; init; } = new();

    /// <summary>File of landmarks to use instead of the face networks; see <see cref="LandmarkFile"/>.</summary>
    public string? Landmarks { get; init; }

    /// <summary>Folder of the face networks; see <see cref="FaceApiWeights.Find"/>.</summary>
    public string? Networks { get; init; }

    /// <summary>Focal length of the original images, pixels, if known.</summary>
    public float? Focal { get; init; }

    /// <summary>Which part of the clips this run does, 0 .. <see cref="ShardCount"/>-1: every <see cref="ShardCount"/>-th.</summary>
    public int Shard { get; init; }

    /// <summary>Over how many runs the clips are shared out.</summary>
    public int ShardCount { get; init; } = 1;
}

/// <summary>How far a preparation is.</summary>
/// <param name="Done">Clips finished, those of earlier runs included.</param>
/// <param name="Total">Clips of this run.</param>
/// <param name="Clip">The clip at hand.</param>
/// <param name="Frames">Frames of it looked at.</param>
/// <param name="Message">Something a person should read, when a clip ends with frames left out; else null.</param>
public sealed record PreparationProgress(int Done, int Total, string Clip, int Frames, string? Message = null);

/// <summary>What a preparation came to, earlier runs included.</summary>
/// <param name="People">People with frames.</param>
/// <param name="Clips">Clips, those without a usable frame included.</param>
/// <param name="Frames">Frames with a usable face.</param>
/// <param name="Skipped">Frames and (index -1) clips left out.</param>
public sealed record PreparationSummary(int People, int Clips, int Frames, ImmutableArray<SkippedFrame> Skipped);

/// <summary>Makes a dataset of clips and photos: what <c>fml prepare</c> does.</summary>
public static class Preparation
{
    /// <summary>
    /// Prepares all clips that the dataset lacks. A clip that is damaged or shows no usable face is listed with the reason and the rest
    /// goes on; stopped at any moment, the same call continues with the clip it was stopped in.
    /// </summary>
    /// <exception cref="FmlException">No clips, no usable face in any, other options than those the dataset was begun with, a missing
    /// program.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static PreparationSummary Run(
        PreparationOptions options, IProgress<PreparationProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (options.ShardCount < 1 || options.Shard < 0 || options.Shard >= options.ShardCount)
            throw new FmlException($"Part {options.Shard} of {options.ShardCount} does not exist: parts are counted from 0.");
        var all = options.Clips ?? ClipFile.Find(options.Source);
        ImmutableArray<ClipFile> mine = [.. all.Where((_, i) => i % options.ShardCount == options.Shard)];
        if (mine.Any(c => VideoReader.IsVideo(c.Path))) VideoReader.DemandPrograms();
        var landmarks = options.Landmarks is { } file ? LandmarkFile.Load(file) : null;
        using var preparer = new ClipPreparer(options.CropSize, landmarks, options.Networks, options.Focal);
        using var writer = DatasetWriter.Create(options.Target, Stored(options));
        foreach (var (clip, done) in mine.Select((clip, i) => (clip, i)))
        {
            cancellation.ThrowIfCancellationRequested();
            if (writer.IsDone(clip.Person, clip.Clip)) continue;
            progress?.Report(new(done, mine.Length, clip.Clip, 0));
            var prepared = Prepare(preparer, clip, options.Video, Told, cancellation);
            void Told(int frames) => progress?.Report(new(done, mine.Length, clip.Clip, frames));
            writer.AddClip(clip.Person, clip.Clip, prepared.Frames, prepared.Skipped);
            progress?.Report(new(done + 1, mine.Length, clip.Clip, prepared.Frames.Length, Message(clip, prepared)));
        }
        writer.Finish();
        return Summary(options);
    }

    private static PreparedClip Prepare(
        ClipPreparer preparer, ClipFile clip, VideoOptions video, Action<int> frameDone, CancellationToken cancellation)
    {
        try
        {
            return preparer.Prepare(clip.Path, clip.Person, clip.Clip, video, frameDone, cancellation);
        }
        catch (FmlException e)
        {
            return new PreparedClip([], [new SkippedFrame(clip.Clip, -1, e.Message)], 0);
        }
    }

    private static string? Message(ClipFile clip, PreparedClip prepared)
    {
        if (prepared.Frames.Length == 0) return $"{clip.Path}: {prepared.Skipped.First(s => s.Index == -1).Reason}; left out";
        var reasons = prepared.Skipped.GroupBy(s => s.Reason)
            .Select(g => g.Count() == 1 ? $"{g.Key} (frame {g.First().Index})" : $"{g.Key} ({g.Count()} frames)");
        var others = prepared.FramesWithOthers > 0
            ? [$"other faces in {prepared.FramesWithOthers} frames, the most constant and largest was taken"] : Array.Empty<string>();
        var text = string.Join("; ", reasons.Concat(others));
        return text.Length > 0 ? $"{clip.Path}: {text}" : null;
    }

    private static PreparationSummary Summary(PreparationOptions options)
    {
        using var data = FaceDataset.Open(options.Target, cacheBytes: 0);
        if (data.FrameCount == 0)
        {
            throw new FmlException(
                $"No usable face in any clip of {options.Source}: {data.Skipped.FirstOrDefault(s => s.Index == -1)?.Reason}; "
                + $"{Path.Combine(options.Target, "dataset.json")} lists every reason.");
        }
        var left = data.Skipped.Where(s => s.Index == -1).Select(s => s.Clip).Distinct().Count();
        var clips = data.People.SelectMany(p => p.Frames).Select(f => (f.Person, f.Clip)).Distinct().Count();
        return new PreparationSummary(data.People.Length, clips + left, data.FrameCount, data.Skipped);
    }

    private static DatasetOptions Stored(PreparationOptions options) => new()
    {
        CropSize = options.CropSize,
        Shard = options.Shard,
        ShardCount = options.ShardCount,
        Settings = new Dictionary<string, string>
        {
            ["stride"] = options.Video.Stride.ToString(CultureInfo.InvariantCulture),
            ["max frames"] = options.Video.MaxFrames?.ToString(CultureInfo.InvariantCulture) ?? "all",
            ["frames a second"] = options.Video.FramesPerSecond?.ToString(CultureInfo.InvariantCulture) ?? "all",
            ["landmarks"] = options.Landmarks is null ? "face-api 1.7.15" : "supplied",
            ["focal length"] = options.Focal?.ToString(CultureInfo.InvariantCulture) ?? "4.53 W of the crop",
        }.ToImmutableSortedDictionary(),
    };
}
