using System.Globalization;
using System.Numerics;
using System.Text;
using Fml.Native;

namespace Fml.Model.Tests;

/// <summary>Photos of a tiny dataset with their landmarks, and meshes beside them, in a folder of its own.</summary>
internal sealed class ProtocolFolder : IDisposable
{
    /// <summary>A motion with a change of size, to lay meshes elsewhere.</summary>
    public static Similarity Elsewhere { get; } =
        new(1, new(0.36f, 0.48f, -0.8f), new(-0.8f, 0.6f, 0), new(0.48f, 0.64f, 0.6f), new(30, -20, 400));

    public string Path { get; } = Directory.CreateTempSubdirectory("fml-protocol-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    public string File(string name)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        return path;
    }

    /// <summary>Writes a photo and its 68 landmarks, and gives the frame that the protocol is to make of it.</summary>
    public CropFrame Photo(string name, CropFrame crop, string person, int size)
    {
        var photo = File(name);
        var side = (int)Math.Sqrt(crop.Rgb.Length / 3);
        var png = PngPicture.Encode(crop.Rgb, side, side);
        System.IO.File.WriteAllBytes(photo, png);
        var clip = System.IO.Path.GetFileNameWithoutExtension(name);
        var coordinates = crop.Frame.Landmarks.SelectMany(p => new[] { p.X, p.Y }).Select(x => x.ToString(CultureInfo.InvariantCulture));
        var landmarks = System.IO.Path.ChangeExtension(photo, ".landmarks.csv");
        System.IO.File.WriteAllText(landmarks, $"{person}/{clip},0,{string.Join(',', coordinates)}\n");
        using var preparer = new ClipPreparer(size, LandmarkFile.Load(landmarks));
        var (frame, rgb) = preparer.Prepare(photo, person, clip).Frames.Single();
        return new CropFrame(frame, rgb);
    }

    /// <summary>Writes a shape of a template as OBJ.</summary>
    public void Obj(string name, FaceTemplate template, ReadOnlySpan<Vector3> shape) =>
        BenchmarkFiles.WriteMesh(File(name), shape, template.Triangles.AsSpan());

    /// <summary>Writes a shape of a template as VRML97.</summary>
    public void Wrl(string name, FaceTemplate template, ReadOnlySpan<Vector3> shape)
    {
        var text = new StringBuilder("#VRML V2.0 utf8\nShape { geometry IndexedFaceSet { coord Coordinate { point [\n");
        foreach (var p in shape) text.Append(CultureInfo.InvariantCulture, $"{p.X} {p.Y} {p.Z},\n");
        text.Append("] }\ncoordIndex [\n");
        foreach (var t in template.Triangles.Chunk(3)) text.Append(CultureInfo.InvariantCulture, $"{t[0]}, {t[1]}, {t[2]}, -1,\n");
        System.IO.File.WriteAllText(File(name), text.Append("] } }\n").ToString());
    }

    /// <summary>Writes the landmarks of a shape of a template from some number on, a line each.</summary>
    public void Landmarks(string name, FaceTemplate template, Vector3[] shape, int first = 0) => System.IO.File.WriteAllLines(
        File(name), template.Landmarks.Skip(first).Select(point => Text(point.On(shape))));

    /// <summary>Writes 83 points as BU-3DFE has them, shuffled within each part: eyes, brows, nose, mouth, lips, jaw.</summary>
    public void Bnd(string name, FaceTemplate template, Vector3[] shape, bool leftEyeFirst)
    {
        int[] right = [36, 37, 38, 39, 40, 41, 37, 41], left = [42, 43, 44, 45, 46, 47, 43, 47];
        int[][] parts =
        [
            leftEyeFirst ? left : right, leftEyeFirst ? right : left, [.. Enumerable.Range(17, 10), .. Enumerable.Range(17, 10)],
            [27, 28, 29, 30, 31, 32, 33, 34, 35, 30, 30, 33], [.. Enumerable.Range(48, 12)], [.. Enumerable.Range(60, 8)], [.. Enumerable.Range(1, 15)],
        ];
        var random = new Random(3);
        foreach (var part in parts) random.Shuffle(part);
        System.IO.File.WriteAllLines(
            File(name), parts.SelectMany(part => part).Select((index, i) => $"{i}\t\t{Text(template.Landmarks[index].On(shape))}"));
    }

    private static string Text(Vector3 p) => string.Create(CultureInfo.InvariantCulture, $"{p.X} {p.Y} {p.Z}");
}
