using System.Collections.Immutable;
using System.Numerics;
using System.Text;
using Fml.Native;

namespace Fml.Model;

/// <summary>Known points of a true mesh.</summary>
/// <param name="Indices">Which of the 68 landmarks they are, Multi-PIE order; among them the corners of eyes and mouth.</param>
/// <param name="Points">Where they are, in the mesh's unit.</param>
internal sealed record ScanLandmarks(ImmutableArray<int> Indices, ImmutableArray<Vector3> Points)
{
    /// <summary>File of a folder that says which vertices are landmarks, where all its meshes have the same vertices.</summary>
    public const string SharedFile = "landmark-vertices.txt";

    // The jaw's slide along it, so they are not the same points of two faces.
    private const int FirstFixed = 17, All = FaceFrame.LandmarkCount;

    /// <summary>
    /// The landmarks of a mesh: <c>MESH.lm.txt</c> beside it (68 or 51 lines of x y z), <c>MESH.bnd</c> as BU-3DFE has it (83 lines of a
    /// number and x y z), or the vertices that <see cref="SharedFile"/> of the folder names (68 or 51 numbers, counted from 0).
    /// </summary>
    /// <exception cref="FmlException">There are none, or the file is malformed.</exception>
    public static ScanLandmarks Find(string mesh, string folder, ReadOnlySpan<Vector3> positions)
    {
        var own = Path.ChangeExtension(mesh, ".lm.txt");
        if (File.Exists(own)) return FromMultiPie(own, ReadPoints(own, 3));
        var bu = Path.ChangeExtension(mesh, ".bnd");
        if (File.Exists(bu)) return Bu3dfeLandmarks.Of(bu, ReadPoints(bu, 4));
        var shared = Path.Combine(folder, SharedFile);
        if (File.Exists(shared)) return FromVertices(shared, positions);
        throw new FmlException(
            $"nothing says where the face is on {mesh}: give {Path.GetFileName(own)} beside it, 68 or 51 lines of x y z in Multi-PIE order and in "
            + $"the mesh's unit, or, where all meshes have the same vertices, {shared} with the numbers of these vertices");
    }

    /// <summary>The same points of a shape of a template, in this order.</summary>
    public ImmutableArray<Vector3> On(FaceTemplate template, ReadOnlySpan<Vector3> shape)
    {
        var points = ImmutableArray.CreateBuilder<Vector3>();
        foreach (var index in Indices) points.Add(template.Landmarks[index].On(shape));
        return points.ToImmutable();
    }

    /// <summary>A landmark by its number; null if it is not among them.</summary>
    public Vector3? this[int index] => Indices.IndexOf(index) is >= 0 and var at ? Points[at] : null;

    private static ScanLandmarks FromMultiPie(string path, ImmutableArray<Vector3> points)
    {
        if (points.Length is not (All or All - FirstFixed))
            throw new FmlException($"{path} has {points.Length} landmarks; it needs 68 or, without the jaw's, 51, a line each.");
        return new ScanLandmarks([.. Enumerable.Range(FirstFixed, All - FirstFixed)], points[^(All - FirstFixed)..]);
    }

    private static ScanLandmarks FromVertices(string path, ReadOnlySpan<Vector3> positions)
    {
        var points = ImmutableArray.CreateBuilder<Vector3>();
        foreach (var (words, line) in Rows(path))
            foreach (var word in words)
                points.Add(int.TryParse(word, out var vertex) && (uint)vertex < (uint)positions.Length
                    ? positions[vertex]
                    : throw new FmlException($"{path}, line {line}: '{word}' is no vertex of a mesh of {positions.Length}; they are counted from 0."));
        return FromMultiPie(path, points.ToImmutable());
    }

    private static ImmutableArray<Vector3> ReadPoints(string path, int columns) =>
    [
        .. Rows(path).Select(row =>
        {
            var point = Vector3.Zero;
            for (var c = 0; c < 3; c++)
                point[c] = row.Words.Length == columns && MeshText.Number(Encoding.UTF8.GetBytes(row.Words[columns - 3 + c]), out var value)
                    ? (float)value
                    : throw new FmlException(
                        $"{path}, line {row.Line}: '{string.Join(' ', row.Words)}' is not {(columns == 3 ? "x y z" : "a number and x y z")}.");
            return point;
        }),
    ];

    private static IEnumerable<(string[] Words, int Line)> Rows(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FmlException($"The landmarks {path} cannot be read: {e.Message}", e);
        }
        return lines.Select((line, i) => (line.Split((char[])[' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries), i + 1))
            .Where(row => row.Item1 is [var first, ..] && first[0] != '#');
    }
}
