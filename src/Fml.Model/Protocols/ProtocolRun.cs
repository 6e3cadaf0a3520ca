using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>What to measure by a protocol, and where to write it.</summary>
public sealed record ProtocolRunOptions
{
    /// <summary>The protocol, which is the folder's layout.</summary>
    public required MeshProtocol Protocol { get; init; }

    /// <summary>A training run's folder, or a model file.</summary>
    public required string Run { get; init; }

    /// <summary>The data's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Folder for the results.</summary>
    public required string Output { get; init; }

    /// <summary>Where to compute.</summary>
    public required Device Device { get; init; }

    /// <summary>Radius around the nose's tip within which true vertices count, mm: the face without ears, neck and hair.</summary>
    public double Radius { get; init; } = DefaultRadius;

    /// <summary>Millimetres per unit of the meshes; null to tell by the distance of the eyes.</summary>
    public double? Unit { get; init; }

    /// <summary>The radius that evaluations on Florence scans made usual: from forehead to chin and from cheek to cheek, mm.</summary>
    public const double DefaultRadius = 95;
}

/// <summary>The whole of <c>fml protocol</c>: reconstructs people from photos, alone and together, and measures against their true meshes.</summary>
public static class ProtocolRun
{
    private sealed record Pair(ProtocolPair Files, TrueScan Scan, CropFrame Photo);

    /// <summary>Measures every pair and writes <c>protocol.json</c> and <c>protocol.csv</c>.</summary>
    /// <exception cref="FmlException">The model cannot be read, there is no data or none that can be measured, or a file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; nothing is written.</exception>
    public static ProtocolResult Run(ProtocolRunOptions options, Action<ProgressUpdate>? progress = null, CancellationToken cancel = default)
    {
        if (!(options.Radius > 0)) throw new FmlException($"Nothing lies within {options.Radius} mm of the nose's tip: --radius must be above 0.");
        if (options.Unit is { } unit && !(unit > 0 && double.IsFinite(unit))) throw new FmlException($"A unit of {unit} mm is impossible: give one above 0.");
        var (pairs, missing) = ProtocolLayout.Find(options.Protocol, options.Folder);
        using var reconstructor = new FaceReconstructor(FaceModel.Load(options.Run), options.Device);
        using var photos = new PhotoFrames(reconstructor.ImageSize, options.Device);
        photos.Demand(pairs.Select(pair => pair.Photo));
        var (measured, skipped) = (ImmutableArray.CreateBuilder<ProtocolMeasurement>(), missing.ToBuilder());
        var done = 0;
        foreach (var person in pairs.GroupBy(pair => pair.Person))
        {
            var usable = new List<Pair>();
            foreach (var files in person)
            {
                cancel.ThrowIfCancellationRequested();
                progress?.Invoke(new ProgressUpdate("protocol", (double)done++ / pairs.Length, files.Name));
                try
                {
                    var scan = TrueScan.Read(files.Mesh, options.Folder, reconstructor.Template, options.Unit, options.Radius);
                    usable.Add(new Pair(files, scan, photos.Read(files.Person, files.Photo)));
                }
                catch (FmlException e)
                {
                    skipped.Add(new SkippedFrame(files.Name, -1, e.Message));
                }
            }
            if (usable.Count > 0) measured.AddRange(Measure(reconstructor, person.Key, usable, cancel));
        }
        if (measured.Count == 0)
            throw new FmlException(
                $"None of the {pairs.Length} pairs in {options.Folder} can be measured, the first because: {skipped[missing.Length].Reason.TrimEnd('.')}.");
        var result = new ProtocolResult(
            options.Protocol, options.Run, options.Folder, options.Radius, measured.ToImmutable(), skipped.ToImmutable());
        ProtocolFile.Of(result).Save(options.Output);
        progress?.Invoke(new ProgressUpdate("protocol", 1, $"{measured.Count} pairs"));
        return result;
    }

    private static ImmutableArray<ProtocolMeasurement> Measure(
        FaceReconstructor reconstructor, string person, IReadOnlyList<Pair> pairs, CancellationToken cancel)
    {
        CropFrame[] photos = [.. pairs.Select(pair => pair.Photo)];
        var features = reconstructor.Features(photos);
        var together = reconstructor.Reconstruct(person, photos, features, compared: false);
        var template = reconstructor.Template;
        var faces = pairs.Select((pair, i) =>
        {
            var alone = reconstructor.Reconstruct(person, [photos[i]], [features[i]], compared: false);
            return (Pair: pair, Alone: alone.Expressed(alone.Frames[0]), Together: together.Expressed(together.Frames[i]));
        }).ToArray();
        // Closest points take most of the time.
        return
        [
            .. faces.AsParallel().AsOrdered().WithCancellation(cancel).Select(face =>
            {
                GeometryError To(ReadOnlySpan<Vector3> shape) => face.Pair.Scan.To(template, shape);
                var (files, scan) = (face.Pair.Files, face.Pair.Scan);
                return new ProtocolMeasurement(
                    files.Person, files.Expression, pairs.Count, scan.Unit, scan.Region.Length,
                    To(template.Positions.AsSpan()), To(face.Alone), To(face.Together));
            }),
        ];
    }
}
