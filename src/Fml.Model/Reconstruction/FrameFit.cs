using System.Numerics;

namespace Fml.Model;

/// <summary>How well a posed face agrees with its picture; measured on the host, with every vertex of the mesh.</summary>
/// <param name="LandmarkError">
/// Mean distance of the landmarks from those found in the picture, weighted by confidence, as a fraction of the distance between the outer
/// corners of the eyes in the picture; null when no landmark is known.
/// </param>
/// <param name="Photometric">
/// Mean over visible vertices of <c>|F(u_i) - c_i|_2</c>, colours in [0, 1] (<c>L_pho</c> of <c>method.md</c> section 4, without its
/// epsilon); null when no vertex is visible.
/// </param>
/// <param name="Visible">Share of the vertices that is visible.</param>
internal sealed record FrameFit(double? LandmarkError, double? Photometric, double Visible)
{
    // Outer corners of the eyes in Multi-PIE order.
    private const int RightCorner = 36, LeftCorner = 45;

    /// <summary>Measures one frame.</summary>
    /// <param name="face">The person.</param>
    /// <param name="frame">Parameters of the frame.</param>
    /// <param name="seen">What was found in the picture.</param>
    /// <param name="rgb">The crop, [W,W,3] bytes.</param>
    public static FrameFit Of(Reconstruction face, ReconstructedFrame frame, FaceFrame seen, ReadOnlySpan<byte> rgb)
    {
        var mesh = Pose(face, frame);
        var (photometric, visible) = Colours(face, frame, mesh, rgb);
        return new FrameFit(Landmarks(face.Template, mesh, seen), photometric, visible);
    }

    /// <summary>The landmark error of a face that is posed but not reconstructed; see <see cref="LandmarkError"/>.</summary>
    public static double? Landmarks(FaceTemplate template, PosedMesh mesh, FaceFrame seen)
    {
        if (seen.Landmarks.Length != FaceFrame.LandmarkCount || seen.Confidence.Length != FaceFrame.LandmarkCount) return null;
        var unit = (double)Vector2.Distance(seen.Landmarks[RightCorner], seen.Landmarks[LeftCorner]);
        var trust = seen.Confidence.Sum(c => (double)c);
        if (!(unit > 0) || !(trust > 0)) return null;
        var found = PosedLandmarks.On(template, mesh);
        var camera = seen.CropCamera;
        var sum = found.Select((landmark, i) =>
            seen.Confidence[i] * (double)Vector2.Distance(camera.Project(landmark.Point), seen.Landmarks[i])).Sum();
        return sum / trust / unit;
    }

    /// <summary>A face before a frame's camera.</summary>
    public static PosedMesh Pose(Reconstruction face, ReconstructedFrame frame) => PosedMesh.Of(
        face.Expressed(frame), face.Template.Triangles.AsSpan(), RotationVector.ToQuaternion(frame.Rotation), frame.Translation);

    private static (double? Photometric, double Visible) Colours(
        Reconstruction face, ReconstructedFrame frame, PosedMesh mesh, ReadOnlySpan<byte> rgb)
    {
        var (size, camera) = (frame.CropSize, frame.CropCamera);
        float[] light = [.. frame.Light.SelectMany(band => new[] { band.X, band.Y, band.Z })];
        var shaded = mesh.Shade(face.Albedo.AsSpan(), light);
        var depth = new SceneRenderer(size, size, 1);
        depth.Draw(camera, mesh.Positions, face.Template.Triangles.AsSpan(), shaded);
        var (sum, count) = (0.0, 0);
        for (var i = 0; i < shaded.Length; i++)
        {
            var position = mesh.Positions[i];
            var facing = -Vector3.Dot(mesh.Normals[i], position);
            if (!(facing > VisibleVertices.DefaultMargin * position.Length())) continue;
            var place = camera.Project(position);
            if (!(place.X >= 0 && place.X < size && place.Y >= 0 && place.Y < size)) continue;
            var bias = (float)VisibleVertices.DefaultDepthBias * -position.Z / camera.Focal;
            if (!(-position.Z <= depth.DepthAt(place) + bias)) continue;
            sum += Vector3.Distance(Sample(rgb, size, place), shaded[i]);
            count++;
        }
        return (count > 0 ? sum / count : null, (double)count / Math.Max(1, shaded.Length));
    }

    // Bilinear between pixel centres; the border repeats.
    private static Vector3 Sample(ReadOnlySpan<byte> rgb, int size, Vector2 place)
    {
        var (x, y) = (Math.Clamp(place.X - 0.5f, 0, size - 1), Math.Clamp(place.Y - 0.5f, 0, size - 1));
        var (column, row) = (Math.Min((int)x, Math.Max(0, size - 2)), Math.Min((int)y, Math.Max(0, size - 2)));
        var (right, below) = (Math.Min(column + 1, size - 1), Math.Min(row + 1, size - 1));
        var upper = Vector3.Lerp(Pixel(rgb, size, column, row), Pixel(rgb, size, right, row), x - column);
        var lower = Vector3.Lerp(Pixel(rgb, size, column, below), Pixel(rgb, size, right, below), x - column);
        return Vector3.Lerp(upper, lower, y - row);
    }

    private static Vector3 Pixel(ReadOnlySpan<byte> rgb, int size, int column, int row)
    {
        var i = 3 * (row * size + column);
        return new Vector3(rgb[i], rgb[i + 1], rgb[i + 2]) / 255;
    }
}
