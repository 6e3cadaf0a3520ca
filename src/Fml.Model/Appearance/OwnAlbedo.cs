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
    private static readonly Scalar X = new Scalar.Argument(0);

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
        var albedo = Solve(weights);
        if (occlusionScale is not { } scale) return albedo;
        var squared = Sum(Square(seen.Colours - FramesOfPeople.Repeat(albedo, frames) * shading), [1], keepDimensions: true);
        return Solve(weights * StopGradient(Map(1 / (1 + X * (1 / (scale * scale))), squared)));

        Node Solve(Node w)
        {
            var received = w * shading;
            return (OfPerson(received * seen.Colours) + Prior * expected) / (OfPerson(received * shading) + Prior);
        }

        Node OfPerson(Node perFrame) => FramesOfPeople.Sum(perFrame, expected.Shape[0]);
    }
}
