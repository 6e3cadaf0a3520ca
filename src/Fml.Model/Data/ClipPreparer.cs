using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>A clip as it goes into a dataset.</summary>
/// <param name="Frames">Frames with a usable face and their crops, RGB bytes HWC.</param>
/// <param name="Skipped">Frames left out; one with index -1 stands for the whole clip.</param>
/// <param name="FramesWithOthers">In how many frames another face was seen as well.</param>
public sealed record PreparedClip(
    ImmutableArray<(FaceFrame Frame, byte[] Rgb)> Frames, ImmutableArray<SkippedFrame> Skipped, int FramesWithOthers);

/// <summary>
/// Turns clips and photos into crops with landmarks: found by the face networks, or supplied. Of several faces the most constant and
/// largest is taken. For one thread at a time.
/// </summary>
public sealed class ClipPreparer : IDisposable
{
    private readonly int cropSize;
    private readonly float? focal;
    private readonly LandmarkFile? supplied;
    private readonly GraphFaceNetwork? detector;
    private readonly GraphFaceNetwork? landmarks;

    /// <summary>Makes ready.</summary>
    /// <param name="cropSize">Side of the crops <c>W</c>, pixels.</param>
    /// <param name="supplied">Landmarks to use instead of the networks.</param>
    /// <param name="networks">The networks' folder; null to look where <see cref="FaceApiWeights.Find"/> does. Unused with supplied
    /// landmarks.</param>
    /// <param name="focal">Focal length of the original images, pixels, if known; null for the default of method.md, <c>4.53 W</c> of the
    /// crop.</param>
    /// <param name="device">Where the networks run; null for the default.</param>
    /// <exception cref="FmlException">The networks are missing or damaged.</exception>
    public ClipPreparer(int cropSize, LandmarkFile? supplied = null, string? networks = null, float? focal = null, Device? device = null)
    {
        if (focal is { } f && !(f > 0)) throw new FmlException($"A focal length of {focal} pixels is impossible: give one above 0.");
        (this.cropSize, this.focal, this.supplied) = (cropSize, focal, supplied);
        if (supplied is not null) return;
        var folder = FaceApiWeights.Find(networks);
        detector = new GraphFaceNetwork(FaceNetwork.Detector, folder, device ?? Device.Default);
        landmarks = new GraphFaceNetwork(FaceNetwork.Landmarks, folder, device ?? Device.Default);
    }

    /// <summary>
    /// Prepares one clip or photo. Damage within a video ends the clip there and is listed; the frames before it are used.
    /// <paramref name="frameDone"/> is told the number of frames looked at so far.
    /// </summary>
    /// <exception cref="FmlException">Nothing of the clip can be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public PreparedClip Prepare(
        string path, string person, string clip, VideoOptions? video = null, Action<int>? frameDone = null,
        CancellationToken cancellation = default)
    {
        video ??= new VideoOptions();
        var name = person == clip ? clip : $"{person}/{clip}";
        var (found, skipped, others) = Look(path, person, clip, video, frameDone, cancellation);
        var list = skipped.Select(s => new SkippedFrame(name, s.Frame, s.Reason)).ToList();
        if (found.Length == 0) list.Insert(0, new SkippedFrame(name, -1, "no usable face in any frame"));
        return new PreparedClip(Cut(path, person, clip, video, found, cancellation), [.. list], others);
    }

    /// <summary>Frees the networks.</summary>
    public void Dispose()
    {
        detector?.Dispose();
        landmarks?.Dispose();
    }

    private sealed record Marked(int Frame, ImmutableArray<Vector2> Points, ImmutableArray<float> Confidence);

    // First pass over the clip: where the face is. Frames are not kept, so a clip may be of any length.
    private (ImmutableArray<Marked> Found, ImmutableArray<(int Frame, string Reason)> Skipped, int Others) Look(
        string path, string person, string clip, VideoOptions video, Action<int>? frameDone, CancellationToken cancellation)
    {
        var tracks = supplied is null ? new FaceTracks(new FaceDetector(detector!.Run), new LandmarkFinder(landmarks!.Run)) : null;
        var given = ImmutableArray.CreateBuilder<Marked>();
        var missing = ImmutableArray.CreateBuilder<(int, string)>();
        var (count, last, damage) = (0, -1, (string?)null);
        try
        {
            foreach (var frame in FrameSource.Read(path, video, cancellation))
            {
                cancellation.ThrowIfCancellationRequested();
                tracks?.Add(frame);
                if (supplied?.Find(person, clip, frame.Index) is { } marks)
                    given.Add(new Marked(frame.Index, marks.Points, marks.Confidence));
                else if (supplied is not null) missing.Add((frame.Index, "no landmarks were supplied"));
                last = frame.Index;
                frameDone?.Invoke(++count);
            }
        }
        catch (FmlException e) when (count > 0)
        {
            damage = e.Message;
        }
        var others = 0;
        if (tracks?.Choose() is { } chosen)
        {
            given.AddRange(chosen.Faces.Select(f => new Marked(f.Frame, f.Landmarks.Points, Confidence(f))));
            missing.AddRange(chosen.Missing);
            others = chosen.Others;
        }
        if (damage is not null) missing.Add((last + 1, damage));
        return (given.ToImmutable(), missing.ToImmutable(), others);
    }

    // Trust falls with the detector's doubt and with the disagreement between looks: half at 3 % of the face's size.
    private static ImmutableArray<float> Confidence(FoundFace face) =>
    [
        .. face.Landmarks.Deviation.Select(d => d / (0.03f * face.Size))
            .Select(d => Math.Clamp(1.25f * face.Box.Score, 0, 1) / (1 + d * d)),
    ];

    // Second pass: the crops, now that the clip's one side length is known.
    private ImmutableArray<(FaceFrame, byte[])> Cut(
        string path, string person, string clip, VideoOptions video, ImmutableArray<Marked> found, CancellationToken cancellation)
    {
        if (found.Length == 0) return [];
        var crops = FaceCrops.Plan([.. found.Select(f => f.Points)], cropSize);
        var places = found.Select((f, i) => (f.Frame, i)).ToDictionary();
        var result = ImmutableArray.CreateBuilder<(FaceFrame, byte[])>(found.Length);
        foreach (var frame in FrameSource.Read(path, video, cancellation))
        {
            if (places.TryGetValue(frame.Index, out var i))
                result.Add((Frame(person, clip, frame, found[i], crops[i]), CropResampler.Crop(frame.Image, crops[i], cropSize)));
            if (result.Count == found.Length) break; // before the damage that the first pass may have met
        }
        return result.ToImmutable();
    }

    private FaceFrame Frame(string person, string clip, VideoFrame frame, Marked marked, CropTransform crop) => new()
    {
        Key = FaceFrame.MakeKey(person, clip, frame.Index),
        Person = person,
        Clip = clip,
        Index = frame.Index,
        Time = frame.Time,
        Landmarks = [.. marked.Points.Select(crop.Apply)],
        Confidence = marked.Confidence,
        Crop = crop,
        Camera = focal is { } f
            ? new Intrinsics(f, frame.Image.Width / 2f, frame.Image.Height / 2f)
            : crop.Invert(Intrinsics.Default(cropSize)),
        CameraKnown = focal is not null,
        OriginalWidth = frame.Image.Width,
        OriginalHeight = frame.Image.Height,
    };
}
