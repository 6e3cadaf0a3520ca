using System.Numerics;

namespace Fml.Model;

/// <summary>Real spherical harmonics of bands 0 to 2 in the order and with the constants of <c>method.md</c> section 2.</summary>
internal static class SphericalHarmonics
{
    /// <summary>The nine values <c>H_b(n)</c> for a unit normal.</summary>
    public static void Evaluate(Vector3 n, Span<float> harmonics)
    {
        harmonics[0] = 0.282095f;
        harmonics[1] = 0.488603f * n.Y;
        harmonics[2] = 0.488603f * n.Z;
        harmonics[3] = 0.488603f * n.X;
        harmonics[4] = 1.092548f * n.X * n.Y;
        harmonics[5] = 1.092548f * n.Y * n.Z;
        harmonics[6] = 0.315392f * (3 * n.Z * n.Z - 1);
        harmonics[7] = 1.092548f * n.X * n.Z;
        harmonics[8] = 0.546274f * (n.X * n.X - n.Y * n.Y);
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
