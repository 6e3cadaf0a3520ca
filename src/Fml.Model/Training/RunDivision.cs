using System.Collections.Immutable;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// The whole of <c>fml divide</c>: a model that was learned without separation, divided. As all modes learn identity whole
/// (<see cref="SeparationMode"/>), the result is what training under such a mode would have made of the same clips.
/// </summary>
public static class RunDivision
{
    /// <summary>Divides the model of a run and writes it as a run of its own.</summary>
    /// <param name="run">The run, whose separation is <see cref="SeparationMode.Off"/>; it stays as it is.</param>
    /// <param name="folder">Where the divided one goes; must not hold a run.</param>
    /// <param name="mode">Any but <see cref="SeparationMode.Off"/>.</param>
    /// <exception cref="FmlException">There is no such model, it is divided already, the mode does not divide, or the folder holds a run.</exception>
    public static void Divide(string run, string folder, SeparationMode mode)
    {
        var path = Path.Combine(folder, RunFolder.ModelFile);
        if (File.Exists(path)) throw new FmlException($"{folder} holds a run already; choose another folder");
        var divided = Divide(FaceModel.Load(run), mode);
        TrainedOn.Load(run)?.Save(folder);
        AtomicFile.WriteText(Path.Combine(folder, RunFolder.OptionsFile), FaceModel.ToJson(divided.Options));
        divided.Save(path);
    }

    /// <summary>A divided model; see the other.</summary>
    public static FaceModel Divide(FaceModel whole, SeparationMode mode)
    {
        if (whole.Options.Separation != SeparationMode.Off)
            throw new FmlException(
                $"The model's separation is {whole.Options.Separation} already; only one that was learned with --separation off can be divided");
        if (mode == SeparationMode.Off) throw new FmlException("Separation off divides nothing; a model is divided for graph, mesh or soft");
        var options = whole.Options with { Separation = mode };
        using var store = new ParameterStore(Device.Open("cpu"));
        store.Load(whole.Weights.Select(pair => TensorStream.Of(pair.Key, pair.Value)));
        IdentityDivision.Divide(
            store,
            new FaceBases(
                store, whole.Template, DeformationGraph.Build(whole.Template, options.Nodes), mode, options.ShapeCodes, options.AlbedoCodes));
        return whole with { Options = options, Weights = store.Streams(_ => true).ToImmutableDictionary(t => t.Name, t => t.Whole("the divided model")) };
    }
}
