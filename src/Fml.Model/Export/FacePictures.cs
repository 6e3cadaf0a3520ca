using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>Pictures of faces for people to look at: [size, size, 3] sRGB bytes, edges smoothed.</summary>
public static class FacePictures
{
    private const int Samples = 3;

    private static readonly Vector3 Paper = new(0.92f);
    private static readonly Vector3 Clay = new(0.78f, 0.77f, 0.75f);
    private static readonly Vector3 Lamp = Vector3.Normalize(new Vector3(-0.3f, 0.4f, 1));

    /// <summary>The shape alone, as grey clay under a lamp beside the camera.</summary>
    /// <param name="view">From where.</param>
    /// <param name="positions">[V], mm, before the pose.</param>
    /// <param name="triangles">[3T].</param>
    public static byte[] Geometry(FaceView view, ReadOnlySpan<Vector3> positions, ImmutableArray<int> triangles) =>
        Painted(view, positions, triangles, Enumerable.Repeat(Clay, positions.Length).ToArray());

    /// <summary>The shape in given colours under a lamp beside the camera, such as error maps; see <see cref="ErrorColours"/>.</summary>
    /// <param name="view">From where.</param>
    /// <param name="positions">[V], mm, before the pose.</param>
    /// <param name="triangles">[3T].</param>
    /// <param name="colours">[V], RGB in [0, 1].</param>
    public static byte[] Painted(
        FaceView view, ReadOnlySpan<Vector3> positions, ImmutableArray<int> triangles, ReadOnlySpan<Vector3> colours)
    {
        var posed = view.Pose(positions);
        var normals = VertexNormals.Of(posed, triangles.AsSpan());
        var lit = new Vector3[posed.Length];
        for (var i = 0; i < lit.Length; i++) lit[i] = colours[i] * (0.35f + 0.65f * MathF.Max(0, Vector3.Dot(normals[i], Lamp)));
        return Draw(view, posed, triangles, lit, _ => Paper);
    }

    /// <summary>Albedo without light.</summary>
    public static byte[] Albedo(FaceView view, Reconstruction face, ReconstructedFrame frame) =>
        Draw(view, view.Pose(face.Expressed(frame)), face.Template.Triangles, ColourSpaces.SrgbAlbedo(face), _ => Paper);

    /// <summary>The frame's light on a white face, as bright as a picture bears: colour and direction of the light show, its strength does
    /// not.</summary>
    public static byte[] Shading(FaceView view, Reconstruction face, ReconstructedFrame frame) =>
        Draw(view, view.Pose(face.Expressed(frame)), face.Template.Triangles, Shaded(view, face, frame, albedo: false), _ => Paper);

    /// <summary>Albedo under the frame's light, drawn over the picture it was reconstructed from.</summary>
    /// <param name="view">The frame's own view.</param>
    /// <param name="face">The person.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="background">[size, size, 3] sRGB bytes.</param>
    public static byte[] Overlay(FaceView view, Reconstruction face, ReconstructedFrame frame, byte[] background)
    {
        var posed = view.Pose(face.Expressed(frame));
        return Draw(view, posed, face.Template.Triangles, Shaded(view, face, frame, albedo: true), place =>
        {
            var i = 3 * ((int)place.Y * view.Size + (int)place.X);
            return new Vector3(background[i], background[i + 1], background[i + 2]) / 255;
        });
    }

    // The light alone: all but the brightest 2 % of the vertices are shown below this grey.
    private const double BrightestShown = 0.98;
    private const float Brightest = 0.8f;

    /// <summary>Colours <c>r sum_b gamma_b H_b(R n)</c>, as pictures store them; or the shading alone, over its greatest channel.</summary>
    private static Vector3[] Shaded(FaceView view, Reconstruction face, ReconstructedFrame frame, bool albedo)
    {
        var normals = VertexNormals.Of(view.Pose(face.Expressed(frame)), face.Template.Triangles.AsSpan());
        var light = frame.Light.SelectMany(band => new[] { band.X, band.Y, band.Z }).ToArray();
        Vector3[] shading = [.. normals.Select(normal => SphericalHarmonics.Shade(light, normal))];
        var brightest = shading.Select(s => Math.Max(s.X, Math.Max(s.Y, s.Z))).Order().ElementAt((int)(BrightestShown * (shading.Length - 1)));
        var white = Vector3.One * (Brightest / Math.Max(brightest, 1e-3f));
        return [.. shading.Select((s, i) =>
        {
            var colour = s * (albedo ? face.Albedo[i] : white);
            return face.ColourSpace == "linear" ? ColourSpaces.LinearToSrgb(Vector3.Clamp(colour, Vector3.Zero, Vector3.One)) : colour;
        })];
    }

    private static byte[] Draw(
        FaceView view, Vector3[] posed, ImmutableArray<int> triangles, Vector3[] colours, Func<Vector2, Vector3> background)
    {
        var renderer = new SceneRenderer(view.Size, view.Size, Samples);
        renderer.Draw(view.Camera, posed, triangles.AsSpan(), colours);
        var picture = new Vector3[view.Size * view.Size];
        renderer.Resolve(background, picture);
        var bytes = new byte[3 * picture.Length];
        for (var i = 0; i < picture.Length; i++)
        {
            var colour = 255 * Vector3.Clamp(picture[i], Vector3.Zero, Vector3.One) + new Vector3(0.5f);
            (bytes[3 * i], bytes[3 * i + 1], bytes[3 * i + 2]) = ((byte)colour.X, (byte)colour.Y, (byte)colour.Z);
        }
        return bytes;
    }
}
