using Fml.Graph;

namespace Fml.Model;

/// <summary>
/// Free codes: a row for every person and every frame, learned like any other parameter. In training they find out what each person looks
/// like before the encoder learns to see it; a fit starts them at what the encoder saw.
/// </summary>
public sealed class CodeTables
{
    /// <summary>Prefix of the tables' names in a training run's store.</summary>
    public const string Prefix = "table.";

    /// <summary>Adds tables of zeros to a store, or finds them there.</summary>
    public CodeTables(ParameterStore store, CodeSizes sizes, int expressions, int people, int frames, string prefix = Prefix)
    {
        Node.Parameter Table(string name, int rows, int columns) => store.FindOrAddZeros(prefix + name, TensorType.F32([rows, columns]));
        Shape = Table("shape", people, sizes.Shape);
        Albedo = Table("albedo", people, sizes.Albedo);
        Pose = Table("pose", frames, FrameParameters.PoseCount);
        Expression = Table("expression", frames, expressions);
        Light = Table("light", frames, FrameParameters.LightCount);
    }

    /// <summary>Shape codes <c>alpha</c>, [P,g].</summary>
    public Node.Parameter Shape { get; }

    /// <summary>Albedo codes <c>beta</c>, [P,h].</summary>
    public Node.Parameter Albedo { get; }

    /// <summary>Raw pose, [frames,6].</summary>
    public Node.Parameter Pose { get; }

    /// <summary>Raw expression, [frames,b].</summary>
    public Node.Parameter Expression { get; }

    /// <summary>Raw light, [frames,27].</summary>
    public Node.Parameter Light { get; }
}
