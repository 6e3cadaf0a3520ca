using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Model;

/// <summary>What to reconstruct, with what, and where to.</summary>
public sealed record ReconstructionRunOptions
{
    /// <summary>A model file, or the folder of a training run.</summary>
    public required string Model { get; init; }

    /// <summary>Folder of a prepared dataset.</summary>
    public required string Dataset { get; init; }

    /// <summary>Folder for the results.</summary>
    public required string Folder { get; init; }

    /// <summary>Where to compute.</summary>
    public required Device Device { get; init; }

    /// <summary>Most frames of a person to use; of more, some are taken evenly.</summary>
    public int MostFrames { get; init; } = 200;

    /// <summary>Where GLB files keep the albedo.</summary>
    public GltfAlbedo Albedo { get; init; } = GltfAlbedo.Texture;
}

/// <summary>One person's result in short.</summary>
/// <param name="Person">Name.</param>
/// <param name="Frames">Frames used.</param>
/// <param name="LandmarkError">Mean over the frames of the landmark error per distance between the eyes; absent without landmarks.</param>
public sealed record ReconstructedPerson(string Person, int Frames, double? LandmarkError);

/// <summary>The whole of <c>fml reconstruct</c>: every person of a dataset, as files.</summary>
public static class ReconstructionRun
{
    /// <summary>Reconstructs each person from all of their frames and writes what is listed at
    /// <see cref="ReconstructionFolder"/>.</summary>
    /// <exception cref="FmlException">
    /// The model or the dataset cannot be read, the dataset has no people, or a file cannot be written.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was stopped; people finished before are there.</exception>
    public static ImmutableArray<ReconstructedPerson> Run(
        ReconstructionRunOptions options, Action<ProgressUpdate>? progress = null, CancellationToken cancel = default)
    {
        using var dataset = FaceDataset.Open(options.Dataset);
        var people = dataset.People;
        if (people.IsEmpty)
            throw new FmlException(
                $"There is nobody to reconstruct: {options.Dataset} holds no frame with a face"
                + (dataset.Skipped.IsEmpty ? "." : $"; {dataset.Skipped.Length} were left out, the first because: {dataset.Skipped[0].Reason}."));
        using var reconstructor = new FaceReconstructor(FaceModel.Load(options.Model), options.Device);
        var results = ImmutableArray.CreateBuilder<ReconstructedPerson>();
        foreach (var person in people)
        {
            cancel.ThrowIfCancellationRequested();
            progress?.Invoke(new ProgressUpdate("reconstruct", (double)results.Count / people.Length, person.Name));
            CropFrame[] frames = [.. Spread(person.Frames, options.MostFrames).Select(frame => CropFrame.Read(dataset, frame))];
            var face = reconstructor.Reconstruct(person.Name, frames);
            var size = face.Frames[0].CropSize;
            ReconstructionFolder.Write(options.Folder, face, i => SquareResampler.Resample(frames[i].Rgb, dataset.CropSize, size), options.Albedo);
            results.Add(new ReconstructedPerson(person.Name, frames.Length, MeanLandmarkError(face)));
        }
        progress?.Invoke(new ProgressUpdate("reconstruct", 1, $"{results.Count} people"));
        return results.ToImmutable();
    }

    private static ImmutableArray<FaceFrame> Spread(ImmutableArray<FaceFrame> frames, int most) => frames.Length <= most
        ? frames
        : [.. Enumerable.Range(0, most).Select(i => frames[(int)((long)i * frames.Length / most)])];

    private static double? MeanLandmarkError(Reconstruction face)
    {
        var errors = face.Frames.Select(frame => frame.LandmarkError).OfType<double>().ToArray();
        return errors.Length > 0 ? errors.Average() : null;
    }
}
