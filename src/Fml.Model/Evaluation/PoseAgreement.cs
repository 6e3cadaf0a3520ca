using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>How well the rotations of frames are found.</summary>
/// <param name="Degrees">
/// Mean angle between the found rotation and the true one, per person, degrees; where the two meshes differ, up to one rotation that is the
/// same for all frames, since what facing straight ahead means is each mesh's own.
/// </param>
/// <param name="Correlation">Correlation of the found turns (yaw and pitch of the nose) with the true ones over all frames, -1 to 1.</param>
/// <param name="Frames">Number of frames.</param>
public sealed record PoseAgreement(Measure Degrees, double Correlation, int Frames)
{
    /// <summary>Compares rotation vectors.</summary>
    /// <param name="people">Per person, found and true rotation of each frame, radians; at least one frame each.</param>
    /// <param name="sameMesh">Whether the rotations are of the same mesh.</param>
    internal static PoseAgreement Of(IReadOnlyCollection<(Vector3 Found, Vector3 True)[]> people, bool sameMesh)
    {
        var pairs = people.Select(frames => frames.Select(f =>
            (Found: RotationVector.ToQuaternion(f.Found), True: RotationVector.ToQuaternion(f.True))).ToArray()).ToArray();
        var offset = sameMesh ? Quaternion.Identity : Mean(pairs.SelectMany(frames => frames).Select(f => Quaternion.Conjugate(f.True) * f.Found));
        var angles = pairs.Select(frames => frames.Average(f => Degree(f.Found, f.True * offset)));
        var found = FrameContrast.Turns(people.SelectMany(frames => frames).Select(f => f.Found));
        var truth = FrameContrast.Turns(people.SelectMany(frames => frames).Select(f => f.True));
        return new PoseAgreement(Measure.Of([.. angles]), Correlate(found, truth), found.Length);
    }

    /// <summary>Pearson's correlation, each column about its own mean, all columns together; 0 where nothing varies.</summary>
    internal static double Correlate(double[][] found, double[][] truth)
    {
        var (product, square, trueSquare) = (0.0, 0.0, 0.0);
        for (var c = 0; c < found[0].Length; c++)
        {
            var (mean, trueMean) = (found.Average(f => f[c]), truth.Average(t => t[c]));
            for (var i = 0; i < found.Length; i++)
            {
                var (x, y) = (found[i][c] - mean, truth[i][c] - trueMean);
                product += x * y;
                square += x * x;
                trueSquare += y * y;
            }
        }
        return square > 1e-12 && trueSquare > 1e-12 ? product / Math.Sqrt(square * trueSquare) : 0;
    }

    // Rotations near one another: the normalised sum, with signs made equal.
    private static Quaternion Mean(IEnumerable<Quaternion> rotations)
    {
        var sum = default(Quaternion);
        foreach (var q in rotations) sum += Quaternion.Dot(q, sum) < 0 ? -q : q;
        return Quaternion.Normalize(sum);
    }

    // From the vector part, which is exact near 0 where the cosine is not.
    private static double Degree(Quaternion a, Quaternion b)
    {
        var difference = Quaternion.Conjugate(a) * b;
        var sine = new Vector3(difference.X, difference.Y, difference.Z).Length();
        return 2 * Math.Atan2(sine, Math.Abs(difference.W)) * 180 / Math.PI;
    }
}
