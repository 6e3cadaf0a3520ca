using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// The identity modes of the ICT model: people nobody here invented, for synthetic truth. Neutral shape:
/// <c>template + sum_i w_i mode_i</c> with <c>w_i</c> drawn from N(0,1), as upstream samples them.
/// </summary>
public sealed class IctIdentities
{
    private readonly ImmutableArray<Vector3> mean;
    private readonly Vector3[][] modes;

    private IctIdentities(ImmutableArray<Vector3> mean, Vector3[][] modes)
    {
        this.mean = mean;
        this.modes = modes;
    }

    /// <summary>Number of modes, 100.</summary>
    public int Count => modes.Length;

    /// <summary>Number of vertices <c>V</c>, those of the template of the same region.</summary>
    public int VertexCount => mean.Length;

    /// <summary>Displacement of every vertex by one mode at weight 1, [V], mm.</summary>
    public ReadOnlySpan<Vector3> this[int mode] => modes[mode];

    /// <summary>Loads the modes for the vertices of a region, in the order of <see cref="IctTemplate.Import"/>.</summary>
    /// <exception cref="FmlException">The file is missing, damaged, or no packed ICT model.</exception>
    public static IctIdentities Load(string path, IctRegion region = IctRegion.Head)
    {
        var file = IctFile.Load(path, region);
        return new IctIdentities(file.Neutral, file.Displacements("identity"));
    }

    /// <summary>Loads the modes for the vertices of a template made of the same model.</summary>
    /// <exception cref="FmlException">The file is missing, damaged, or no packed ICT model, or the template is another mesh.</exception>
    public static IctIdentities LoadFor(string path, FaceTemplate template) =>
        Enum.GetValues<IctRegion>().Select(region => Load(path, region)).FirstOrDefault(identities => identities.VertexCount == template.VertexCount)
        ?? throw new FmlException(
            $"The shapes of {path} are no shapes of the template '{template.Name}' with its {template.VertexCount} vertices; "
            + "give the template that fml import-ict made of the same file.");

    /// <summary>The modes, [V] each, mm.</summary>
    public IReadOnlyList<Vector3[]> Shapes => modes;

    /// <summary>A neutral shape, [V], mm.</summary>
    /// <param name="weights">Weights of the first modes; those left out are 0.</param>
    /// <exception cref="FmlException">More weights than modes.</exception>
    public Vector3[] Neutral(ReadOnlySpan<float> weights)
    {
        if (weights.Length > modes.Length)
            throw new FmlException($"The ICT model has {modes.Length} identity modes, but {weights.Length} weights were given.");
        var shape = mean.ToArray();
        for (var m = 0; m < weights.Length; m++)
        {
            var (weight, mode) = (weights[m], modes[m]);
            for (var i = 0; i < shape.Length; i++) shape[i] += weight * mode[i];
        }
        return shape;
    }
}
