using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Refines the network's faces by gradient descent on the model's own losses (<c>method.md</c> section 6), one person at a time: identity is
/// shared by the frames, pose, expression and light are each frame's own, bases and network stay as they are. It takes a hundred times as long as
/// the network alone. The same frames give the same face. Not thread-safe.
/// </summary>
public sealed class FaceFitter : IDisposable
{
    private readonly FaceReconstructor reconstructor;
    private readonly FitOptions options;
    private readonly Dictionary<int, FitProgram> programs = [];

    /// <summary>A fitter of a model.</summary>
    /// <param name="reconstructor">The model at work; it must outlive the fitter.</param>
    /// <param name="options">How to fit.</param>
    /// <exception cref="FmlException">The options make no sense, or the model was trained without pictures.</exception>
    public FaceFitter(FaceReconstructor reconstructor, FitOptions? options = null)
    {
        (this.reconstructor, this.options) = (reconstructor, options ?? new FitOptions());
        this.options.Stage(reconstructor.Options);
    }

    /// <summary>Reconstructs one person and refines the result.</summary>
    /// <param name="person">Name, used for files.</param>
    /// <param name="frames">
    /// 1 or more frames of that person; crops of another size are resampled to the model's. All are in memory at once. The first call with a
    /// number of frames compiles for it.
    /// </param>
    /// <param name="cancel">Stops between steps.</param>
    /// <exception cref="FmlException">The model reads landmarks, and a frame has none.</exception>
    /// <exception cref="ArgumentException">There are no frames, or a crop is no square.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public FaceFit Fit(string person, IReadOnlyList<CropFrame> frames, CancellationToken cancel = default)
    {
        var (codes, seen) = reconstructor.Estimate(frames, reconstructor.Features(frames));
        if (!programs.TryGetValue(frames.Count, out var program))
            programs[frames.Count] = program = new FitProgram(reconstructor, options, frames.Count, FreeName());
        var (fitted, before, after, steps) = program.Fit(
            [.. frames.Select(reconstructor.AtModelSize)], new FitProgram.Parameters(codes, seen), cancel);
        var start = reconstructor.Face(person, frames, codes, seen);
        if (!(after.Total < before.Total)) return new FaceFit(start, start, before, before, steps);
        var (ofFace, ofFrames) = reconstructor.WithAppearance(frames, fitted.Codes, fitted.Frames);
        return new FaceFit(start, reconstructor.Face(person, frames, ofFace, ofFrames), before, after, steps);
    }

    // Fits share the model's store, with one another too.
    private string FreeName() => Enumerable.Range(0, int.MaxValue).Select(i => $"fit{i}.").First(
        prefix => !reconstructor.Store.Parameters.Any(parameter => parameter.Name.StartsWith(prefix, StringComparison.Ordinal)));

    /// <summary>Frees what was compiled; the model stays.</summary>
    public void Dispose()
    {
        foreach (var program in programs.Values) program.Dispose();
        programs.Clear();
    }
}
