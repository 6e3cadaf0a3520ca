using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>One person reconstructed from one or more frames: what the frames share, and what each has of its own.</summary>
public sealed record Reconstruction
{
    /// <summary>Name of the person, used for files.</summary>
    public required string Person { get; init; }

    /// <summary>The template that gives triangles, expressions and texture coordinates.</summary>
    public required FaceTemplate Template { get; init; }

    /// <summary>Neutral face <c>vbar + S d</c>, with <c>B epsilon</c> if there is such an offset, [V], mm, model space.</summary>
    public required ImmutableArray<Vector3> Neutral { get; init; }

    /// <summary>Albedo <c>r</c>, [V], RGB, in the model's colour space.</summary>
    public required ImmutableArray<Vector3> Albedo { get; init; }

    /// <summary>Shape code <c>alpha</c>, [g].</summary>
    public required ImmutableArray<float> Alpha { get; init; }

    /// <summary>Albedo code <c>beta</c>, [h].</summary>
    public required ImmutableArray<float> Beta { get; init; }

    /// <summary>Offset of the neutral face in the expressions, <c>epsilon</c>, [b]; empty unless identity and expression are separated softly.</summary>
    public ImmutableArray<float> Epsilon { get; init; } = [];

    /// <summary>The frames, in the order given.</summary>
    public required ImmutableArray<ReconstructedFrame> Frames { get; init; }

    /// <summary>Colour space of albedo and images: <c>srgb</c> (values as stored in pictures) or <c>linear</c>.</summary>
    public string ColourSpace { get; init; } = "srgb";

    /// <summary>The model that made this, for the record: file name, training step, licence of its data.</summary>
    public string Model { get; init; } = "";

    /// <summary>The face with a frame's expression, before its pose: <c>neutral + B delta</c>, [V], mm.</summary>
    public Vector3[] Expressed(ReconstructedFrame frame)
    {
        var positions = Neutral.ToArray();
        for (var u = 0; u < frame.Expression.Length; u++)
        {
            var weight = frame.Expression[u];
            if (weight == 0) continue;
            var offsets = Template.Expressions[u].Offsets.AsSpan();
            for (var i = 0; i < positions.Length; i++) positions[i] += weight * offsets[i];
        }
        return positions;
    }

    /// <summary>The face in a frame's camera: <c>R(w) x + t</c>, [V], mm.</summary>
    public Vector3[] Posed(ReconstructedFrame frame)
    {
        var rotation = RotationVector.ToQuaternion(frame.Rotation);
        return Array.ConvertAll(Expressed(frame), x => Vector3.Transform(x, rotation) + frame.Translation);
    }
}

/// <summary>What one frame has of its own.</summary>
public sealed record ReconstructedFrame
{
    /// <summary>Name of the frame: its file, or clip and number.</summary>
    public required string Key { get; init; }

    /// <summary>Time in its clip, s.</summary>
    public double Time { get; init; }

    /// <summary>Expression weights <c>delta</c>, [b], in the order of the template's expressions.</summary>
    public required ImmutableArray<float> Expression { get; init; }

    /// <summary>Rotation vector <c>w</c>, radians.</summary>
    public required Vector3 Rotation { get; init; }

    /// <summary>Translation <c>t</c>, mm, camera space.</summary>
    public required Vector3 Translation { get; init; }

    /// <summary>Light <c>gamma</c>, [9] bands in the order 1; y, z, x; xy, yz, 3z^2-1, xz, x^2-y^2; each RGB.</summary>
    public required ImmutableArray<Vector3> Light { get; init; }

    /// <summary>Width and height of the crop, pixels.</summary>
    public required int CropSize { get; init; }

    /// <summary>From the original image to the crop.</summary>
    public required CropTransform Crop { get; init; }

    /// <summary>Camera of the original image.</summary>
    public required Intrinsics Camera { get; init; }

    /// <summary>Width of the original image, pixels.</summary>
    public required int OriginalWidth { get; init; }

    /// <summary>Height of the original image, pixels.</summary>
    public required int OriginalHeight { get; init; }

    /// <summary>True when the camera is known rather than assumed.</summary>
    public bool CameraKnown { get; init; }

    /// <summary>Mean landmark distance from those found in the image, per distance between the eyes; if known.</summary>
    public double? LandmarkError { get; init; }

    /// <summary>Losses and other figures by name, where they are known.</summary>
    public ImmutableSortedDictionary<string, double> Losses { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>Camera of the crop, <c>A K</c>.</summary>
    public Intrinsics CropCamera => Crop.Apply(Camera);
}
