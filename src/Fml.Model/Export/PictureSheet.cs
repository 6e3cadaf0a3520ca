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
}
