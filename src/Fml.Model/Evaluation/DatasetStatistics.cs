using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// How different the true people of a dataset are from each other: without it an error in millimetres says little, since on people who are
/// all
/// alike the mean face is already good.
/// </summary>
/// <param name="People">Number of people.</param>
/// <param name="FromMean">Mean per-vertex distance of the true neutrals from their mean face over the evaluation region, rigid and scaled,
/// mm.</param>
/// <param name="RootMeanSquare">Root mean square of those distances over people and vertices, rigid, mm.</param>
/// <param name="SizeDeviation">Standard deviation of the size of faces, as a fraction: of the scale that fits the mean face to
/// each.</param>
public sealed record DatasetStatistics(int People, GeometryError FromMean, double RootMeanSquare, double SizeDeviation)
{
    /// <summary>Measures true neutral faces, [V] each in mm.</summary>
    /// <exception cref="FmlException">There is no one.</exception>
    public static DatasetStatistics Of(IReadOnlyList<Vector3[]> neutrals, ImmutableArray<int> region)
    {
        if (neutrals.Count == 0) throw new FmlException("There are no people with truth to measure.");
        var mean = Mean(neutrals);
        var rigid = neutrals.SelectMany(face => GeometryError.PerVertex(mean, face, region.AsSpan(), withScale: false)).ToArray();
        var scaled = neutrals.SelectMany(face => GeometryError.PerVertex(mean, face, region.AsSpan(), withScale: true)).ToArray();
        var sizes = neutrals.Select(face => Alignment.Align(mean, face, region.AsSpan(), withScale: true).Scale).ToArray();
        return new DatasetStatistics(
            neutrals.Count,
            new GeometryError(DistanceStatistics.Of(rigid), DistanceStatistics.Of(scaled)),
            Math.Sqrt(rigid.Average(d => d * d)),
            DistanceStatistics.Of(sizes).Deviation);
    }

    /// <summary>Measures the truth beside a synthetic dataset; people without truth are left out.</summary>
    /// <exception cref="FmlException">No one has truth, or a file of it is damaged.</exception>
    public static DatasetStatistics Of(FaceDataset dataset, ImmutableArray<int> region) => Of(
        [.. dataset.People.Select(p => p.Name).Where(name => SyntheticTruth.Exists(dataset.Folder, name))
            .Select(name => SyntheticTruth.Load(dataset.Folder, name).Neutral)],
        region);

    private static Vector3[] Mean(IReadOnlyList<Vector3[]> faces)
    {
        var mean = new Vector3[faces[0].Length];
        foreach (var face in faces) VertexArithmetic.AddScaled(1f / faces.Count, face, mean);
        return mean;
    }
}
