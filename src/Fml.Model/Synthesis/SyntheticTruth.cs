using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// The truth of synthetic people beside their dataset, <c>truth/{person}.safetensors</c>: <c>neutral [V,3]</c> and <c>albedo [V,3]</c>,
/// and for the
/// frames <c>expression [F,b]</c>, <c>rotation [F,3]</c>, <c>translation [F,3]</c>, <c>light [F,9,3]</c>; the frames' keys are in the
/// metadata, one a line.
/// </summary>
public static class SyntheticTruth
{
    private const string FolderName = "truth";

    /// <summary>Whether the dataset in the folder has truth for that person.</summary>
    public static bool Exists(string folder, string person) => File.Exists(PathOf(folder, person));

    /// <summary>Reads the truth of one person.</summary>
    /// <param name="folder">The dataset's folder.</param>
    /// <param name="person">Name of the person in the dataset.</param>
    /// <exception cref="FmlException">There is none, or the file is damaged.</exception>
    public static PersonTruth Load(string folder, string person)
    {
        var file = SafetensorsFile.Load(PathOf(folder, person));
        string[] keys = file.Text("keys") is { Length: > 0 } text ? text.Split('\n') : [];
        var expression = file.Get<float>("expression", keys.Length, -1);
        var expressionCount = expression.Dimensions[1];
        var (weights, light) = (expression.To<float>(), file.Get<float>("light", keys.Length, 9, 3).To<float>());
        var (rotation, translation) = (Points(file, "rotation", keys.Length), Points(file, "translation", keys.Length));
        var frames = keys.Select((key, i) => new FrameTruth(
            key, weights[(i * expressionCount)..((i + 1) * expressionCount)], rotation[i], translation[i],
            light[(i * 27)..((i + 1) * 27)]));
        return new PersonTruth(person, Points(file, "neutral", -1), Points(file, "albedo", -1), [.. frames]);
    }

    /// <summary>Writes the truth of one person beside the dataset in the folder.</summary>
    /// <exception cref="FmlException">The file cannot be written.</exception>
    public static void Save(string folder, PersonTruth truth)
    {
        var frames = truth.Frames;
        var expressionCount = frames.Length > 0 ? frames[0].Expression.Length : 0;
        var tensors = ImmutableDictionary<string, HostTensor>.Empty
            .Add("neutral", Tensor(truth.Neutral))
            .Add("albedo", Tensor(truth.Albedo))
            .Add("expression", HostTensor.Of(frames.SelectMany(f => f.Expression).ToArray(), frames.Length, expressionCount))
            .Add("rotation", Tensor([.. frames.Select(f => f.Rotation)]))
            .Add("translation", Tensor([.. frames.Select(f => f.Translation)]))
            .Add("light", HostTensor.Of(frames.SelectMany(f => f.Light).ToArray(), frames.Length, 9, 3));
        var metadata = ImmutableDictionary<string, string>.Empty
            .Add("keys", string.Join('\n', frames.Select(f => f.Key)))
            .Add("units", "mm and rad; x_cam = R(rotation) (neutral + sum expression B) + translation; colour = albedo * sum light H(R n)");
        new SafetensorsFile(metadata, tensors).Save(PathOf(folder, truth.Person));
    }

    private static string PathOf(string folder, string person) => Path.Combine(folder, FolderName, person + ".safetensors");

    private static HostTensor Tensor(Vector3[] points) =>
        HostTensor.Of(MemoryMarshal.Cast<Vector3, float>(points).ToArray(), points.Length, 3);

    private static Vector3[] Points(SafetensorsFile file, string name, int count) =>
        MemoryMarshal.Cast<float, Vector3>(file.Get<float>(name, count, 3).To<float>()).ToArray();
}
