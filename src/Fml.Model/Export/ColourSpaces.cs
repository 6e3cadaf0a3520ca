using System.Numerics;

namespace Fml.Model;

/// <summary>The sRGB transfer function (IEC 61966-2-1).</summary>
internal static class ColourSpaces
{
    public static Vector3 SrgbToLinear(Vector3 colour) => new(ToLinear(colour.X), ToLinear(colour.Y), ToLinear(colour.Z));

    public static Vector3 LinearToSrgb(Vector3 colour) => new(ToSrgb(colour.X), ToSrgb(colour.Y), ToSrgb(colour.Z));

    /// <summary>A reconstruction's albedo as pictures store it, clamped to [0, 1].</summary>
    public static Vector3[] SrgbAlbedo(Reconstruction face) =>
        [.. face.Albedo.Select(c => Vector3.Clamp(face.ColourSpace == "linear" ? LinearToSrgb(c) : c, Vector3.Zero, Vector3.One))];

    private static float ToLinear(float s) => s <= 0.04045f ? s / 12.92f : MathF.Pow((s + 0.055f) / 1.055f, 2.4f);

    private static float ToSrgb(float l) => l <= 0.0031308f ? l * 12.92f : 1.055f * MathF.Pow(l, 1 / 2.4f) - 0.055f;
}
