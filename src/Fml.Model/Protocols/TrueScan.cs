using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>A true mesh made ready to be measured against.</summary>
/// <param name="Surface">It, with its landmarks, mm.</param>
/// <param name="Landmarks">Which landmarks these are.</param>
/// <param name="Region">Vertices of triangles within the radius of the nose's tip.</param>
/// <param name="Unit">Millimetres per unit of the file.</param>
internal sealed record TrueScan(FaceSurface Surface, ScanLandmarks Landmarks, ImmutableArray<int> Region, double Unit)
{
    private const int NoseTip = 30, RightOuter = 36, LeftOuter = 45;

    // Of adults' outer corners of the eyes, mm: some 90, and how far a face may be from that.
    private const double EyeDistance = 90, LeastEyeDistance = 60, MostEyeDistance = 140;

    // Landmarks of the mesh itself lie on it; of the same points the mean face's are nearer than this, whoever it is.
    private const float MostOffSurface = 10, MostOffMeanFace = 15;

    /// <summary>Reads a mesh and its landmarks.</summary>
    /// <param name="path">The mesh.</param>
    /// <param name="folder">The folder of all people.</param>
    /// <param name="mean">The mean face.</param>
    /// <param name="unit">Millimetres per unit of the files; null to tell by the distance of the eyes.</param>
    /// <param name="radius">Of the region around the nose's tip, mm.</param>
    /// <exception cref="FmlException">A file is malformed, or mesh, landmarks and unit do not go together.</exception>
    public static TrueScan Read(string path, string folder, FaceTemplate mean, double? unit, double radius)
    {
        var mesh = MeshFile.Read(path);
        var landmarks = ScanLandmarks.Find(path, folder, mesh.Positions.AsSpan());
        var scale = unit ?? Millimetres(path, landmarks);
        landmarks = landmarks with { Points = [.. landmarks.Points.Select(p => (float)scale * p)] };
        var surface = new FaceSurface([.. mesh.Positions.Select(p => (float)scale * p)], mesh.Triangles, landmarks.Points);
        var towards = Demand(path, surface, landmarks, mean);
        var tip = landmarks[NoseTip] ?? towards.Apply(mean.Landmarks[NoseTip].On(mean.Positions.AsSpan()));
        ImmutableArray<int> region =
        [
            .. mesh.Triangles.Distinct().Order().Where(v => Vector3.Distance(surface.Positions[v], tip) <= radius),
        ];
        return !region.IsEmpty ? new TrueScan(surface, landmarks, region, scale)
            : throw new FmlException($"no vertex of {path} is within {radius} mm of the nose's tip: look at the landmarks, the unit and --radius");
    }

    /// <summary>How far a shape of a template is from it.</summary>
    public GeometryError To(FaceTemplate template, ReadOnlySpan<Vector3> shape) => SurfaceDistance.Between(
        new FaceSurface([.. shape], template.Triangles, Landmarks.On(template, shape)), Surface, Region.AsSpan());

    // The power of ten that makes a face of it.
    private static double Millimetres(string path, ScanLandmarks landmarks)
    {
        var eyes = Vector3.Distance(landmarks[RightOuter]!.Value, landmarks[LeftOuter]!.Value);
        var unit = eyes > 0 ? Math.Pow(10, Math.Round(Math.Log10(EyeDistance / eyes))) : 0;
        return eyes * unit is >= LeastEyeDistance and <= MostEyeDistance ? unit
            : throw new FmlException(
                $"the unit of {path} cannot be told, since the outer corners of the eyes are {eyes:0.####} apart: say with --unit how many mm its unit has");
    }

    // That the landmarks are this mesh's and in the right order; the motion of the mean face by them.
    private static Similarity Demand(string path, FaceSurface surface, ScanLandmarks landmarks, FaceTemplate mean)
    {
        var search = new TriangleSearch(surface.Positions.AsSpan(), surface.Triangles.AsSpan());
        var off = landmarks.Points.Average(p => search.Nearest(p).Distance);
        if (!(off <= MostOffSurface))
            throw new FmlException($"the landmarks of {path} are {off:0.#} mm off the mesh on average: they belong to another mesh or are in another unit");
        var of = landmarks.On(mean, mean.Positions.AsSpan());
        var motion = Alignment.Align(of.AsSpan(), landmarks.Points.AsSpan(), [.. Enumerable.Range(0, of.Length)], withScale: true);
        var error = Math.Sqrt(of.Zip(landmarks.Points).Average(pair => Vector3.DistanceSquared(motion.Apply(pair.First), pair.Second)));
        return error <= MostOffMeanFace ? motion
            : throw new FmlException(
                $"the landmarks of {path} are {error:0.#} mm from those of the mean face however it is turned: they are not in Multi-PIE order");
    }
}
