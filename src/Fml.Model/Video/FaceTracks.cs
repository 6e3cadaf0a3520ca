using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>A face in a frame.</summary>
internal sealed record FoundFace(int Frame, FaceBox Box, FoundLandmarks Landmarks)
{
    /// <summary>Larger side of the landmarks' bounding box, pixels.</summary>
    public float Size => FaceCrops.Box(Landmarks.Points).Size is var size ? Math.Max(size.X, size.Y) : 0;

    /// <summary>How far the looks at the face disagree: mean deviation of a landmark over the face's size.</summary>
    public float Disagreement => Landmarks.Deviation.Average() / Math.Max(1, Size);
}

/// <summary>One face through the frames of a clip; a frame has it once or not at all.</summary>
internal sealed record FaceTrack(ImmutableList<FoundFace> Faces)
{
    public FoundFace Last => Faces[^1];

    /// <summary>Constancy and size together: the sum over its frames of score times size.</summary>
    public float Weight => Faces.Sum(f => f.Box.Score * f.Box.Side);

    /// <summary>Whether a box can be the next of this track, however long the face was away: about as large and not far off.</summary>
    public bool Accepts(FaceBox box) =>
        (box.Center - Last.Box.Center).Length() < 0.6f * Last.Box.Side && box.Side / Last.Box.Side is > 0.55f and < 1.8f;
}

/// <summary>Follows all faces through a clip and picks one.</summary>
internal sealed class FaceTracks(FaceDetector detector, LandmarkFinder finder)
{
    // A face must be this sure to be taken up, but may be less sure while it is followed.
    private const float Sure = 0.5f, Likely = 0.2f;
    private const int MostFaces = 3, SearchEvery = 8;

    // Looks at a true face differ by about 0.01 of its size; where they differ by more than this there is none, or one that cannot be read.
    private const float WorstDisagreement = 0.05f;
    private const float LeastSize = 20;

    private readonly List<FaceTrack> tracks = [];
    private readonly Dictionary<int, string> faults = [];
    private int count;

    /// <summary>Looks for faces in the next frame.</summary>
    public void Add(VideoFrame frame)
    {
        var followed = tracks.Where(t => t.Last.Frame == previous).OrderByDescending(t => t.Weight).Take(MostFaces).ToArray();
        var near = followed.SelectMany(t => detector.Near(frame.Image, t.Last.Box, Likely).Where(t.Accepts).Take(1));
        var boxes = FaceDetector.Suppress(near);
        if (boxes.Length < Math.Max(1, followed.Length) || count % SearchEvery == 0)
        {
            var anywhere = detector.Search(frame.Image, Likely).Where(b => b.Score >= Sure || tracks.Any(t => t.Accepts(b)));
            boxes = FaceDetector.Suppress(boxes.Concat(anywhere));
        }
        var fault = "no face found";
        foreach (var box in boxes.OrderByDescending(b => b.Score * b.Side).Take(MostFaces))
        {
            var face = new FoundFace(frame.Index, box, finder.Find(frame.Image, box));
            if (Fault(face, frame.Image) is { } reason) fault = reason;
            else Link(face);
        }
        faults[frame.Index] = fault;
        (previous, count) = (frame.Index, count + 1);
    }

    private int previous = -1;

    /// <summary>
    /// The most constant and largest face, frame by frame, and why each other frame has none; null when no frame has any.
    /// </summary>
    public (ImmutableArray<FoundFace> Faces, ImmutableArray<(int Frame, string Reason)> Missing, int Others) Choose()
    {
        var best = tracks.MaxBy(t => t.Weight);
        var faces = best?.Faces.ToImmutableArray() ?? [];
        var have = faces.Select(f => f.Frame).ToHashSet();
        var others = tracks.Where(t => t != best).SelectMany(t => t.Faces).Select(f => f.Frame).ToHashSet();
        return (faces, [.. faults.Where(f => !have.Contains(f.Key)).OrderBy(f => f.Key)
            .Select(f => (f.Key, others.Contains(f.Key) ? "only another face than the clip's main one found" : f.Value))], others.Count);
    }

    private void Link(FoundFace face)
    {
        var at = Enumerable.Range(0, tracks.Count).Where(i => tracks[i].Last.Frame < face.Frame && tracks[i].Accepts(face.Box))
            .OrderByDescending(i => tracks[i].Last.Frame).ThenByDescending(i => tracks[i].Last.Box.Overlap(face.Box))
            .Cast<int?>().FirstOrDefault();
        if (at is { } index) tracks[index] = new FaceTrack(tracks[index].Faces.Add(face));
        else tracks.Add(new FaceTrack([face]));
    }

    private static string? Fault(FoundFace face, RgbImage image)
    {
        var points = face.Landmarks.Points;
        var outside = points.Count(p => p.X < 0 || p.Y < 0 || p.X >= image.Width || p.Y >= image.Height);
        return !(face.Size >= LeastSize) ? $"the face is too small ({face.Size:0} pixels)"
            : !(face.Disagreement <= WorstDisagreement)
                ? $"the landmarks cannot be told ({100 * face.Disagreement:0} % of the face's size apart)"
            : outside > 17 ? "the face is cut off by the picture's edge"
            : null;
    }
}
