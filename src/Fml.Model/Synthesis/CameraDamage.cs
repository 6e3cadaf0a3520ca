namespace Fml.Model;

/// <summary>What happens to pictures between a poor camera and a dataset: few pixels, noise, and a hard JPEG.</summary>
/// <param name="Share">The face is seen with this share of the crop's pixels along each side, and enlarged.</param>
/// <param name="Noise">Standard deviation of the noise of the small picture, levels of 255.</param>
/// <param name="Quality">Quality of its JPEG, 0 to 100.</param>
internal readonly record struct CameraDamage(double Share, double Noise, int Quality)
{
    /// <summary>Draws what a clip goes through; <paramref name="strength"/> 1 leaves 35 to 70 % of the pixels along a side.</summary>
    public static CameraDamage Draw(Random random, float strength) => new(
        1 - strength * random.Between(0.30f, 0.65f), strength * random.Between(2, 9), (int)(95 - strength * random.Between(25, 60)));

    /// <summary>The picture as it arrives, [side, side, 3].</summary>
    public byte[] Apply(Random random, byte[] rgb, int side)
    {
        var small = Math.Max(16, (int)Math.Round(Share * side));
        var picture = SquareResampler.Resample(rgb, side, small);
        for (var i = 0; i < picture.Length; i++) picture[i] = (byte)Math.Clamp(picture[i] + Noise * random.Normal() + 0.5, 0, 255);
        var jpeg = Jpeg.Encode(picture, small, small, Quality);
        if (!Jpeg.TryDecode(jpeg, small, small, picture)) throw new InvalidOperationException("a JPEG that was just written cannot be read");
        return SquareResampler.Resample(picture, small, side);
    }
}
