using System.Numerics;
using System.Runtime.InteropServices;

namespace Fml.Model;

/// <summary>What a camera does to a clip's pictures: a slight blur and sensor noise.</summary>
/// <param name="Blur">Standard deviation of the blur, pixels.</param>
/// <param name="Noise">Standard deviation of the noise per channel, in [0, 1] colours.</param>
internal readonly record struct CameraLook(float Blur, float Noise)
{
    /// <summary>Draws a camera; <paramref name="strength"/> 0 is a perfect one.</summary>
    public static CameraLook Draw(Random random, float strength) => new(
        strength * random.Between(0.25f, 0.65f), strength * random.Between(0.004f, 0.016f));

    /// <summary>Turns a picture into bytes, [height, width, 3], as the camera stores it.</summary>
    public byte[] Expose(Random random, Vector3[] picture, int width, int height)
    {
        if (Blur > 0)
        {
            var side = MathF.Exp(-0.5f / (Blur * Blur));
            var (centreWeight, sideWeight) = (1 / (1 + 2 * side), side / (1 + 2 * side));
            var across = new Vector3[picture.Length];
            for (var i = 0; i < picture.Length; i++)
            {
                var column = i % width;
                across[i] = centreWeight * picture[i]
                    + sideWeight * (picture[column > 0 ? i - 1 : i] + picture[column < width - 1 ? i + 1 : i]);
            }
            for (var i = 0; i < picture.Length; i++)
                picture[i] = centreWeight * across[i]
                    + sideWeight * (across[i >= width ? i - width : i] + across[i < width * (height - 1) ? i + width : i]);
        }
        var bytes = new byte[3 * picture.Length];
        var values = MemoryMarshal.Cast<Vector3, float>(picture);
        var (state, spread) = ((ulong)random.NextInt64(), 255 * Noise / Deviation);
        for (var i = 0; i < bytes.Length; i++)
        {
            // The sum of three 16-bit pieces of a fresh word (xorshift*, Marsaglia 2003): normal enough for a sensor, and cheap.
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            var word = state * 0x2545f4914f6cdd1d;
            var sum = (int)((word & 0xffff) + ((word >> 16) & 0xffff) + ((word >> 32) & 0xffff)) - 3 * 0x7fff;
            bytes[i] = (byte)Math.Clamp(255 * values[i] + spread * sum + 0.5f, 0, 255);
        }
        return bytes;
    }

    // Of a sum of three uniform 16-bit numbers: 65536 sqrt(3 / 12).
    private const float Deviation = 32768;
}
