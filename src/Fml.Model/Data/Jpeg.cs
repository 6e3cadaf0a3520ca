using System.Runtime.InteropServices;
using Fml.Native;
using SkiaSharp;

namespace Fml.Model;

/// <summary>JPEG to and from RGB bytes (HWC), at quality 95 if nothing else is said, without chroma subsampling.</summary>
internal static class Jpeg
{
    private const int UsualQuality = 95;

    public static byte[] Encode(ReadOnlySpan<byte> rgb, int width, int height, int quality = UsualQuality)
    {
        if (rgb.Length != width * height * 3)
            throw new ArgumentException($"an image of {width} x {height} has {width * height * 3} bytes, not {rgb.Length}", nameof(rgb));
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = MemoryMarshal.Cast<byte, uint>(bitmap.GetPixelSpan());
        for (int i = 0, j = 0; i < pixels.Length; i++, j += 3)
            pixels[i] = rgb[j] | (uint)rgb[j + 1] << 8 | (uint)rgb[j + 2] << 16 | 0xFF000000;
        using var pixmap = bitmap.PeekPixels();
        using var data = pixmap.Encode(new SKJpegEncoderOptions(quality, SKJpegEncoderDownsample.Downsample444, SKJpegEncoderAlphaOption.Ignore))
            ?? throw new FmlException($"An image of {width} x {height} could not be encoded as JPEG.");
        return data.ToArray();
    }

    /// <summary>Decodes an image that must have the given size; false when it is damaged or has another.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> jpeg, int width, int height, Span<byte> rgb)
    {
        using var data = SKData.CreateCopy(jpeg);
        using var codec = SKCodec.Create(data);
        if (codec is null || codec.Info.Width != width || codec.Info.Height != height) return false;
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        if (codec.GetPixels(bitmap.Info, bitmap.GetPixels()) != SKCodecResult.Success) return false;
        var pixels = bitmap.GetPixelSpan();
        for (int i = 0, j = 0; j < pixels.Length; i += 3, j += 4)
            (rgb[i], rgb[i + 1], rgb[i + 2]) = (pixels[j], pixels[j + 1], pixels[j + 2]);
        return true;
    }
}
