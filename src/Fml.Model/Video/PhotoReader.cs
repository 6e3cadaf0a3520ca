using Fml.Native;
using SkiaSharp;

namespace Fml.Model;

/// <summary>Reads photos the way they are meant to be seen: upright by their EXIF orientation, colours converted to sRGB.</summary>
public static class PhotoReader
{
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".webp", ".bmp"];

    /// <summary>Whether the name is that of a photo: jpg, jpeg, png, webp or bmp.</summary>
    public static bool IsPhoto(string path) => Extensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>Reads a photo.</summary>
    /// <exception cref="FmlException">The file is missing, no picture, or damaged.</exception>
    public static RgbImage Read(string path)
    {
        if (!File.Exists(path)) throw new FmlException($"There is no file {path}.");
        using var codec = SKCodec.Create(path, out var result)
            ?? throw new FmlException($"{path} is no picture that can be read, or is damaged ({result}).");
        var info = new SKImageInfo(
            codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, SKColorSpace.CreateSrgb());
        using var bitmap = new SKBitmap(info);
        var decoded = codec.GetPixels(info, bitmap.GetPixels());
        if (decoded != SKCodecResult.Success) throw new FmlException($"{path} is damaged or truncated ({decoded}).");
        return Upright(bitmap.GetPixelSpan(), info.Width, info.Height, codec.EncodedOrigin);
    }

    /// <summary>RGB of RGBA pixels, turned by the EXIF orientation.</summary>
    internal static RgbImage Upright(ReadOnlySpan<byte> rgba, int width, int height, SKEncodedOrigin origin)
    {
        var (w, h) = origin >= SKEncodedOrigin.LeftTop ? (height, width) : (width, height);
        var rgb = new byte[w * h * 3];
        for (var y = 0; y < h; y++)
        {
            for (var x = 0; x < w; x++)
            {
                // Where the upright pixel (x, y) is stored.
                var (sx, sy) = origin switch
                {
                    SKEncodedOrigin.TopRight => (width - 1 - x, y),
                    SKEncodedOrigin.BottomRight => (width - 1 - x, height - 1 - y),
                    SKEncodedOrigin.BottomLeft => (x, height - 1 - y),
                    SKEncodedOrigin.LeftTop => (y, x),
                    SKEncodedOrigin.RightTop => (y, height - 1 - x),
                    SKEncodedOrigin.RightBottom => (width - 1 - y, height - 1 - x),
                    SKEncodedOrigin.LeftBottom => (width - 1 - y, x),
                    _ => (x, y),
                };
                var from = (sy * width + sx) * 4;
                rgba.Slice(from, 3).CopyTo(rgb.AsSpan((y * w + x) * 3));
            }
        }
        return new RgbImage(w, h, rgb);
    }
}
