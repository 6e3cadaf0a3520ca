using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>Colours of error maps: from pale (no error) through orange to dark red, lightness falling steadily.</summary>
public static class ErrorColours
{
    private static readonly ImmutableArray<Vector3> Stops =
    [
        new(0.96f, 0.95f, 0.91f), new(0.99f, 0.83f, 0.55f), new(0.95f, 0.58f, 0.30f), new(0.80f, 0.29f, 0.20f), new(0.45f, 0.08f, 0.16f),
    ];

    /// <summary>The colour, RGB in [0, 1], of a distance; distances at or above the limit have the last colour.</summary>
    /// <param name="distance">Distance in mm.</param>
    /// <param name="limit">Distance of the last colour in mm.</param>
    public static Vector3 Of(float distance, float limit)
    {
        var position = Math.Clamp(distance / limit, 0, 1) * (Stops.Length - 1);
        if (!(position >= 0)) return new Vector3(0.5f); // unknown
        var stop = Math.Min((int)position, Stops.Length - 2);
        return Vector3.Lerp(Stops[stop], Stops[stop + 1], position - stop);
    }

    /// <summary>Colours of many distances, [V].</summary>
    public static Vector3[] Of(ReadOnlySpan<float> distances, float limit)
    {
        var colours = new Vector3[distances.Length];
        for (var i = 0; i < colours.Length; i++) colours[i] = Of(distances[i], limit);
        return colours;
    }

    /// <summary>The same scale as a CSS gradient from left to right.</summary>
    internal static string CssGradient => $"linear-gradient(to right, {string.Join(", ", Stops.Select(Css))})";

    private static string Css(Vector3 colour) => $"rgb({255 * colour.X:0},{255 * colour.Y:0},{255 * colour.Z:0})";
}
