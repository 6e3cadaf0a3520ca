using System.Collections.Immutable;
using SkiaSharp;

namespace Fml.Model;

/// <summary>An encoded picture for a report.</summary>
/// <param name="Caption">Short text below it; may be empty.</param>
/// <param name="MediaType">Such as <c>image/jpeg</c>.</param>
/// <param name="Encoded">The file's bytes.</param>
public sealed record ReportPicture(string Caption, string MediaType, ImmutableArray<byte> Encoded)
{
    /// <summary>Encodes pixels as JPEG.</summary>
    /// <param name="caption">Short text below it.</param>
    /// <param name="rgb">Pixels, [height, width, 3], sRGB bytes.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="quality">JPEG quality, 0 to 100.</param>
    public static ReportPicture FromRgb(string caption, ReadOnlySpan<byte> rgb, int width, int height, int quality = 88)
    {
        if (rgb.Length != width * height * 3)
            throw new ArgumentException($"{rgb.Length} bytes are no RGB picture of {width} x {height}", nameof(rgb));
        using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        var pixels = bitmap.GetPixelSpan();
        for (var i = 0; i < width * height; i++)
        {
            rgb.Slice(3 * i, 3).CopyTo(pixels[(4 * i)..]);
            pixels[4 * i + 3] = 255;
        }
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, quality);
        return new ReportPicture(caption, "image/jpeg", [.. data.Span]);
    }

    /// <summary>Reads a JPEG or PNG file as it is.</summary>
    public static ReportPicture FromFile(string caption, string path)
    {
        var isPng = Path.GetExtension(path).Equals(".png", StringComparison.OrdinalIgnoreCase);
        return new ReportPicture(caption, isPng ? "image/png" : "image/jpeg", [.. File.ReadAllBytes(path)]);
    }

    /// <summary>The picture as text to put into a page.</summary>
    internal string DataUri => $"data:{MediaType};base64,{Convert.ToBase64String(Encoded.AsSpan())}";
}
