using System.Collections.Immutable;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Fml.Model;

/// <summary>
/// Light and albedo of one person while shape and poses are held. Each alone is a small linear problem: given the albedo, nine coefficients
/// a channel for every frame; given the lights, a colour for every vertex. They are solved for in turn, and what does not fit - hair, hands,
/// places where the face is not where it is held to be - counts less and less: iteratively reweighted least squares, its weights sharpened from
/// round to round. The free scale between light and albedo is fixed by a mean shading as bright as the usual light's.
/// </summary>
/// <param name="Albedo">Three channels, each [V].</param>
/// <param name="Lights">One <c>gamma</c>, [9,3], for every frame.</param>
/// <param name="Weights">How well the seen vertices of every frame fit.</param>
internal sealed record PersonAppearance(double[][] Albedo, ImmutableArray<double[]> Lights, ImmutableArray<double[]> Weights)
{
    private const int Rounds = 8;

    // Deviation of residuals that still belong to the face, colours in [0, 1], in the first round and at last, and its factor each round.
    internal const double Widest = 0.3, Narrowest = 0.05;
    private const double Narrowing = 0.7;

    // What priors weigh: of the usual light, in vertices; of the usual albedo, in frames.
    internal const double LightPrior = 3;
    private const double AlbedoPrior = 0.3;

    /// <summary>Solves for a person.</summary>
    /// <param name="frames">At least one.</param>
    /// <param name="usual">Albedo of the mean face, three times [V]: what no frame shows of the person has it, in the person's tint.</param>
    /// <param name="usualLight">What lights are like on average, <c>gamma</c> [9,3]; it falls on a face from where no vertex tells.</param>
    public static PersonAppearance Solve(IReadOnlyList<FrameColours> frames, double[][] usual, double[] usualLight)
    {
        var (albedo, lights) = (usual, new double[frames.Count][]);
        double[][] fits = [.. frames.Select(frame => frame.Weights)];
        for (var round = 0; round < Rounds; round++)
        {
            for (var f = 0; f < lights.Length; f++) lights[f] = Light(frames[f], fits[f], albedo, usualLight);
            double[][][] shadings = [.. frames.Select((frame, f) => frame.Shading(lights[f]))];
            Normalise(frames, lights, shadings, usualLight);
            albedo = [.. usual.Select((plane, c) => AlbedoOf(c, frames, fits, shadings, plane))];
            var deviation = Math.Max(Narrowest, Widest * Math.Pow(Narrowing, round));
            fits = [.. frames.Select((frame, f) => Fits(frame, shadings[f], albedo, deviation))];
        }
        return new PersonAppearance(albedo, [.. lights], [.. fits]);
    }

    /// <summary>The light under which a known albedo looks most like a frame, <c>gamma</c> [9,3].</summary>
    public static double[] Light(FrameColours frame, double[][] albedo, double[] usualLight) => Light(frame, frame.Weights, albedo, usualLight);

    /// <summary>The same where vertices count as they fit, [n].</summary>
    public static double[] Light(FrameColours frame, double[] weights, double[][] albedo, double[] usualLight)
    {
        const int count = Lighting.Count;
        var light = new double[3 * count];
        var (weighted, product) = (new double[weights.Length], new double[weights.Length]);
        for (var c = 0; c < 3; c++)
        {
            var (right, normal) = (new DenseVector(count), new DenseMatrix(count));
            for (var i = 0; i < weights.Length; i++) weighted[i] = weights[i] * albedo[c][frame.Vertices[i]];
            Multiply(weighted, frame.Colours[c], product);
            for (var b = 0; b < count; b++) right[b] = Columns.Dot(product, frame.Harmonics[b]);
            for (var i = 0; i < weights.Length; i++) weighted[i] *= albedo[c][frame.Vertices[i]];
            for (var b = 0; b < count; b++)
            {
                Multiply(weighted, frame.Harmonics[b], product);
                for (var j = 0; j <= b; j++) normal[b, j] = normal[j, b] = Columns.Dot(product, frame.Harmonics[j]);
                normal[b, b] += LightPrior * Lighting.C0 * Lighting.C0;
                right[b] += LightPrior * Lighting.C0 * Lighting.C0 * usualLight[3 * b + c];
            }
            var solved = normal.Cholesky().Solve(right);
            for (var b = 0; b < count; b++) light[3 * b + c] = solved[b];
        }
        return light;
    }

    private static void Normalise(IReadOnlyList<FrameColours> frames, double[][] lights, double[][][] shadings, double[] usualLight)
    {
        double[][][] usual = [.. frames.Select(frame => frame.Shading(usualLight))];
        for (var c = 0; c < 3; c++)
        {
            var (sum, wanted) = (Brightness(shadings, c), Brightness(usual, c));
            if (!(sum > 1e-3 * wanted)) continue; // black frames say nothing
            var factor = wanted / sum;
            foreach (var light in lights)
                for (var b = 0; b < Lighting.Count; b++) light[3 * b + c] *= factor;
            foreach (var shading in shadings) Columns.Add(factor - 1, shading[c], shading[c]);
        }

        double Brightness(double[][][] of, int channel) => frames.Select((frame, f) => Columns.Dot(frame.Weights, of[f][channel])).Sum();
    }

    private static double[] AlbedoOf(int channel, IReadOnlyList<FrameColours> frames, double[][] fits, double[][][] shadings, double[] usual)
    {
        double[] shown = new double[usual.Length], received = new double[usual.Length];
        for (var f = 0; f < fits.Length; f++)
        {
            var (fit, shading, colour, vertices) = (fits[f], shadings[f][channel], frames[f].Colours[channel], frames[f].Vertices);
            for (var i = 0; i < fit.Length; i++)
            {
                var weighted = fit[i] * shading[i];
                shown[vertices[i]] += weighted * colour[i];
                received[vertices[i]] += weighted * shading[i];
            }
        }
        var expected = Columns.Dot(received, usual);
        var tint = expected > 0 ? shown.Sum() / expected : 1;
        var albedo = new double[usual.Length];
        for (var v = 0; v < albedo.Length; v++) albedo[v] = (shown[v] + AlbedoPrior * tint * usual[v]) / (received[v] + AlbedoPrior);
        return albedo;
    }

    private static double[] Fits(FrameColours frame, double[][] shading, double[][] albedo, double deviation)
    {
        var fits = new double[frame.Weights.Length];
        for (var c = 0; c < 3; c++)
            for (var i = 0; i < fits.Length; i++)
            {
                var residual = frame.Colours[c][i] - albedo[c][frame.Vertices[i]] * shading[c][i];
                fits[i] += residual * residual;
            }
        for (var i = 0; i < fits.Length; i++) fits[i] = frame.Weights[i] / (1 + fits[i] / (deviation * deviation));
        return fits;
    }

    private static void Multiply(double[] a, double[] b, double[] product)
    {
        for (var i = 0; i < product.Length; i++) product[i] = a[i] * b[i];
    }
}
