using System.Numerics;

namespace Fml.Model;

/// <summary>
/// The light of one clip: an ambient part and three lamps with clamped-cosine shading, as spherical harmonics up to second order
/// (Ramamoorthi and Hanrahan 2001): <c>max(0, n.l) ~ sum_b a_b H_b(l) H_b(n)</c> with <c>a = pi, 2 pi/3, pi/4</c> per band. A truncated
/// lamp dips to -0.04 of its
/// strength behind the object; the ambient part outweighs that, so shading is positive everywhere.
/// </summary>
internal sealed record SyntheticLight(Vector3[] Coefficients, SmoothSignal Drift)
{
    /// <summary>Number of coefficients per channel.</summary>
    public const int Bands = 9;

    /// <summary>Draws believable light: a key lamp from the front half, a weaker fill, light from above; exposure such that faces are well
    /// lit.</summary>
    public static SyntheticLight Draw(Random random)
    {
        var tint = Tint(random, 0.02f);
        var ambient = random.Between(0.40f, 0.75f);
        var coefficients = new Vector3[Bands];
        coefficients[0] = ambient / 0.282095f * Tint(random, 0.02f) * tint;
        var keyAzimuth = random.Normal(0, 0.75f);
        var keyElevation = random.Between(-0.1f, 1.1f);
        AddLamp(coefficients, Towards(keyAzimuth, keyElevation), random.Between(0.35f, 1.0f) * Tint(random, 0.03f) * tint);
        AddLamp(coefficients, Towards(-MathF.Sign(keyAzimuth) * random.Between(0.4f, 1.6f), random.Between(-0.3f, 0.8f)),
            random.Between(0.05f, 0.4f) * Tint(random, 0.03f) * tint);
        AddLamp(coefficients, Vector3.Normalize(new Vector3(0.2f * random.Normal(), 1, 0.3f)),
            random.Between(0, 0.35f) * Tint(random, 0.03f) * tint);
        // Exposure: the shading of surfaces that face the camera, as an automatic exposure would see it, is near 0.9.
        var facing = Shade(coefficients, Vector3.UnitZ);
        var exposure = 0.9f * MathF.Exp(random.Normal(0, 0.12f)) / ((facing.X + facing.Y + facing.Z) / 3);
        for (var i = 0; i < Bands; i++) coefficients[i] *= exposure;
        return new SyntheticLight(coefficients, SmoothSignal.Draw(random, 2, 10));
    }

    /// <summary>The coefficients <c>gamma</c> at a time, [9*3] as [band][channel]: the clip's light, a little stronger or weaker.</summary>
    public float[] At(double time)
    {
        var strength = 1 + 0.02f * Drift.At(time);
        var light = new float[Bands * 3];
        for (var i = 0; i < Bands; i++) (strength * Coefficients[i]).CopyTo(light, 3 * i);
        return light;
    }

    private static Vector3 Towards(float azimuth, float elevation) =>
        new(MathF.Sin(azimuth) * MathF.Cos(elevation), MathF.Sin(elevation), MathF.Cos(azimuth) * MathF.Cos(elevation));

    private static Vector3 Tint(Random random, float amount)
    {
        var warmth = random.Normal(0, amount); // lamps differ along the line from bluish to reddish
        return new Vector3(1 + warmth, 1 + random.Normal(0, 0.15f * amount), 1 - warmth);
    }

    private static void AddLamp(Span<Vector3> coefficients, Vector3 direction, Vector3 strength)
    {
        Span<float> towards = stackalloc float[Bands];
        SphericalHarmonics.Evaluate(direction, towards);
        for (var i = 0; i < Bands; i++)
            coefficients[i] += (i == 0 ? MathF.PI : i < 4 ? 2 * MathF.PI / 3 : MathF.PI / 4) * towards[i] * strength;
    }

    private static Vector3 Shade(ReadOnlySpan<Vector3> coefficients, Vector3 normal)
    {
        Span<float> harmonics = stackalloc float[Bands];
        SphericalHarmonics.Evaluate(normal, harmonics);
        var sum = Vector3.Zero;
        for (var i = 0; i < Bands; i++) sum += harmonics[i] * coefficients[i];
        return sum;
    }
}
