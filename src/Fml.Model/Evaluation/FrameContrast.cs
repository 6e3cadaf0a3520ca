using System.Collections.Immutable;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Fml.Model;

/// <summary>Two sets of a person's frames that differ in one thing as much as they can, to see what else that changes.</summary>
internal static class FrameContrast
{
    /// <summary>The frames at the two ends of the direction along which something varies most.</summary>
    /// <param name="values">What varies, per frame.</param>
    /// <param name="size">Frames of each set.</param>
    /// <returns>Null if there are too few frames, or nothing varies.</returns>
    public static (int[] First, int[] Second)? Along(IReadOnlyList<double[]> values, int size)
    {
        if (size < 1 || values.Count < 2 * size) return null;
        var dimensions = values[0].Length;
        double[] mean = [.. Enumerable.Range(0, dimensions).Select(d => values.Average(v => v[d]))];
        double[][] centred = [.. values.Select(v => v.Zip(mean, (x, m) => x - m).ToArray())];
        // Through the Gram matrix of frames, of which there are fewer than dimensions.
        var gram = DenseMatrix.Create(values.Count, values.Count, (i, j) => Columns.Dot(centred[i], centred[j]));
        if (!(gram.Trace() > 1e-12)) return null;
        var places = gram.Evd(Symmetricity.Symmetric).EigenVectors.Column(values.Count - 1);
        int[] order = [.. Enumerable.Range(0, values.Count).OrderBy(i => places[i]).ThenBy(i => i)];
        return ([.. order[..size].Order()], [.. order[^size..].Order()]);
    }

    /// <summary>Two disjoint sets drawn at random.</summary>
    public static (int[] First, int[] Second) AtRandom(int available, int size, Random random)
    {
        int[] order = [.. Enumerable.Range(0, available)];
        random.Shuffle(order);
        return ([.. order[..size].Order()], [.. order[size..(2 * size)].Order()]);
    }

    /// <summary>What a frame's expression does to the face, mm: each weight times the root mean square displacement of its blendshape.</summary>
    public static double[][] Expressions(FaceTemplate template, IEnumerable<IReadOnlyList<float>> weights)
    {
        double[] lengths = [.. template.Expressions.Select(e =>
            Math.Sqrt(template.EvaluationRegion.Average(v => (double)e.Offsets[v].LengthSquared())))];
        return [.. weights.Select(frame => frame.Select((weight, u) => weight * lengths[u]).ToArray())];
    }

    /// <summary>How a frame's head is turned: the direction of the nose, so that rolling, which a picture shows anyway, does not count.</summary>
    public static double[][] Turns(IEnumerable<Vector3> rotations) =>
    [
        .. rotations.Select(w => Vector3.Transform(Vector3.UnitZ, RotationVector.ToQuaternion(w))).Select(nose => new double[] { nose.X, nose.Y }),
    ];
}

/// <summary>How much a person's neutral face changes when the frames differ in something, mm, root mean square per vertex.</summary>
/// <param name="Between">What the frames differ in, such as "expression".</param>
/// <param name="Contrasted">Between the frames at the two ends of it; mean and deviation over people.</param>
/// <param name="AtRandom">Between as many frames of the same people, drawn at random.</param>
/// <param name="People">Number of people.</param>
public sealed record ContrastFigures(string Between, Measure Contrasted, Measure AtRandom, int People);
