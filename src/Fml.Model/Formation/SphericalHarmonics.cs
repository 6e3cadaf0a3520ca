using System.Numerics;

namespace Fml.Model;

/// <summary>Real spherical harmonics of bands 0 to 2 on the host, in the order and with the constants of <see cref="Lighting"/>.</summary>
internal static class SphericalHarmonics
{
    /// <summary>The nine values <c>H_b(n)</c> for a unit normal.</summary>
    public static void Evaluate(Vector3 n, Span<float> harmonics)
    {
        harmonics[0] = (float)Lighting.C0;
        harmonics[1] = (float)Lighting.C1 * n.Y;
        harmonics[2] = (float)Lighting.C1 * n.Z;
        harmonics[3] = (float)Lighting.C1 * n.X;
        harmonics[4] = (float)Lighting.C2 * n.X * n.Y;
        harmonics[5] = (float)Lighting.C2 * n.Y * n.Z;
        harmonics[6] = (float)Lighting.C3 * (3 * n.Z * n.Z - 1);
        harmonics[7] = (float)Lighting.C2 * n.X * n.Z;
        harmonics[8] = (float)Lighting.C4 * (n.X * n.X - n.Y * n.Y);
    }

    /// <summary>The shading <c>sum_b gamma_b H_b(n)</c> for light given as [9*3], [band][channel].</summary>
    public static Vector3 Shade(ReadOnlySpan<float> light, Vector3 normal)
    {
        Span<float> harmonics = stackalloc float[9];
        Evaluate(normal, harmonics);
        var shading = Vector3.Zero;
        for (var b = 0; b < 9; b++) shading += harmonics[b] * new Vector3(light.Slice(3 * b, 3));
        return shading;
    }
}
