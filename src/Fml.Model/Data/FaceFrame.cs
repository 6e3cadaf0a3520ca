using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>A pinhole camera with square pixels: image x right, y down, pixel centres at +0.5.</summary>
/// <param name="Focal">Focal length <c>f</c>, pixels.</param>
/// <param name="CenterX">Principal point, pixels from the left edge.</param>
/// <param name="CenterY">Principal point, pixels from the top edge.</param>
public readonly record struct Intrinsics(float Focal, float CenterX, float CenterY)
{
    /// <summary>The ratio <c>f / W</c> assumed of a crop whose camera is unknown (1015 px at 224).</summary>
    public const float DefaultFocalPerWidth = 4.53f;

    /// <summary>
    /// The default camera of an image <paramref name="size"/> pixels wide and high: <c>f = 4.53 W</c>, centre in the middle.
    /// </summary>
    public static Intrinsics Default(int size) => new(DefaultFocalPerWidth * size, size / 2f, size / 2f);

    /// <summary>Where a point in camera space, mm, appears, pixels.</summary>
    internal Vector2 Project(Vector3 point) => new(CenterX + Focal * point.X / -point.Z, CenterY - Focal * point.Y / -point.Z);
}

/// <summary>
/// The map from an original image to a crop, without roll: <c>crop = Scale * original + Offset</c>, method.md's
/// <c>A = [s 0 ox; 0 s oy; 0 0 1]</c>. Pixel edges map to pixel edges (coordinates with pixel centres at +0.5).
/// </summary>
/// <param name="Scale">Crop pixels per original pixel, above 0.</param>
/// <param name="OffsetX">Crop pixels.</param>
/// <param name="OffsetY">Crop pixels.</param>
public readonly record struct CropTransform(float Scale, float OffsetX, float OffsetY)
{
    /// <summary>
    /// The square of side <paramref name="side"/> original pixels around <paramref name="center"/>, as a crop of the given size.
    /// </summary>
    public static CropTransform Around(Vector2 center, float side, int cropSize)
    {
        var scale = cropSize / side;
        return new(scale, cropSize / 2f - scale * center.X, cropSize / 2f - scale * center.Y);
    }

    /// <summary>From original pixels to crop pixels.</summary>
    public Vector2 Apply(Vector2 original) => Scale * original + new Vector2(OffsetX, OffsetY);

    /// <summary>From crop pixels back to original pixels.</summary>
    public Vector2 Invert(Vector2 crop) => (crop - new Vector2(OffsetX, OffsetY)) / Scale;

    /// <summary>The camera of the crop, <c>K_crop = A K</c>.</summary>
    public Intrinsics Apply(Intrinsics camera) =>
        new(Scale * camera.Focal, Scale * camera.CenterX + OffsetX, Scale * camera.CenterY + OffsetY);

    /// <summary>The original camera whose crop has the given one, <c>K = A^-1 K_crop</c>.</summary>
    public Intrinsics Invert(Intrinsics cropCamera) =>
        new(cropCamera.Focal / Scale, (cropCamera.CenterX - OffsetX) / Scale, (cropCamera.CenterY - OffsetY) / Scale);
}

/// <summary>One frame of one person, as stored in a dataset.</summary>
public sealed record FaceFrame
{
    /// <summary>Number of landmarks, <c>L</c>, in Multi-PIE order.</summary>
    public const int LandmarkCount = 68;

    /// <summary>
    /// Name of the frame, unique in its dataset: letters, digits, '-', '_' and '/', at most 95 of them; see <see cref="MakeKey"/>.
    /// </summary>
    public required string Key { get; init; }

    /// <summary>The person.</summary>
    public required string Person { get; init; }

    /// <summary>The clip or photo the frame comes from.</summary>
    public required string Clip { get; init; }

    /// <summary>Number of the frame in its clip, counted from 0 before any stride.</summary>
    public required int Index { get; init; }

    /// <summary>Time in its clip, seconds.</summary>
    public required double Time { get; init; }

    /// <summary>The landmarks, [68], crop pixels; pixel centres at +0.5.</summary>
    public required ImmutableArray<Vector2> Landmarks { get; init; }

    /// <summary>Trust in each landmark, [68], 0..1.</summary>
    public required ImmutableArray<float> Confidence { get; init; }

    /// <summary>From the original image to the crop, <c>A</c>.</summary>
    public required CropTransform Crop { get; init; }

    /// <summary>Camera <c>K</c> of the original image.</summary>
    public required Intrinsics Camera { get; init; }

    /// <summary>Width of the original image, pixels.</summary>
    public required int OriginalWidth { get; init; }

    /// <summary>Height of the original image, pixels.</summary>
    public required int OriginalHeight { get; init; }

    /// <summary>True when <see cref="Camera"/> is calibrated or exact rather than the default guess.</summary>
    public bool CameraKnown { get; init; }

    /// <summary>Camera of the crop, <c>K_crop = A K</c>.</summary>
    public Intrinsics CropCamera => Crop.Apply(Camera);

    /// <summary>
    /// A key made of names that may hold anything: what is not a letter, digit, '-' or '_' becomes '-', and when that or the length loses
    /// something a hash of the names is added, so that different names keep different keys.
    /// </summary>
    public static string MakeKey(string person, string clip, int index) => FrameKeys.Make(person, clip, index);
}

/// <summary>All frames of one person, clip after clip, in time order within each.</summary>
/// <param name="Name">The person.</param>
/// <param name="Frames">The frames.</param>
public sealed record PersonFrames(string Name, ImmutableArray<FaceFrame> Frames);

/// <summary>A frame, or with <paramref name="Index"/> -1 a whole clip, that was left out.</summary>
/// <param name="Clip">The clip, as <c>person/clip</c>.</param>
/// <param name="Index">Number of the frame in its clip; -1 for the whole clip.</param>
/// <param name="Reason">Why, in words.</param>
public sealed record SkippedFrame(string Clip, int Index, string Reason);
