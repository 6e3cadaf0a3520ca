using Fml.Graph;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>
/// Lights of frames and the own albedo of their people inside a graph, for many people at once: by turns, a few rounds, with what no albedo
/// explains counting less and less. A coarser solution than <see cref="PersonAppearance"/>, whose rounds go on until nothing changes.
/// </summary>
internal static class GraphAppearance
{
    private const int Rounds = 4, ConjugateSteps = 12;
    private const double Narrowing = 0.5, LightPrior = PersonAppearance.LightPrior * Lighting.C0 * Lighting.C0;

    private static readonly Scalar X = new Scalar.Argument(0), Y = new Scalar.Argument(1), Z = new Scalar.Argument(2);

    /// <summary>What suits the frames. F frames of K people.</summary>
    /// <param name="Light">[F,3,9].</param>
    /// <param name="Albedo">[K,3,V].</param>
    /// <param name="Weights">How well vertices are seen, less where something else is, [F,1,V].</param>
    public sealed record Solution(Node Light, Node Albedo, Node Weights)
    {
        /// <summary>The albedo as a function of shading and seen colours, light and weights being held; [K,3,V].</summary>
        public Node AlbedoOf(SeenColours seen, Node shading) => OwnAlbedo.Of(StopGradient(Weights), seen.Colours, shading, StopGradient(Albedo));
    }

    /// <summary>Solves.</summary>
    /// <param name="seen">What the frames show, M rows a person.</param>
    /// <param name="expected">Albedo that is expected, [K,3,V].</param>
    public static Solution Solve(SeenColours seen, Node expected)
    {
        var (frames, vertices) = (seen.Weights.Shape[0], seen.Weights.Shape[1]);
        var harmonics = Concat(1, [.. Harmonics(seen.Normals)]);
        var (people, visible) = (expected.Shape[0], Reshape(seen.Weights, [frames, 1, vertices]));
        var (weights, albedo) = (visible, expected);
        Node? light = null;
        for (var round = 0; round < Rounds; round++)
        {
            light = Light(harmonics, weights, FramesOfPeople.Repeat(albedo, frames), seen.Colours);
            var shading = MatMul(light, harmonics);
            // Of brightness and tint, which light and albedo share, the lights of a person keep those of white light of the usual strength.
            var (shines, usual) = (FramesOfPeople.Sum(Sum(visible * shading, [2], true), people), FramesOfPeople.Sum(Sum(visible, [2], true), people));
            var factor = FramesOfPeople.Repeat(Map(Scalar.If(X > 1e-3 * Y, Y / X, 1), shines, usual), frames);
            (light, shading) = (light * factor, shading * factor);
            var (shown, wouldShow) = (FramesOfPeople.Sum(weights * seen.Colours, people), FramesOfPeople.Sum(weights * shading, people) * expected);
            var tint = Sum(shown, [2], true) / Map(Scalar.Max(X, 1e-3), Sum(wouldShow, [2], true));
            albedo = OwnAlbedo.Of(weights, seen.Colours, shading, tint * expected);
            var deviation = Math.Max(PersonAppearance.Narrowest, PersonAppearance.Widest * Math.Pow(Narrowing, round));
            weights = visible * Losses.Belonging(OwnAlbedo.Unexplained(seen.Colours, albedo, shading), deviation);
        }
        return new Solution(light!, albedo, weights);
    }

    // The nine of [F,3,V] normals, [F,1,V] each.
    private static IEnumerable<Node> Harmonics(Node normals) =>
        Lighting.Harmonics(X, Y, Z).Select(harmonic => Map(
            harmonic + 0 * (X + Y + Z), // which reads all three, whatever the harmonic does
            Slice(normals, 1, 0, 1), Slice(normals, 1, 1, 1), Slice(normals, 1, 2, 1)));

    // Least squares for each frame and channel, drawn to white light: conjugate gradients on the normal equations of nine numbers.
    private static Node Light(Node harmonics, Node weights, Node albedo, Node colours)
    {
        var (frames, count, vertices) = (harmonics.Shape[0], harmonics.Shape[1], harmonics.Shape[2]);
        var reflected = weights * albedo;
        var usual = new float[count];
        usual[0] = (float)(LightPrior / Lighting.C0);
        var right = Reshape(MatMul(reflected * colours, harmonics, transposeB: true) + Constant<float>(usual, [1, 1, count]), [3 * frames, count, 1]);
        var carried = Reshape(reflected * albedo, [frames, 3, 1, vertices]) * Reshape(harmonics, [frames, 1, count, vertices]);
        var matrix = Reshape(MatMul(Reshape(carried, [frames, 3 * count, vertices]), harmonics, transposeB: true), [3 * frames, count, count]);

        Node light = Full(right.Type, 0), residual = right, direction = right;
        var square = Sum(Square(residual), [1], true);
        for (var i = 0; i < ConjugateSteps; i++)
        {
            var product = MatMul(matrix, direction) + LightPrior * direction;
            var step = square / (Sum(direction * product, [1], true) + 1e-20);
            light += step * direction;
            residual -= step * product;
            var next = Sum(Square(residual), [1], true);
            direction = residual + next / (square + 1e-20) * direction;
            square = next;
        }
        return Reshape(light, [frames, 3, count]);
    }
}
