using System.Collections.Immutable;
using System.Globalization;
using Fml.Native;

namespace Fml.Model;

/// <summary>What synthetic clips are made of. The same options give the same bytes, however many threads make them.</summary>
public sealed record SynthesisOptions
{
    /// <summary>Where the faces come from, and on which template.</summary>
    public required IdentitySource Identities { get; init; }

    /// <summary>Number of people.</summary>
    public int People { get; init; } = 100;

    /// <summary>Clips of each person: each has its own light, distance, background, pose and mood.</summary>
    public int ClipsPerPerson { get; init; } = 2;

    /// <summary>Frames of each clip.</summary>
    public int FramesPerClip { get; init; } = 8;

    /// <summary>Frames a second; slow by default, so that few frames show much movement.</summary>
    public double FrameRate { get; init; } = 4;

    /// <summary>Side of the crops <c>W</c>, pixels.</summary>
    public int CropSize { get; init; } = 112;

    /// <summary>Seed of everything.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Standard deviation of the landmarks' noise, crop pixels per coordinate; doubled where the point is hidden. 0 gives exact
    /// landmarks.</summary>
    public float LandmarkNoise { get; init; } = 1;

    /// <summary>Factor on blur and sensor noise of the pictures; 0 gives clean pictures, 1 those of an ordinary camera.</summary>
    public float CameraNoise { get; init; } = 1;

    /// <summary>Median distance of a clip's face from the camera, mm.</summary>
    public float DistanceMedian { get; init; } = 1000;

    /// <summary>Standard deviation of the logarithm of a clip's distance: distances are log-normal.</summary>
    public float DistanceDeviation { get; init; } = 0.06f;

    /// <summary>Hair, neck and shoulders around the face.</summary>
    public bool WithSurroundings { get; init; } = true;

    /// <summary>Share of the clips in which a hand, glasses or strands of hair are in front of the face.</summary>
    public float OccluderShare { get; init; }

    /// <summary>How much a poor camera takes away from the pictures - pixels, noise, JPEG - from 0, nothing, to 1; see
    /// <see cref="CameraDamage"/>.</summary>
    public float Damage { get; init; }

    /// <summary>Samples per pixel side against jagged edges, 1 to 4.</summary>
    public int Supersampling { get; init; } = 2;

    /// <summary>Width of the original images, pixels.</summary>
    public int OriginalWidth { get; init; } = 640;

    /// <summary>Height of the original images, pixels.</summary>
    public int OriginalHeight { get; init; } = 480;

    /// <summary>Focal length of the original images, pixels; the camera is known to whoever reads the dataset.</summary>
    public float Focal { get; init; } = 1015;

    /// <summary>Also writes each clip as an H.264 film under <c>video/</c>, for which ffmpeg is needed.</summary>
    public bool WithVideo { get; init; }

    internal Intrinsics Camera => new(Focal, OriginalWidth / 2f, OriginalHeight / 2f);

    internal void Check()
    {
        if (People < 1 || ClipsPerPerson < 1 || FramesPerClip < 1)
            throw new FmlException(
                $"Nothing to make of {People} people with {ClipsPerPerson} clips of {FramesPerClip} frames: each must be at least 1.");
        if (Supersampling is < 1 or > 4) throw new FmlException($"Supersampling must be 1 to 4, not {Supersampling}.");
        if (!(OccluderShare is >= 0 and <= 1 && Damage is >= 0 and <= 1))
            throw new FmlException($"The share of occluders ({OccluderShare}) and the damage ({Damage}) must lie between 0 and 1.");
        if (!(LandmarkNoise >= 0 && CameraNoise >= 0 && DistanceDeviation >= 0 && FrameRate > 0 && DistanceMedian >= 200 && Focal > 0))
            throw new FmlException(
                "Noise and deviations must not be negative, the frame rate and the focal length positive, the distance at least 200 mm.");
    }

    // Everything that decides about the bytes, as the dataset stores it.
    internal ImmutableSortedDictionary<string, string> Settings => ImmutableSortedDictionary<string, string>.Empty.AddRange(
        new (string Name, IFormattable Value)[]
        {
            ("people", People), ("clips", ClipsPerPerson), ("frames", FramesPerClip), ("frame rate", FrameRate), ("seed", Seed),
            ("landmark noise", LandmarkNoise), ("camera noise", CameraNoise), ("distance median", DistanceMedian),
            ("distance deviation", DistanceDeviation), ("supersampling", Supersampling), ("width", OriginalWidth),
            ("height", OriginalHeight), ("focal", Focal), ("vertices", Identities.Template.VertexCount),
        }.Select(s => KeyValuePair.Create(s.Name, s.Value.ToString(null, CultureInfo.InvariantCulture))))
        .Add("source", "synthetic")
        .Add("template", Identities.Template.Name)
        .Add("identities", Identities.Name)
        .Add("surroundings", WithSurroundings ? "yes" : "no")
        .AddRange(
            new[] { ("occluders", OccluderShare), ("damage", Damage) }.Where(s => s.Item2 > 0)
                .Select(s => KeyValuePair.Create(s.Item1, s.Item2.ToString(CultureInfo.InvariantCulture))));
}
