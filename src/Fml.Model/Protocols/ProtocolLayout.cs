using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Fml.Native;

namespace Fml.Model;

/// <summary>A photo and the true mesh of the same moment.</summary>
/// <param name="Person">The person.</param>
/// <param name="Expression">What the face does, by the name that it has for everybody.</param>
/// <param name="Photo">The photo's file.</param>
/// <param name="Mesh">The mesh's file.</param>
internal sealed record ProtocolPair(string Person, string Expression, string Photo, string Mesh)
{
    /// <summary>Name for people.</summary>
    public string Name => $"{Person}/{Expression}";
}

/// <summary>Finds the pairs of a folder: people are folders, pairs are files of the same name.</summary>
internal static partial class ProtocolLayout
{
    private static readonly string[] PhotoExtensions = [".png", ".jpg", ".jpeg", ".bmp", ".webp"];

    [GeneratedRegex(@"^[FM]\d{4}_([A-Z]{2}\d{2})[A-Z]{2}$")]
    private static partial Regex Bu3dfeName();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();

    /// <summary>The pairs by person and expression, and what is no pair.</summary>
    /// <exception cref="FmlException">There is no pair; the message says how to come by the data.</exception>
    public static (ImmutableArray<ProtocolPair> Pairs, ImmutableArray<SkippedFrame> Skipped) Find(MeshProtocol protocol, string folder)
    {
        if (!Directory.Exists(folder)) throw new FmlException($"There is no folder {folder}: {protocol.HowTo()}.");
        var (pairs, skipped) = (ImmutableArray.CreateBuilder<ProtocolPair>(), ImmutableArray.CreateBuilder<SkippedFrame>());
        foreach (var person in People(protocol, folder)) Add(protocol, person, pairs, skipped);
        return pairs.Count > 0
            ? (pairs.ToImmutable(), skipped.ToImmutable())
            : throw new FmlException(
                $"{folder} holds no photo with a mesh beside it"
                + (skipped.Count > 0 ? $" ({skipped[0].Clip}: {skipped[0].Reason})" : "") + $": {protocol.HowTo()}.");
    }

    // The parts that FaceWarehouse comes in may stand in one folder.
    private static IEnumerable<string> People(MeshProtocol protocol, string folder) => Ordered(Directory.EnumerateDirectories(folder))
        .SelectMany(inner => protocol == MeshProtocol.FaceWarehouse && Path.GetFileName(inner).StartsWith("FaceWarehouse_Data", StringComparison.Ordinal)
            ? Ordered(Directory.EnumerateDirectories(inner)) : [inner]);

    private static void Add(
        MeshProtocol protocol, string person, ImmutableArray<ProtocolPair>.Builder pairs, ImmutableArray<SkippedFrame>.Builder skipped)
    {
        var name = Path.GetFileName(person);
        var poses = Path.Combine(person, "TrainingPose");
        var files = Directory.GetFiles(protocol == MeshProtocol.FaceWarehouse && Directory.Exists(poses) ? poses : person)
            .Where(file => Path.GetFileName(file)[0] != '.').ToArray();
        var meshes = Named(files.Where(MeshFile.IsMesh), [.. MeshFile.Extensions], protocol, "_F3D");
        var photos = Named(files.Where(PhotoReader.IsPhoto), PhotoExtensions, protocol, "_F2D");
        foreach (var stem in Ordered(meshes.Keys.Union(photos.Keys)))
        {
            var expression = protocol == MeshProtocol.Bu3dfe && Bu3dfeName().Match(stem) is { Success: true } match ? match.Groups[1].Value : stem;
            var (mesh, photo) = (meshes.GetValueOrDefault(stem), photos.GetValueOrDefault(stem));
            if (mesh is not null && photo is not null) pairs.Add(new ProtocolPair(name, expression, photo, mesh));
            else skipped.Add(new SkippedFrame($"{name}/{expression}", -1, mesh is null ? $"no mesh beside {photo}" : $"no photo beside {mesh}"));
        }
    }

    // Files by the name that a pair shares; of several with one name the first kind. BU-3DFE's raw scans and textures are no part of a pair.
    private static Dictionary<string, string> Named(IEnumerable<string> files, string[] extensions, MeshProtocol protocol, string ending)
    {
        string Stem(string file)
        {
            var stem = Path.GetFileNameWithoutExtension(file);
            return protocol == MeshProtocol.Bu3dfe && stem.EndsWith(ending, StringComparison.Ordinal) ? stem[..^ending.Length] : stem;
        }

        bool Counts(string stem) =>
            protocol != MeshProtocol.Bu3dfe || !(stem.EndsWith("_RAW", StringComparison.Ordinal) || stem.EndsWith("_F3D", StringComparison.Ordinal));
        return files.GroupBy(Stem).Where(group => Counts(group.Key)).ToDictionary(
            group => group.Key, group => group.MinBy(file => Array.IndexOf(extensions, Path.GetExtension(file).ToLowerInvariant()))!);
    }

    // 2 before 10.
    private static IEnumerable<string> Ordered(IEnumerable<string> names) =>
        names.OrderBy(name => Digits().Replace(name, digits => digits.Value.PadLeft(9, '0')), StringComparer.Ordinal);
}
