using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>A held-out person for the report: input and overlay, and beside the true face the reconstruction and where it errs.</summary>
internal static class PersonPictures
{
    private const int Size = 224;
    private const float Yaw = 25;

    /// <summary>Draws a person.</summary>
    /// <param name="face">The reconstruction; at least one frame.</param>
    /// <param name="crop">The first frame's crop, [W,W,3] bytes.</param>
    /// <param name="truth">The true neutral face, [V], mm.</param>
    /// <param name="limit">Distance of the error map's last colour, mm.</param>
    public static PicturedPerson Draw(Reconstruction face, byte[] crop, Vector3[] truth, double limit)
    {
        var template = face.Template;
        var region = template.EvaluationRegion.AsSpan();
        var (aligned, colours) = Errors(template, face.Neutral.AsSpan(), truth, limit);
        var (meanFace, meanColours) = Errors(template, template.Positions.AsSpan(), truth, limit);
        var view = FaceView.Portrait(Size, Yaw);
        ReportPicture Picture(string caption, byte[] rgb) => ReportPicture.FromRgb(caption, rgb, Size, Size);
        var (input, overlay, side) = InputAndOverlay(face, crop);
        var whose = face.Frames.Length == 1 ? "1 frame" : $"{face.Frames.Length} frames";
        return new PicturedPerson(
            face.Person,
            [
                ReportPicture.FromRgb("input", input, side, side),
                ReportPicture.FromRgb("overlay", overlay, side, side),
                Picture("true neutral face", FacePictures.Geometry(view, truth, template.Triangles)),
                Picture($"reconstructed from {whose}", FacePictures.Geometry(view, aligned, template.Triangles)),
                Picture("error", FacePictures.Painted(view, aligned, template.Triangles, colours)),
                Picture("error of the mean face", FacePictures.Painted(view, meanFace, template.Triangles, meanColours)),
            ],
            GeometryError.Between(face.Neutral.AsSpan(), truth, region).Rigid.Mean,
            GeometryError.Between(template.Positions.AsSpan(), truth, region).Rigid.Mean);
    }

    // The first two tiles of the first frame's contact sheet.
    private static (byte[] Input, byte[] Overlay, int Side) InputAndOverlay(Reconstruction face, byte[] crop)
    {
        var (sheet, width, side) = ContactSheet.Draw(face with { Frames = face.Frames[..1] }, _ => crop);
        byte[] Tile(int left) => [.. Enumerable.Range(0, side).SelectMany(y => sheet.AsSpan(3 * (y * width + left), 3 * side).ToArray())];
        return (Tile(0), Tile(side + PictureSheet.Gap), side);
    }

    // The shape moved onto the truth, and its distances as colours; outside the region nothing is measured.
    private static (Vector3[] Aligned, Vector3[] Colours) Errors(
        FaceTemplate template, ReadOnlySpan<Vector3> shape, Vector3[] truth, double limit)
    {
        var region = template.EvaluationRegion.AsSpan();
        var aligned = Alignment.Align(shape, truth, region).Apply(shape);
        var distances = new float[template.VertexCount];
        Array.Fill(distances, float.NaN);
        foreach (var v in region) distances[v] = Vector3.Distance(aligned[v], truth[v]);
        return (aligned, ErrorColours.Of(distances, (float)limit));
    }
}
