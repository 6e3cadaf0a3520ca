using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Fml.Native;

namespace Fml.Model;

/// <summary>A benchmark whose evaluation code reads files of neutral faces.</summary>
public enum BenchmarkPreset
{
    /// <summary>NoW: a mesh and seven landmarks for each picture.</summary>
    Now,

    /// <summary>REALY: a mesh for each picture, and once the mesh's key points.</summary>
    Realy,
}

/// <summary>Neutral faces in the forms that benchmarks read: bare geometry in millimetres, vertices and triangles in the template's order.</summary>
internal static class BenchmarkFiles
{
    /// <summary>
    /// The seven points of NoW in Multi-PIE order: the right eye's outer and inner corner, the left eye's inner and outer corner, the nose's
    /// bottom, the mouth's right and left corner; right and left are the subject's.
    /// </summary>
    public static ImmutableArray<int> SevenLandmarks { get; } = [36, 39, 42, 45, 33, 48, 54];

    /// <summary>Writes a mesh as OBJ with nothing but vertices and triangles.</summary>
    /// <exception cref="FmlException">The file cannot be written.</exception>
    public static void WriteMesh(string path, ReadOnlySpan<Vector3> positions, ReadOnlySpan<int> triangles)
    {
        var text = new StringBuilder();
        foreach (var v in positions) text.Append(CultureInfo.InvariantCulture, $"v {v.X:0.#####} {v.Y:0.#####} {v.Z:0.#####}\n");
        for (var t = 0; t < triangles.Length; t += 3)
            text.Append(CultureInfo.InvariantCulture, $"f {triangles[t] + 1} {triangles[t + 1] + 1} {triangles[t + 2] + 1}\n");
        AtomicFile.WriteText(path, text.ToString());
    }

    /// <summary>The seven landmarks of a face.</summary>
    public static Vector3[] Seven(FaceTemplate template, ReadOnlySpan<Vector3> shape)
    {
        var points = new Vector3[SevenLandmarks.Length];
        for (var i = 0; i < points.Length; i++) points[i] = template.Landmarks[SevenLandmarks[i]].On(shape);
        return points;
    }

    /// <summary>
    /// Landmarks as REALY has key points: for each a triangle, counted from 0, and the weights of its first and second vertex, as JSON.
    /// </summary>
    public static string KeyPoints(FaceTemplate template) => JsonSerializer.Serialize(template.Landmarks.Select(point =>
    {
        var weights = new Dictionary<int, double>();
        foreach (var (vertex, weight) in new[] { (point.A, point.WeightA), (point.B, point.WeightB), (point.C, point.WeightC) })
            weights[vertex] = weights.GetValueOrDefault(vertex) + weight;
        var corners = weights.Where(w => w.Value != 0).Select(w => w.Key).ToArray();
        var found = Enumerable.Range(0, template.TriangleCount).FirstOrDefault(
            t => corners.All(v => template.Triangles.AsSpan().Slice(3 * t, 3).Contains(v)), -1);
        if (found < 0) throw new FmlException($"A landmark of the template {template.Name} lies on no single triangle, so it is no key point of REALY.");
        return new[] { found, weights.GetValueOrDefault(template.Triangles[3 * found]), weights.GetValueOrDefault(template.Triangles[3 * found + 1]) };
    }));
}
