using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// A face template in a safetensors file. Metadata: <c>format</c> ("fml-face-template 1"), <c>name</c>, <c>licence</c>, <c>units</c>
/// (millimetre), <c>axes</c>, <c>expression_names</c> (JSON). Tensors: <c>positions</c> [V,3], <c>triangles</c> [T,3] i32, <c>albedo</c> [V,3],
/// <c>texture_coordinates</c> [V,2], <c>expressions</c> [b,V,3], <c>expression_ranges</c> [b,3] (deviation, least, greatest weight),
/// <c>landmark_vertices</c> [68,3] i32, <c>landmark_weights</c> [68,3], <c>jaw_strip_start</c> [18] i32, <c>jaw_strip_vertices</c> i32,
/// <c>evaluation_region</c> i32.
/// </summary>
public static class FaceTemplateFile
{
    private const string Format = "fml-face-template 1";

    /// <summary>Writes a template.</summary>
    /// <exception cref="FmlException">The file cannot be written.</exception>
    public static void Save(FaceTemplate template, string path) => Pack(template).Save(path);

    /// <summary>Reads a template.</summary>
    /// <exception cref="FmlException">The file is missing, damaged, no template, or its parts do not fit together.</exception>
    public static FaceTemplate Load(string path)
    {
        var file = SafetensorsFile.Load(path);
        if (file.Metadata.GetValueOrDefault("format") != Format)
            throw new FmlException(
                $"{path} is no face template (its metadata lacks format = '{Format}'); "
                + "convert a model with 'fml template', or give another file.");
        return Unpack(file);
    }

    /// <summary>The tensors and metadata of a template.</summary>
    public static SafetensorsFile Pack(FaceTemplate template)
    {
        var (v, b) = (template.VertexCount, template.Expressions.Length);
        int[] stripStart = [0, .. template.JawStrips.Select((_, i) => template.JawStrips.Take(i + 1).Sum(s => s.Length))];
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["name"] = template.Name,
            ["licence"] = template.Licence,
            ["units"] = "millimetre",
            ["axes"] = "right-handed, +x to the subject's left, +y up, +z out of the face; origin at the centroid of the evaluation region",
            ["expression_names"] = JsonSerializer.Serialize(template.Expressions.Select(e => e.Name).ToArray()),
        };
        var tensors = new Dictionary<string, HostTensor>
        {
            ["positions"] = HostTensor.Of(Floats(template.Positions.AsSpan()), v, 3),
            ["triangles"] = HostTensor.Of([.. template.Triangles], template.TriangleCount, 3),
            ["albedo"] = HostTensor.Of(Floats(template.Albedo.AsSpan()), v, 3),
            ["texture_coordinates"] = HostTensor.Of(template.TextureCoordinates.SelectMany(t => new[] { t.X, t.Y }).ToArray(), v, 2),
            ["expressions"] = HostTensor.Of(template.Expressions.SelectMany(e => Floats(e.Offsets.AsSpan())).ToArray(), b, v, 3),
            ["expression_ranges"] = HostTensor.Of(
                template.Expressions.SelectMany(e => new[] { e.Deviation, e.Minimum, e.Maximum }).ToArray(), b, 3),
            ["landmark_vertices"] = HostTensor.Of(
                template.Landmarks.SelectMany(l => new[] { l.A, l.B, l.C }).ToArray(), template.Landmarks.Length, 3),
            ["landmark_weights"] = HostTensor.Of(
                template.Landmarks.SelectMany(l => new[] { l.WeightA, l.WeightB, l.WeightC }).ToArray(), template.Landmarks.Length, 3),
            ["jaw_strip_start"] = HostTensor.Of(stripStart, stripStart.Length),
            ["jaw_strip_vertices"] = HostTensor.Of(template.JawStrips.SelectMany(s => s).ToArray(), stripStart[^1]),
            ["evaluation_region"] = HostTensor.Of([.. template.EvaluationRegion], template.EvaluationRegion.Length),
        };
        return new SafetensorsFile(metadata.ToImmutableDictionary(), tensors.ToImmutableDictionary());
    }

    /// <summary>The template in a file that holds one, among other things perhaps.</summary>
    /// <exception cref="FmlException">A part is missing or the parts do not fit together.</exception>
    public static FaceTemplate Unpack(SafetensorsFile file)
    {
        var positions = Vectors(file.Get<float>("positions", -1, 3));
        var v = positions.Length;
        var names = ExpressionNames(file);
        var offsets = Vectors(file.Get<float>("expressions", names.Length, v, 3));
        var ranges = file.Get<float>("expression_ranges", names.Length, 3).To<float>();
        var corners = file.Get<int>("landmark_vertices", 68, 3).To<int>();
        var weights = file.Get<float>("landmark_weights", 68, 3).To<float>();
        var stripStart = file.Get<int>("jaw_strip_start", 18).To<int>();
        var strips = file.Get<int>("jaw_strip_vertices", -1).To<int>();
        var region = file.Get<int>("evaluation_region", -1).To<int>();
        var triangles = file.Get<int>("triangles", -1, 3).To<int>();
        CheckIndices(file, "triangles", triangles, v);
        CheckIndices(file, "landmark_vertices", corners, v);
        CheckIndices(file, "jaw_strip_vertices", strips, v);
        CheckIndices(file, "evaluation_region", region, v);
        if (region.Length == 0) throw new FmlException($"{file.Source}: the evaluation region is empty; name the vertices of the face.");
        for (var i = 0; i < 17; i++)
            if (stripStart[0] != 0 || stripStart[17] != strips.Length || stripStart[i] >= stripStart[i + 1])
                throw new FmlException(
                    $"{file.Source}: 'jaw_strip_start' does not cut 'jaw_strip_vertices' into 17 strips of at least one vertex.");

        return new FaceTemplate
        {
            Name = file.Text("name"),
            Licence = file.Text("licence"),
            Positions = Finite(file, "positions", positions),
            Triangles = [.. triangles],
            Albedo = Finite(file, "albedo", Vectors(file.Get<float>("albedo", v, 3))),
            TextureCoordinates = [.. MemoryMarshal.Cast<float, Vector2>(file.Get<float>("texture_coordinates", v, 2).AsSpan<float>())],
            Expressions =
            [
                .. names.Select((name, i) => new Blendshape(
                    name,
                    Finite(file, "expressions", offsets[(i * v)..((i + 1) * v)]),
                    ranges[3 * i],
                    ranges[3 * i + 1],
                    ranges[3 * i + 2])),
            ],
            Landmarks =
            [
                .. Enumerable.Range(0, 68).Select(i => 3 * i).Select(i =>
                    new SurfacePoint(corners[i], corners[i + 1], corners[i + 2], weights[i], weights[i + 1], weights[i + 2])),
            ],
            JawStrips = [.. Enumerable.Range(0, 17).Select(i => ImmutableArray.Create(strips[stripStart[i]..stripStart[i + 1]]))],
            EvaluationRegion = [.. region],
        };
    }

    /// <summary>
    /// A short fingerprint of everything that matters to a model learned on a template (not its name): a model fits only the template of
    /// its own fingerprint.
    /// </summary>
    public static string Fingerprint(FaceTemplate template)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var file = Pack(template);
        foreach (var (name, tensor) in file.Tensors.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{name} {tensor}\n"));
            hash.AppendData(tensor.Bytes);
        }
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(file.Metadata["expression_names"]));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    private static string[] ExpressionNames(SafetensorsFile file)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(file.Text("expression_names")) ?? [];
        }
        catch (JsonException e)
        {
            throw new FmlException($"{file.Source}: 'expression_names' in the metadata is no JSON list of names.", e);
        }
    }

    private static void CheckIndices(SafetensorsFile file, string name, int[] indices, int vertexCount)
    {
        foreach (var index in indices)
            if ((uint)index >= (uint)vertexCount)
                throw new FmlException(
                    $"{file.Source}: '{name}' names vertex {index}, but the template has the vertices 0 to {vertexCount - 1}.");
    }

    private static ImmutableArray<Vector3> Finite(SafetensorsFile file, string name, Vector3[] vectors)
    {
        foreach (var p in vectors)
            if (!float.IsFinite(p.X + p.Y + p.Z)) throw new FmlException($"{file.Source}: '{name}' holds numbers that are not finite.");
        return [.. vectors];
    }

    private static Vector3[] Vectors(HostTensor tensor) => MemoryMarshal.Cast<float, Vector3>(tensor.AsSpan<float>()).ToArray();

    private static float[] Floats(ReadOnlySpan<Vector3> vectors) => MemoryMarshal.Cast<Vector3, float>(vectors).ToArray();
}
