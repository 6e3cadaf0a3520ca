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

    /// <summary>How to refine what the network gives; null leaves it.</summary>
    public FitOptions? Fit { get; init; }

    /// <summary>Most frames of a person that <c>fml fit</c> uses: all are in memory at once, with everything computed of them.</summary>
    public const int MostFramesFitted = 48;
}

/// <summary>One person's result in short.</summary>
/// <param name="Person">Name.</param>
/// <param name="Frames">Frames used.</param>
/// <param name="LandmarkError">Mean over the frames of the landmark error per distance between the eyes; absent without landmarks.</param>
/// <param name="Photometric">Mean over the frames of the colour distance at visible vertices, colours in [0, 1]; absent where none is.</param>
/// <param name="Fit">What a fit did, if one was asked for.</param>
public sealed record ReconstructedPerson(string Person, int Frames, double? LandmarkError, double? Photometric, FitSummary? Fit = null);

/// <summary>What a fit did to one person.</summary>
/// <param name="LandmarkErrorBefore">The landmark error of the network's face.</param>
/// <param name="PhotometricBefore">Its colour distance.</param>
/// <param name="LossBefore">Its loss.</param>
/// <param name="LossAfter">The loss of the fitted face, never greater.</param>
/// <param name="Steps">Steps taken.</param>
public sealed record FitSummary(double? LandmarkErrorBefore, double? PhotometricBefore, double LossBefore, double LossAfter, int Steps);

/// <summary>The whole of <c>fml reconstruct</c> and <c>fml fit</c>: every person of a dataset, as files.</summary>
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
        using var fitter = options.Fit is { } fitting ? new FaceFitter(reconstructor, fitting) : null;
        var task = fitter is null ? "reconstruct" : "fit";
        var results = ImmutableArray.CreateBuilder<ReconstructedPerson>();
        foreach (var person in people)
        {
            cancel.ThrowIfCancellationRequested();
            progress?.Invoke(new ProgressUpdate(task, (double)results.Count / people.Length, person.Name));
            CropFrame[] frames = [.. Spread(person.Frames, options.MostFrames).Select(frame => CropFrame.Read(dataset, frame))];
            var fit = fitter?.Fit(person.Name, frames, cancel);
            var face = fit?.Face ?? reconstructor.Reconstruct(person.Name, frames);
            var size = face.Frames[0].CropSize;
            ReconstructionFolder.Write(options.Folder, face, i => SquareResampler.Resample(frames[i].Rgb, dataset.CropSize, size), options.Albedo);
            results.Add(new ReconstructedPerson(
                person.Name, frames.Length, LandmarkError(face), Photometric(face),
                fit is null ? null : new FitSummary(LandmarkError(fit.Start), Photometric(fit.Start), fit.Before.Total, fit.After.Total, fit.Steps)));
        }
        progress?.Invoke(new ProgressUpdate(task, 1, $"{results.Count} people"));
        return results.ToImmutable();
    }

    private static ImmutableArray<FaceFrame> Spread(ImmutableArray<FaceFrame> frames, int most) => frames.Length <= most
        ? frames
        : [.. Enumerable.Range(0, most).Select(i => frames[(int)((long)i * frames.Length / most)])];

    private static double? LandmarkError(Reconstruction face) => Mean(face.Frames.Select(frame => frame.LandmarkError));

    private static double? Photometric(Reconstruction face) =>
        Mean(face.Frames.Select(frame => frame.Losses.TryGetValue("photometric", out var error) ? error : (double?)null));

    private static double? Mean(IEnumerable<double?> known)
    {
        var values = known.OfType<double>().ToArray();
        return values.Length > 0 ? values.Average() : null;
    }
}
