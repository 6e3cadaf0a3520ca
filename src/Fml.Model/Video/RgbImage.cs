namespace Fml.Model;

/// <summary>An 8-bit colour image in memory.</summary>
public sealed class RgbImage
{
    /// <summary>Wraps pixels without copying them.</summary>
    /// <exception cref="ArgumentException">The number of bytes is not <c>width * height * 3</c>, or a side is below 1.</exception>
    public RgbImage(int width, int height, byte[] pixels)
    {
        if (width < 1 || height < 1 || pixels.Length != (long)width * height * 3)
            throw new ArgumentException($"{pixels.Length} bytes are no image of {width} x {height} x 3");
        (Width, Height, Pixels) = (width, height, pixels);
    }

    /// <summary>Width, pixels.</summary>
    public int Width { get; }

    /// <summary>Height, pixels.</summary>
    public int Height { get; }

    /// <summary>Red, green, blue of each pixel in turn, sRGB, rows from the top, [Height, Width, 3].</summary>
    public byte[] Pixels { get; }
}
