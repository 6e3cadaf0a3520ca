using Fml.Native;

namespace Fml.Model;

/// <summary>One picture of a reconstruction: a row a frame with, from the left, input, overlay, geometry, albedo and shading.</summary>
public static class ContactSheet
{
    private const int MostRows = 12, LeastTile = 192;

    private static readonly string[] Columns = ["input", "overlay", "geometry", "albedo", "shading"];

    /// <summary>Draws the sheet and writes it as PNG under a line of captions; of many frames it shows some, spread evenly.</summary>
    /// <param name="path">File to write.</param>
    /// <param name="face">The person; at least one frame.</param>
    /// <param name="crop">Gives the crop of a frame by its place in <paramref name="face"/>, [size, size, 3] sRGB bytes.</param>
    /// <exception cref="FmlException">The file cannot be written.</exception>
    public static void Write(string path, Reconstruction face, Func<int, byte[]> crop)
    {
        var (rgb, width, height) = Captioned(Draw(face, crop));
        AtomicFile.Write(path, stream => stream.Write(PngPicture.Encode(rgb, width, height)));
    }

    /// <summary>Sheets of one width below one another, and above them a line that names the columns.</summary>
    internal static (byte[] Rgb, int Width, int Height) Captioned(params IReadOnlyList<(byte[] Rgb, int Width, int Height)> sheets)
    {
        var side = (sheets[0].Width + PictureSheet.Gap) / Columns.Length - PictureSheet.Gap;
        var captions = PictureSheet.Captions(Columns, side);
        return ([.. captions.Rgb, .. sheets.SelectMany(sheet => sheet.Rgb)], captions.Width, captions.Height + sheets.Sum(sheet => sheet.Height));
    }

    /// <summary>The sheet without captions as [height, width, 3] sRGB bytes.</summary>
    /// <param name="face">The person; at least one frame.</param>
    /// <param name="crop">Gives the crop of a frame by its place in <paramref name="face"/>.</param>
    /// <param name="rows">Most frames to show.</param>
    public static (byte[] Rgb, int Width, int Height) Draw(Reconstruction face, Func<int, byte[]> crop, int rows = MostRows)
    {
        var count = Math.Min(rows, face.Frames.Length);
        var shown = Enumerable.Range(0, count).Select(i => count == 1 ? 0 : i * (face.Frames.Length - 1) / (count - 1)).ToArray();
        var zoom = Math.Max(1, (LeastTile + face.Frames[0].CropSize - 1) / face.Frames[0].CropSize);
        return PictureSheet.Compose([.. shown.Select(i => Row(face, face.Frames[i], crop(i), zoom))], zoom * face.Frames[0].CropSize);
    }

    private static byte[][] Row(Reconstruction face, ReconstructedFrame frame, byte[] crop, int zoom)
    {
        var view = FaceView.Of(frame, zoom);
        var input = Enlarge(crop, frame.CropSize, zoom);
        return
        [
            input,
            FacePictures.Overlay(view, face, frame, input),
            FacePictures.Geometry(view, face.Expressed(frame), face.Template.Triangles),
            FacePictures.Albedo(view, face, frame),
            FacePictures.Shading(view, face, frame),
        ];
    }

    /// <summary>Bilinear enlargement by a whole number, pixel edges on pixel edges.</summary>
    private static byte[] Enlarge(byte[] rgb, int size, int zoom)
    {
        if (zoom == 1) return rgb;
        var large = size * zoom;
        var result = new byte[3 * large * large];
        for (var y = 0; y < large; y++)
        {
            var (y0, fy) = Split((y + 0.5f) / zoom - 0.5f, size);
            for (var x = 0; x < large; x++)
            {
                var (x0, fx) = Split((x + 0.5f) / zoom - 0.5f, size);
                for (var c = 0; c < 3; c++)
                {
                    float At(int row, int column) => rgb[3 * (Math.Min(row, size - 1) * size + Math.Min(column, size - 1)) + c];
                    var upper = At(y0, x0) + fx * (At(y0, x0 + 1) - At(y0, x0));
                    var lower = At(y0 + 1, x0) + fx * (At(y0 + 1, x0 + 1) - At(y0 + 1, x0));
                    result[3 * (y * large + x) + c] = (byte)(upper + fy * (lower - upper) + 0.5f);
                }
            }
        }
        return result;
    }

    private static (int Index, float Fraction) Split(float position, int size)
    {
        var clamped = Math.Clamp(position, 0, size - 1);
        return ((int)clamped, clamped - (int)clamped);
    }
}
