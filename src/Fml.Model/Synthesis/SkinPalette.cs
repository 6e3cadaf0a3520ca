using System.Numerics;

namespace Fml.Model;

/// <summary>
/// Skin colours as a function of two pigments, in the manner of Beer and Lambert: <c>linear = pale exp(-m melanin - h haemoglobin)</c>.
/// The absorption
/// per channel is fitted by eye to the range from very fair to very dark skin; all colours returned are sRGB values in [0, 1].
/// </summary>
internal static class SkinPalette
{
    private static readonly Vector3 PaleSkin = new(0.93f, 0.69f, 0.565f);
    private static readonly Vector3 Melanin = new(2.35f, 3.05f, 3.6f);
    private static readonly Vector3 Haemoglobin = new(0.04f, 0.48f, 0.40f);

    /// <summary>Colour of skin.</summary>
    /// <param name="melanin">0 very fair to 1 very dark.</param>
    /// <param name="haemoglobin">0 typical; 0.4 flushed; about 1.2 lips.</param>
    public static Vector3 Skin(float melanin, float haemoglobin) =>
        Encode(PaleSkin * Exp(-(melanin * Melanin + haemoglobin * Haemoglobin)));

    /// <summary>A natural colour of hair, in sRGB, for skin with that much melanin: the darker the skin, the surer the dark hair.</summary>
    public static Vector3 Hair(Random random, float melanin)
    {
        var grey = random.Happens(0.12f);
        if (grey) return random.Between(0.4f, 0.75f) * new Vector3(1, 0.985f, 0.96f);
        var lightness = melanin > 0.45f ? 0.15f * random.NextSingle() : MathF.Pow(random.NextSingle(), 1.4f);
        var black = new Vector3(0.07f, 0.055f, 0.05f);
        var brown = new Vector3(0.30f, 0.19f, 0.125f);
        var blond = new Vector3(0.69f, 0.53f, 0.34f);
        var red = new Vector3(0.5f, 0.23f, 0.11f);
        var hair = lightness < 0.5f ? Vector3.Lerp(black, brown, 2 * lightness) : Vector3.Lerp(brown, blond, 2 * lightness - 1);
        return lightness > 0.35f && random.Happens(0.12f) ? Vector3.Lerp(hair, red, 0.7f) : hair;
    }

    /// <summary>A natural colour of the iris, in sRGB.</summary>
    public static Vector3 Iris(Random random, float melanin)
    {
        var brown = Vector3.Lerp(new Vector3(0.16f, 0.09f, 0.06f), new Vector3(0.35f, 0.21f, 0.12f), random.NextSingle());
        if (random.Happens(0.3f + 1.4f * melanin)) return brown;
        var light = Vector3.Lerp(new Vector3(0.32f, 0.43f, 0.52f), new Vector3(0.36f, 0.40f, 0.27f), random.NextSingle());
        return random.Between(0.7f, 1) * light;
    }

    private static Vector3 Exp(Vector3 v) => new(MathF.Exp(v.X), MathF.Exp(v.Y), MathF.Exp(v.Z));

    private static Vector3 Encode(Vector3 linear) => new(Encode(linear.X), Encode(linear.Y), Encode(linear.Z));

    private static float Encode(float linear) => linear <= 0.0031308f ? 12.92f * linear : 1.055f * MathF.Pow(linear, 1 / 2.4f) - 0.055f;
}
