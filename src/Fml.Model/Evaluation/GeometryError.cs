using System.Numerics;

namespace Fml.Model;

/// <summary>Distances summed up: mean and standard deviation over the points, mm.</summary>
public readonly record struct DistanceStatistics(double Mean, double Deviation)
{
    /// <summary>Sums up distances; zeros if there are none.</summary>
    public static DistanceStatistics Of(IReadOnlyCollection<double> distances)
    {
        if (distances.Count == 0) return default;
        var mean = distances.Average();
        return new DistanceStatistics(mean, Math.Sqrt(distances.Average(d => (d - mean) * (d - mean))));
    }

    /// <summary>Such as "2.31 ± 1.02 mm".</summary>
    public override string ToString() => $"{Mean:F2} ± {Deviation:F2} mm";
}

/// <summary>
/// How far a reconstructed shape is from the true one, vertex by vertex. Size and distance are nearly ambiguous in one uncalibrated
/// picture, so the error with the size made equal always stands beside the other.
/// </summary>
/// <param name="Rigid">After the best rigid motion.</param>
/// <param name="Scaled">After the best rigid motion and change of size.</param>
public sealed record GeometryError(DistanceStatistics Rigid, DistanceStatistics Scaled)
{
    /// <summary>Measures a reconstruction; the motion that aligns is that of least squares over the same region.</summary>
    /// <param name="reconstruction">[V], mm.</param>
    /// <param name="truth">[V], mm.</param>
    /// <param name="region">Vertices that count, usually the template's evaluation region.</param>
    public static GeometryError Between(ReadOnlySpan<Vector3> reconstruction, ReadOnlySpan<Vector3> truth, ReadOnlySpan<int> region) => new(
        DistanceStatistics.Of(PerVertex(reconstruction, truth, region, withScale: false)),
        DistanceStatistics.Of(PerVertex(reconstruction, truth, region, withScale: true)));

    /// <summary>Mean of means and of deviations; null of nothing.</summary>
    internal static GeometryError? Mean(IReadOnlyCollection<GeometryError> errors)
    {
        if (errors.Count == 0) return null;
        DistanceStatistics Of(Func<GeometryError, DistanceStatistics> part) =>
            new(errors.Average(e => part(e).Mean), errors.Average(e => part(e).Deviation));
        return new GeometryError(Of(e => e.Rigid), Of(e => e.Scaled));
    }

    /// <summary>Distance of each vertex of the region after alignment, mm, in the region's order.</summary>
    public static double[] PerVertex(
        ReadOnlySpan<Vector3> reconstruction, ReadOnlySpan<Vector3> truth, ReadOnlySpan<int> region, bool withScale)
    {
        var motion = Alignment.Align(reconstruction, truth, region, withScale);
        var distances = new double[region.Length];
        for (var i = 0; i < region.Length; i++) distances[i] = Vector3.Distance(motion.Apply(reconstruction[region[i]]), truth[region[i]]);
        return distances;
    }
}
