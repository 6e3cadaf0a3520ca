using Fml.Graph;
using Fml.Native;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>How colours are compared.</summary>
public sealed record PhotometricOptions
{
    /// <summary>Rounds the norm off at 0: <c>sqrt(|e|^2 + epsilon^2) - epsilon</c>.</summary>
    public double Epsilon { get; init; } = 0.01;

    /// <summary><c>|e|^2</c> instead of the norm.</summary>
    public bool Squared { get; init; }

    /// <summary>
    /// Robust against what covers the face: residuals count with <c>1 / (1 + (|e| / scale)^2)</c>, a constant for the gradient; null
    /// counts all alike.
    /// </summary>
    public double? OcclusionScale { get; init; }
}

/// <summary>The losses of <c>method.md</c> section 4. Each is a scalar and the mean of what it runs over.</summary>
public static class Losses
{
    private static readonly Scalar X = new Scalar.Argument(0), Y = new Scalar.Argument(1);

    /// <summary>
    /// <c>L_pho</c>: the mean over frames and visible vertices of the distance between the image's and the model's colours.
    /// </summary>
    /// <param name="sampled">The image at the projected vertices, [F,3,V].</param>
    /// <param name="predicted">The model's colours, [F,3,V].</param>
    /// <param name="mask">Visible vertices, [F,V]; constant for the gradient.</param>
    /// <param name="options">How colours are compared.</param>
    /// <param name="areas">Weights of the vertices with mean 1, [V]; null weighs all alike.</param>
    public static Node Photometric(Node sampled, Node predicted, Node mask, PhotometricOptions? options = null, Node? areas = null)
    {
        options ??= new PhotometricOptions();
        var squared = Sum(Square(sampled - predicted), [1]);
        var weight = StopGradient(areas is null ? mask : mask * areas);
        return MeanOver(weight, weight * Distance(squared, options));
    }

    /// <summary>
    /// <c>L_pho</c> per pixel: the mean over frames and covered pixels of the distance between the image's and the model's colours, where a
    /// pixel of which the model covers the share a counts with a.
    /// <para> No background is modelled: of a pixel that is partly covered the rest is taken to be as the image is, so that its distance is
    /// <c>a |c - I|</c>. That alone would draw every outline inwards, since what is not covered costs nothing. But the mean is over what is
    /// covered, and a is not constant for the gradient: covering more of a pixel changes the loss by its distance <c>less the mean distance</c>,
    /// so an outline grows where the image beyond it looks as much like the face as the face does on the whole, and shrinks where it does not.
    /// It is as if what is not covered cost the mean distance.</para>
    /// </summary>
    /// <param name="images">[F,W,W,3], u8 (read as 0..1) or floating point as they are; constant for the gradient.</param>
    /// <param name="picture">The model's colours times a, and a, [F,W,W,4]; see <see cref="Antialias"/>.</param>
    /// <param name="options">How colours are compared.</param>
    public static Node PhotometricPerPixel(Node images, Node picture, PhotometricOptions? options = null)
    {
        var differences = PixelDifferences.Of(images, picture);
        return MeanOver(Slice(differences, 1, 1, 1), Distance(Slice(differences, 1, 0, 1), options ?? new PhotometricOptions()));
    }

    // How much a difference counts, given its square.
    private static Node Distance(Node squared, PhotometricOptions options)
    {
        var epsilon = options.Epsilon;
        var error = options.Squared ? squared : Map(Scalar.Sqrt(X + epsilon * epsilon) - epsilon, squared);
        return options.OcclusionScale is { } scale ? error * Belonging(squared, scale) : error;
    }

    /// <summary>How much what differs so much still belongs to the face: <c>1 / (1 + (|e| / scale)^2)</c>; constant for the gradient.</summary>
    /// <param name="squared"><c>|e|^2</c>.</param>
    /// <param name="scale">See <see cref="PhotometricOptions.OcclusionScale"/>.</param>
    internal static Node Belonging(Node squared, double scale) => StopGradient(Map(1 / (1 + X * (1 / (scale * scale))), squared));

    private static Node MeanOver(Node weight, Node weighted) => Sum(weighted) / Map(Scalar.Max(X, 1), Sum(weight));

    /// <summary><c>L_lan</c>: the mean over frames and landmarks of <c>conf |s - u|^2 / W^2</c>.</summary>
    /// <param name="points">The model's landmarks in the image, [F,2,68], pixels; see <see cref="LandmarkPoints"/>.</param>
    /// <param name="targets">Those found in the image, [F,68,2], pixels.</param>
    /// <param name="confidence">[F,68], 0 to 1.</param>
    /// <param name="imageSize">W, pixels.</param>
    /// <param name="jaw">
    /// What the 17 landmarks of the jaw line count beside the others: where a face's outline runs, and so which vertex of a strip it is, is
    /// known less well than where an eye's corner is.
    /// </param>
    public static Node Landmarks(Node points, Node targets, Node confidence, int imageSize, double jaw = 1)
    {
        var squared = Sum(Square(points - Transpose(targets, 0, 2, 1)), [1]);
        if (jaw != 1)
            confidence *= Constants.Of(
                confidence.Type.Element, [confidence.Shape[1]],
                [.. Enumerable.Range(0, confidence.Shape[1]).Select(i => i < LandmarkPoints.JawCount ? jaw : 1)]);
        return Sum(confidence * squared) * (1 / ((double)imageSize * imageSize * confidence.Shape.Count));
    }

    /// <summary><c>L_smo</c>: the mean over people and graph edges of <c>|d_i - d_j|^2</c>, mm^2.</summary>
    /// <param name="constants">The template, made with its deformation graph.</param>
    /// <param name="displacement">Node displacements, [K,3,N], mm.</param>
    public static Node Smoothness(TemplateConstants constants, Node displacement)
    {
        var edges = constants.GraphEdges
            ?? throw new ArgumentException("the constants were made without a deformation graph", nameof(constants));
        return Sum(Square(edges.Times(displacement))) * (1 / ((double)displacement.Shape[0] * edges.Matrix.Rows));
    }

    /// <summary>
    /// How a displacement bends the surface: the mean over people and nodes of the squared part of it that is not affine in a node's surroundings,
    /// mm^2; see <see cref="NodeBending"/>. True faces differ by what is long and shallow, such as how deep they are; <see cref="Smoothness"/>
    /// flattens that, this does not.
    /// </summary>
    /// <param name="constants">The template, made with its deformation graph.</param>
    /// <param name="displacement">Node displacements, [K,3,N], mm.</param>
    public static Node Bending(TemplateConstants constants, Node displacement)
    {
        var bending = constants.NodeBending
            ?? throw new ArgumentException("the constants were made without a deformation graph", nameof(constants));
        return Sum(Square(bending.Times(displacement))) * (1 / ((double)displacement.Shape[0] * bending.Matrix.Rows));
    }

    /// <summary>
    /// How a surface slides along itself: the mean over people and nodes of <c>|T_i (d_i - mean d_j)|^2</c>, mm^2, over the neighbours j of a node,
    /// T the part across the template's normal. Images show where a smooth surface is but hardly which point of it is where; this leaves
    /// that to the landmarks around, while the surface itself stays free to bend.
    /// </summary>
    /// <param name="constants">The template, made with its deformation graph.</param>
    /// <param name="displacement">Node displacements, [K,3,N], mm.</param>
    public static Node Sliding(TemplateConstants constants, Node displacement)
    {
        if (constants is not { GraphLaplacian: { } laplacian, NodeNormals: { } normals })
            throw new ArgumentException("the constants were made without a deformation graph", nameof(constants));
        var differences = laplacian.Times(displacement);
        var across = differences - Sum(differences * normals, [1], keepDimensions: true) * normals;
        return Sum(Square(across)) * (1 / ((double)displacement.Shape[0] * laplacian.Matrix.Rows));
    }

    /// <summary>
    /// How lopsided faces are: the mean over people and nodes of <c>|d(x) - R d(R x)|^2</c>, mm^2, d the displacement of the surface at a node and
    /// opposite it, R the reflection. Faces are nearly symmetric (true ones differ from their mirror image by half a millimetre), and light from
    /// one side, a turned head and a lopsided face look much the same.
    /// </summary>
    /// <param name="constants">The template, made with its deformation graph.</param>
    /// <param name="displacement">Node displacements, [K,3,N], mm.</param>
    public static Node Asymmetry(TemplateConstants constants, Node displacement)
    {
        var mirror = constants.Mirror ?? throw new ArgumentException("the constants were made without a deformation graph", nameof(constants));
        var difference = mirror.Here.Times(displacement) - mirror.Reflection * mirror.Opposite.Times(displacement);
        return Sum(Square(difference)) * (1 / ((double)displacement.Shape[0] * mirror.Here.Matrix.Rows));
    }

    /// <summary>
    /// <c>L_spa</c>: the mean over people and mesh edges of <c>w_ij (|r_i - r_j|^2 + eps^2)^(p/2)</c>.
    /// </summary>
    /// <param name="constants">The template.</param>
    /// <param name="albedo">[K,3,V].</param>
    /// <param name="weights"><c>w</c>, [K,E]; see <see cref="ChromaWeights"/>.</param>
    /// <param name="power">p.</param>
    /// <param name="epsilon">eps.</param>
    public static Node AlbedoSparsity(TemplateConstants constants, Node albedo, Node weights, double power = 0.9, double epsilon = 1e-3)
    {
        var squared = Sum(Square(constants.MeshEdges.Times(albedo)), [1]);
        return Mean(StopGradient(weights) * Map(Scalar.Power(X + epsilon * epsilon, power / 2), squared));
    }

    /// <summary>
    /// The edge weights of <see cref="AlbedoSparsity"/>, <c>w_ij = exp(-eta |chroma_i - chroma_j|)</c>: chroma is the image's colour
    /// averaged over the frames that see the vertex, divided by its sum; where one end is unseen or black, w = 1. Constant for the
    /// gradient.
    /// </summary>
    /// <param name="constants">The template.</param>
    /// <param name="sampled">The image at the projected vertices, [K M,3,V].</param>
    /// <param name="mask">Visible vertices, [K M,V].</param>
    /// <param name="people">K.</param>
    /// <param name="eta">How sharply a change of chroma frees the albedo.</param>
    /// <returns>[K,E].</returns>
    public static Node ChromaWeights(TemplateConstants constants, Node sampled, Node mask, int people, double eta = 80)
    {
        var (frames, vertices) = (mask.Shape[0], mask.Shape[1]);
        var colours = FramesOfPeople.Sum(StopGradient(sampled) * Reshape(StopGradient(mask), [frames, 1, vertices]), people);
        // The chroma of what is unseen lies far from any other, which the edge then notices.
        var chroma = Map(Scalar.If(Y > BlackBelow, X / Y, UnseenChroma), colours, Sum(colours, [1], keepDimensions: true));
        var squared = Sum(Square(constants.MeshEdges.Times(chroma)), [1]);
        return StopGradient(Map(Scalar.If(X > FarthestChroma, 1, Scalar.Exp(-eta * Scalar.Sqrt(X))), squared));
    }

    // Colours below a level of an 8-bit image have no chroma; chromas differ by at most sqrt(2), seen from unseen by more than 4.
    private const double BlackBelow = 1.0 / 255, UnseenChroma = 4, FarthestChroma = 3;

    /// <summary>
    /// <c>L_ble</c>: the mean over frames and expressions of <c>sqrt(z^2 + eps^2) - eps</c>, <c>z = delta_u / sigma_u</c>, plus
    /// <paramref name="rangeWeight"/> times the squared excess of z beyond the valid range. It is sharp at 0 because faces move few muscles at
    /// a time: a person's rest is then found among the frames, where squares would share what the frames have in common out between
    /// expression and identity.
    /// </summary>
    /// <param name="constants">The template.</param>
    /// <param name="expression"><c>delta</c>, [F,b].</param>
    /// <param name="rangeWeight">Weight of the one-sided penalty.</param>
    /// <param name="epsilon">eps, which rounds the tip off.</param>
    public static Node ExpressionPrior(TemplateConstants constants, Node expression, double rangeWeight = 10, double epsilon = 0.1)
    {
        Scalar minimum = new Scalar.Argument(2), maximum = new Scalar.Argument(3);
        var excess = Scalar.Max(minimum - X, 0) + Scalar.Max(X - maximum, 0);
        return Mean(Map(
            Scalar.Sqrt(X * X / (Y * Y) + epsilon * epsilon) - epsilon + rangeWeight * excess * excess / (Y * Y),
            expression, constants.ExpressionDeviation, constants.ExpressionMinimum, constants.ExpressionMaximum));
    }

    /// <summary>The mean over people and vertices of <c>|S d|^2</c>, mm^2.</summary>
    /// <param name="skinned">Identity displacement of the vertices, [K,3,V], mm.</param>
    public static Node DisplacementRidge(Node skinned) => 3 * Mean(Square(skinned));

    /// <summary>The mean over people and vertices of <c>|Theta_a beta|^2</c>.</summary>
    /// <param name="offset">Albedo offset, [K,3,V].</param>
    public static Node AlbedoRidge(Node offset) => 3 * Mean(Square(offset));

    /// <summary>The mean over frames, bands and channels of the squared difference from white ambient light.</summary>
    /// <param name="gamma">[F,9,3].</param>
    public static Node LightPrior(Node gamma) => Mean(Square(gamma - Lighting.Ambient(gamma.Type.Element)));
}
