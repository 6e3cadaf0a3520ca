using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>The truth about a person in the form of a reconstruction, to be drawn and compared as one.</summary>
internal static class TrueFace
{
    /// <summary>What a perfect reconstruction from some frames would be.</summary>
    /// <param name="template">The template of the truth.</param>
    /// <param name="truth">The person.</param>
    /// <param name="frames">Frames whose truth is known.</param>
    public static Reconstruction Of(FaceTemplate template, PersonTruth truth, IReadOnlyList<CropFrame> frames)
    {
        var known = truth.Frames.ToDictionary(frame => frame.Key);
        return new Reconstruction
        {
            Person = truth.Person,
            Template = template,
            Neutral = [.. truth.Neutral],
            Albedo = [.. truth.Albedo],
            Alpha = [],
            Beta = [],
            Frames = [.. frames.Select(given => Frame(known[given.Frame.Key], given))],
        };
    }

    private static ReconstructedFrame Frame(FrameTruth truth, CropFrame given) => new()
    {
        Key = truth.Key,
        Expression = [.. truth.Expression],
        Rotation = truth.Rotation,
        Translation = truth.Translation,
        Light = Light(truth.Light),
        CropSize = (int)Math.Round(Math.Sqrt(given.Rgb.Length / 3.0)),
        Crop = given.Frame.Crop,
        Camera = given.Frame.Camera,
        OriginalWidth = given.Frame.OriginalWidth,
        OriginalHeight = given.Frame.OriginalHeight,
        CameraKnown = true,
    };

    /// <summary>Light as a reconstruction has it, [9] of RGB, from [9*3].</summary>
    public static ImmutableArray<Vector3> Light(float[] light) => [.. light.Chunk(3).Select(c => new Vector3(c))];

    /// <summary>
    /// Frames under another light: the true face, drawn under that light over the frame's own picture. A pair of such pictures differs in
    /// nothing but the light.
    /// </summary>
    /// <param name="face">The truth for those frames; see <see cref="Of"/>.</param>
    /// <param name="frames">The frames.</param>
    /// <param name="light">[9] of RGB.</param>
    public static CropFrame[] Relit(Reconstruction face, IReadOnlyList<CropFrame> frames, ImmutableArray<Vector3> light) =>
    [
        .. frames.Zip(face.Frames, (given, frame) =>
            given with { Rgb = FacePictures.Overlay(FaceView.Of(frame), face, frame with { Light = light }, given.Rgb) }),
    ];
}
