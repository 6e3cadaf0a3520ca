using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Model;

/// <summary>What a benchmark's export came to.</summary>
/// <param name="Written">Names of the meshes, without extension, below the folder.</param>
/// <param name="Missing">Pictures without a face, and why; a benchmark counts each as a failure.</param>
public sealed record BenchmarkExportResult(ImmutableArray<string> Written, ImmutableArray<SkippedFrame> Missing);

/// <summary>The whole of <c>fml export</c>: a neutral face for each picture of a dataset, in a benchmark's form.</summary>
public static class BenchmarkExport
{
    /// <summary>Reconstructs each picture by itself and writes its files where the picture was among the others.</summary>
    /// <exception cref="FmlException">The model or the dataset cannot be read, has no face, or a file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; files written before are there.</exception>
    public static BenchmarkExportResult Run(
        ReconstructionRunOptions options, BenchmarkPreset preset, Action<ProgressUpdate>? progress = null, CancellationToken cancel = default)
    {
        using var dataset = FaceDataset.Open(options.Dataset);
        var pictures = dataset.People.SelectMany(p => p.Frames).GroupBy(f => Name(f.Person, f.Clip)).ToArray();
        if (pictures.Length == 0) throw new FmlException($"There is nothing to export: {options.Dataset} holds no frame with a face.");
        var model = FaceModel.Load(options.Model);
        if (preset == BenchmarkPreset.Realy) WriteTopology(options.Folder, model.Template);
        using var reconstructor = new FaceReconstructor(model, options.Device);
        var written = ImmutableArray.CreateBuilder<string>();
        foreach (var picture in pictures)
        {
            cancel.ThrowIfCancellationRequested();
            progress?.Invoke(new ProgressUpdate("export", (double)written.Count / pictures.Length, picture.Key));
            var face = reconstructor.Reconstruct(picture.First().Person, [.. picture.Select(frame => CropFrame.Read(dataset, frame))]);
            Write(Path.Combine(options.Folder, Meshes(preset), picture.Key), face, preset);
            written.Add(picture.Key);
        }
        progress?.Invoke(new ProgressUpdate("export", 1, $"{written.Count} faces"));
        return new BenchmarkExportResult(written.ToImmutable(), [.. dataset.Skipped.Where(s => s.Index == -1)]);
    }

    /// <summary>Writes one face's files.</summary>
    /// <param name="path">Without extension.</param>
    /// <param name="face">The face; its frames are not used.</param>
    /// <param name="preset">The benchmark.</param>
    internal static void Write(string path, Reconstruction face, BenchmarkPreset preset)
    {
        if (preset == BenchmarkPreset.Now) NpyFile.Write(path + ".npy", BenchmarkFiles.Seven(face.Template, face.Neutral.AsSpan()));
        BenchmarkFiles.WriteMesh(path + ".obj", face.Neutral.AsSpan(), face.Template.Triangles.AsSpan());
    }

    /// <summary>Writes REALY's description of the mesh.</summary>
    internal static void WriteTopology(string folder, FaceTemplate template)
    {
        var name = Path.Combine(folder, "topology", "fml");
        AtomicFile.WriteText(name + "-68.txt", BenchmarkFiles.KeyPoints(template));
        BenchmarkFiles.WriteMesh(name + ".obj", template.Positions.AsSpan(), template.Triangles.AsSpan());
    }

    // REALY takes every OBJ of the folder for a prediction, so the mesh's description has one of its own.
    private static string Meshes(BenchmarkPreset preset) => preset == BenchmarkPreset.Realy ? "predictions" : "";

    // A picture beside the others is a person of its own, named as its clip.
    private static string Name(string person, string clip) => person == clip ? clip : $"{person}/{clip}";
}
