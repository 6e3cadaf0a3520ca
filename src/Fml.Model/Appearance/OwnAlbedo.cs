using Fml.Graph;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>
/// The albedo that suits a person's frames best under their lights, vertex by vertex and as a function of all that moves: what is left of the
/// differences of colour then tells of shape, pose and light, not of what a learned albedo cannot show. For a vertex and a channel it is the
/// least-squares solution <c>(sum_f w s c + lambda r) / (sum_f w s^2 + lambda)</c> for colours c under shadings s, drawn to the expected r.
/// </summary>
internal static class OwnAlbedo
{
    // What the expected albedo weighs, in frames that see a vertex from the front.
    private const double Prior = 0.3;

    /// <summary>Solves for people.</summary>
    /// <param name="seen">What their frames show, M rows a person.</param>
    /// <param name="shading">[K M,3,V].</param>
    /// <param name="expected">Albedo that is expected, [K,3,V].</param>
    /// <param name="occlusionScale">
    /// Differences of colour beyond which a frame shows something else there than the face, and counts less and less; null lets all count alike.
    /// </param>
    /// <returns>[K,3,V].</returns>
    public static Node Of(SeenColours seen, Node shading, Node expected, double? occlusionScale)
    {
        var (frames, vertices) = (seen.Weights.Shape[0], seen.Weights.Shape[1]);
        var weights = Reshape(seen.Weights, [frames, 1, vertices]);
        var albedo = Of(weights, seen.Colours, shading, expected);
        return occlusionScale is { } scale
            ? Of(weights * Losses.Belonging(Unexplained(seen.Colours, albedo, shading), scale), seen.Colours, shading, expected)
            : albedo;
    }

    /// <summary>Solves for people where vertices count by given weights, [K M,1,V].</summary>
    public static Node Of(Node weights, Node colours, Node shading, Node expected)
    {
        var received = weights * shading;
        return (OfPerson(received * colours) + Prior * expected) / (OfPerson(received * shading) + Prior);

        Node OfPerson(Node perFrame) => FramesOfPeople.Sum(perFrame, expected.Shape[0]);
    }

    /// <summary>Squared differences of colour, <c>|c - r s|^2</c>, [K M,1,V].</summary>
    public static Node Unexplained(Node colours, Node albedo, Node shading) =>
        Sum(Square(colours - FramesOfPeople.Repeat(albedo, colours.Shape[0]) * shading), [1], keepDimensions: true);
}
