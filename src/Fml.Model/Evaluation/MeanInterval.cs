using MathNet.Numerics.Distributions;

namespace Fml.Model;

/// <summary>A mean and where it lies with 95 % confidence (Student's t interval).</summary>
/// <param name="Mean">Mean of the values.</param>
/// <param name="Low">Lower end; minus infinity for a single value.</param>
/// <param name="High">Upper end; infinity for a single value.</param>
/// <param name="Count">Number of values.</param>
public readonly record struct MeanInterval(double Mean, double Low, double High, int Count)
{
    /// <summary>True when the whole interval lies above 0.</summary>
    public bool IsAboveZero => Low > 0;

    /// <summary>The interval of some values, such as one improvement a person.</summary>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static MeanInterval Of(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0) throw new ArgumentException("an interval needs at least one value", nameof(values));
        var mean = values.Average();
        if (values.Count == 1) return new MeanInterval(mean, double.NegativeInfinity, double.PositiveInfinity, 1);
        var deviation = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
        var half = StudentT.InvCDF(0, 1, values.Count - 1, 0.975) * deviation / Math.Sqrt(values.Count);
        return new MeanInterval(mean, mean - half, mean + half, values.Count);
    }

    /// <summary>Such as "0.31 [0.12, 0.50]".</summary>
    public override string ToString() => $"{Mean:F2} [{Low:F2}, {High:F2}]";
}

/// <summary>By how much the reconstructions of people are nearer to the truth than the mean face is, mm; positive is better.</summary>
/// <param name="Rigid">With the size as it is.</param>
/// <param name="Scaled">With the size made equal.</param>
public sealed record ImprovementOverMean(MeanInterval Rigid, MeanInterval Scaled)
{
    /// <summary>Compares person by person, so that easy and hard people cancel.</summary>
    /// <param name="people">Per person, the error of the mean face and that of the reconstruction; at least one person.</param>
    public static ImprovementOverMean Of(IReadOnlyCollection<(GeometryError MeanFace, GeometryError Reconstruction)> people) => new(
        MeanInterval.Of([.. people.Select(p => p.MeanFace.Rigid.Mean - p.Reconstruction.Rigid.Mean)]),
        MeanInterval.Of([.. people.Select(p => p.MeanFace.Scaled.Mean - p.Reconstruction.Scaled.Mean)]));
}
