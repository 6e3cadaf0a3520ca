using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>One clip as it goes into a dataset: frames with their crops as bytes, and the truth.</summary>
internal sealed record ShotClip(string Name, (FaceFrame Frame, byte[] Rgb)[] Frames, FrameTruth[] Truth);

/// <summary>Films a clip: truth, observed landmarks, crops as preparing a real clip gives them, and pictures drawn at the crop's
/// resolution.</summary>
internal static class ClipShoot
{
    private const float FacingLeast = 0.12f; // cosine below which a point counts as turned away
    private const float HiddenBehind = 9; // mm nearer than the landmark: something covers it
    private static readonly float CoveredMore = MathF.Sqrt(3); // with the noise of all points, twice that noise

    private static readonly ThreadLocal<SceneRenderer?> Renderers = new();

    public static ShotClip Take(SynthesisOptions options, string folder, SyntheticPerson person, int clipNumber)
    {
        var seed = options.Seed;
        var clip = SyntheticClip.Draw(options, person, clipNumber, Chance.Stream(seed, person.Number, 4, clipNumber));
        var chance = Chance.Stream(seed, person.Number, 5, clipNumber);
        var whole = new PersonTruth(person.Name, person.Neutral, person.Look.Albedo, []);
        var truth = Enumerable.Range(0, options.FramesPerClip)
            .Select(i => clip.TruthAt(FaceFrame.MakeKey(person.Name, clip.Name, i), i / options.FrameRate)).ToArray();
        var faces = truth.Select(frame => SyntheticClip.PosedFace(person.Template, whole, frame)).ToArray();
        var exact = faces.Select(face => PosedLandmarks.On(person.Template, face)).ToArray();
        var places = exact.Select(points => points.Select(p => options.Camera.Project(p.Point)).ToImmutableArray()).ToArray();

        // The noise is told in crop pixels, the crop follows from noisy landmarks: its size is that of the exact ones to within a percent.
        var pixel = 1 / FaceCrops.Plan(places, options.CropSize)[0].Scale;
        var observed = places.Select((points, f) => points.Select((place, i) =>
            place + options.LandmarkNoise * pixel * (exact[f][i].Facing < FacingLeast ? 2 : 1)
            * new Vector2(chance.Normal(), chance.Normal())).ToImmutableArray()).ToArray();
        var crops = FaceCrops.Plan(observed, options.CropSize);

        var more = Chance.Stream(seed, person.Number, 9, clipNumber);
        var frames = new (FaceFrame, byte[])[truth.Length];
        for (var f = 0; f < frames.Length; f++)
        {
            var crop = crops[f];
            var renderer = RendererOf(options);
            var picture = clip.Render(
                renderer, faces[f], truth[f], crop.Apply(options.Camera), place => crop.Invert(place) / options.OriginalWidth,
                f / options.FrameRate);
            var covered = clip.Occluder is null ? [] : Covered(renderer, crop, exact[f], places[f]);
            foreach (var i in covered) observed[f] = observed[f].SetItem(i, observed[f][i] + options.LandmarkNoise * pixel * CoveredMore * Shaken(more));
            var confidence = exact[f].Select((p, i) => Confidence(renderer, crop, p, places[f][i], chance)).ToImmutableArray();
            frames[f] = (new FaceFrame
            {
                Key = truth[f].Key,
                Person = person.Name,
                Clip = clip.Name,
                Index = f,
                Time = f / options.FrameRate,
                Landmarks = [.. observed[f].Select(crop.Apply)],
                Confidence = confidence,
                Crop = crop,
                Camera = options.Camera,
                OriginalWidth = options.OriginalWidth,
                OriginalHeight = options.OriginalHeight,
                CameraKnown = true,
            }, Stored(clip, more, clip.Look.Expose(chance, picture, options.CropSize, options.CropSize), options.CropSize));
        }
        if (options.WithVideo) SyntheticFilm.Write(options, folder, person, clip, Chance.Stream(seed, person.Number, 6, clipNumber));
        return new ShotClip(clip.Name, frames, truth);
    }

    // Points that face the camera, but something is in front of them: they are as uncertain as those turned away.
    private static int[] Covered(
        SceneRenderer renderer, CropTransform crop, (Vector3 Point, float Facing)[] landmarks, ImmutableArray<Vector2> places) =>
    [
        .. Enumerable.Range(0, landmarks.Length).Where(i =>
            landmarks[i].Facing >= FacingLeast && renderer.DepthAt(crop.Apply(places[i])) < -landmarks[i].Point.Z - HiddenBehind),
    ];

    private static Vector2 Shaken(Random random) => new(random.Normal(), random.Normal());

    private static byte[] Stored(SyntheticClip clip, Random random, byte[] picture, int side) =>
        clip.Damage is { } damage ? damage.Apply(random, picture, side) : picture;

    // A detector is sure of what it sees and guesses what is turned away or covered.
    private static float Confidence(
        SceneRenderer renderer, CropTransform crop, (Vector3 Point, float Facing) landmark, Vector2 place, Random chance)
    {
        var hidden = landmark.Facing < FacingLeast || renderer.DepthAt(crop.Apply(place)) < -landmark.Point.Z - HiddenBehind;
        return hidden ? chance.Between(0.2f, 0.5f) : chance.Between(0.85f, 1);
    }

    private static SceneRenderer RendererOf(SynthesisOptions options)
    {
        var renderer = Renderers.Value;
        if (renderer is null || renderer.Width != options.CropSize || renderer.Samples != options.Supersampling)
            Renderers.Value = renderer = new SceneRenderer(options.CropSize, options.CropSize, options.Supersampling);
        return renderer;
    }
}
