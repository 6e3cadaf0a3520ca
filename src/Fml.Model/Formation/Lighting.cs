using Fml.Graph;
using Fml.Native;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>
/// Light as three bands of real spherical harmonics, nine coefficients a colour channel, in camera space (<c>method.md</c> section 2;
/// Ramamoorthi and Hanrahan 2001). The order is 1, y, z, x, xy, yz, 3z^2-1, xz, x^2-y^2.
/// </summary>
public static class Lighting
{
    /// <summary>Number of coefficients a channel.</summary>
    public const int Count = 9;

    /// <summary>Constants of the bands: constant, linear, products, <c>3z^2-1</c>, <c>x^2-y^2</c>.</summary>
    internal const double C0 = 0.282095, C1 = 0.488603, C2 = 1.092548, C3 = 0.315392, C4 = 0.546274;

    /// <summary>First coefficient of the ambient light under which a surface shows its albedo, <c>1 / 0.282095</c>.</summary>
    public const double AmbientCoefficient = 1 / C0;

    /// <summary>White ambient light: every surface shows its albedo.</summary>
    /// <returns>[9,3], [band][channel].</returns>
    public static Node Ambient(ElementType element = ElementType.F32) =>
        Constants.Of(element, [Count, 3], [.. Enumerable.Repeat(AmbientCoefficient, 3), .. new double[3 * (Count - 1)]]);

    /// <summary>The light that arrives at surfaces, <c>sum_b gamma_b H_b(n)</c>; times the albedo it is their colour.</summary>
    /// <param name="cameraNormals">Unit normals in camera space, [F,3,V].</param>
    /// <param name="gamma">[F,9,3].</param>
    /// <returns>[F,3,V], channel by channel.</returns>
    public static Node Shade(Node cameraNormals, Node gamma)
    {
        var byChannel = Transpose(gamma, 0, 2, 1);
        Scalar x = new Scalar.Argument(0), y = new Scalar.Argument(1), z = new Scalar.Argument(2);
        var light = Harmonics(x, y, z).Select((harmonic, b) => harmonic * new Scalar.Argument(3 + b)).Aggregate((sum, term) => sum + term);
        return Map(
            light,
            [
                .. Enumerable.Range(0, 3).Select(c => Slice(cameraNormals, 1, c, 1)),
                .. Enumerable.Range(0, Count).Select(b => Slice(byChannel, 2, b, 1)),
            ]);
    }

    /// <summary>The nine basis functions of a direction.</summary>
    internal static Scalar[] Harmonics(Scalar x, Scalar y, Scalar z) =>
        [C0, C1 * y, C1 * z, C1 * x, C2 * x * y, C2 * y * z, C3 * (3 * z * z - 1), C2 * x * z, C4 * (x * x - y * y)];
}
