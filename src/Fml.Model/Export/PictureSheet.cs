namespace Fml.Model;

/// <summary>Square pictures laid out in rows.</summary>
internal static class PictureSheet
{
    /// <summary>Pixels between pictures.</summary>
    public const int Gap = 4;

    /// <summary>Puts pictures of the same size side by side, a row of them a frame, on a mid-grey ground.</summary>
    /// <param name="rows">Rows of equal length; each picture is [size, size, 3] sRGB bytes.</param>
    /// <param name="size">Side of each picture, pixels.</param>
    public static (byte[] Rgb, int Width, int Height) Compose(IReadOnlyList<IReadOnlyList<byte[]>> rows, int size)
    {
        var columns = rows.Max(row => row.Count);
        var (width, height) = (columns * (size + Gap) - Gap, rows.Count * (size + Gap) - Gap);
        var sheet = new byte[width * height * 3];
        Array.Fill(sheet, (byte)128);
        for (var r = 0; r < rows.Count; r++)
            for (var c = 0; c < rows[r].Count; c++)
                for (var y = 0; y < size; y++)
                    rows[r][c].AsSpan(3 * y * size, 3 * size).CopyTo(sheet.AsSpan(3 * ((r * (size + Gap) + y) * width + c * (size + Gap))));
        return (sheet, width, height);
    }
    /// <summary>A line of captions to put above a sheet, each in the middle of its column; dark on light.</summary>
    /// <param name="captions">What <see cref="PixelLetters"/> can write, a column each.</param>
    /// <param name="size">Side of each picture, pixels.</param>
    public static (byte[] Rgb, int Width, int Height) Captions(IReadOnlyList<string> captions, int size)
    {
        const byte Paper = 235, Ink = 45;
        var zoom = Math.Max(1, size / 96);
        var (width, height) = (captions.Count * (size + Gap) - Gap, (PixelLetters.Height + 4) * zoom);
        var line = new byte[width * height * 3];
        Array.Fill(line, Paper);
        for (var c = 0; c < captions.Count; c++)
        {
            var left = c * (size + Gap) + (size - captions[c].Length * PixelLetters.Advance * zoom) / 2;
            for (var y = 0; y < height; y++)
                for (var x = 0; x < captions[c].Length * PixelLetters.Advance * zoom; x++)
                    if (left + x >= 0 && left + x < width && PixelLetters.IsInk(captions[c], x / zoom, y / zoom - 2))
                        line.AsSpan(3 * (y * width + left + x), 3).Fill(Ink);
        }
        return (line, width, height);
    }
}
