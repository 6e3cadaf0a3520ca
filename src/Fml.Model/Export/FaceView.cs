using System.Numerics;

namespace Fml.Model;

/// <summary>From where a face is drawn: a square picture, its camera and the face's pose.</summary>
/// <param name="Size">Side of the picture, pixels.</param>
/// <param name="Camera">Camera, in pixels of the picture.</param>
/// <param name="Rotation">Rotation vector, radians.</param>
/// <param name="Translation">Translation, mm, camera space.</param>
public sealed record FaceView(int Size, Intrinsics Camera, Vector3 Rotation, Vector3 Translation)
{
    /// <summary>A face one metre before the default camera.</summary>
    /// <param name="size">Side of the picture, pixels.</param>
    /// <param name="yaw">Turn about the vertical axis in degrees; positive turns the face to the viewer's right.</param>
    public static FaceView Portrait(int size, float yaw = 0) =>
        new(size, Intrinsics.Default(size), new Vector3(0, yaw * MathF.PI / 180, 0), new Vector3(0, 0, -1000));

    /// <summary>A frame's own view, enlarged by a whole number.</summary>
    public static FaceView Of(ReconstructedFrame frame, int zoom = 1)
    {
        var camera = frame.CropCamera;
        return new FaceView(
            zoom * frame.CropSize,
            new Intrinsics(zoom * camera.Focal, zoom * camera.CenterX, zoom * camera.CenterY),
            frame.Rotation,
            frame.Translation);
    }

    /// <summary>Positions in this view's camera space, mm.</summary>
    public Vector3[] Pose(ReadOnlySpan<Vector3> positions)
    {
        var rotation = RotationVector.ToQuaternion(Rotation);
        var posed = new Vector3[positions.Length];
        for (var i = 0; i < posed.Length; i++) posed[i] = Vector3.Transform(positions[i], rotation) + Translation;
        return posed;
    }
}
