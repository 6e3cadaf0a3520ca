using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>One or more methods measured on the people of a dataset, and on the same people under other conditions.</summary>
public sealed record EvaluationResult
{
    /// <summary>The run or model file.</summary>
    public required string Run { get; init; }

    /// <summary>The dataset's folder.</summary>
    public required string Dataset { get; init; }

    /// <summary>Whose faces and why these, such as "24 held-out people".</summary>
    public required string Population { get; init; }

    /// <summary>The methods: the run's network first.</summary>
    public required ImmutableArray<MethodEvaluation> Methods { get; init; }

    /// <summary>The same people in other datasets.</summary>
    public ImmutableArray<ConditionEvaluation> Conditions { get; init; } = [];

    /// <summary>Name of the dataset's folder, as tables call it.</summary>
    public string DatasetName => NameOf(Dataset);

    /// <summary>Last part of a path.</summary>
    internal static string NameOf(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
}

/// <summary>A condition under which the same people were filmed, such as with things before their faces.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Dataset">The dataset's folder.</param>
/// <param name="Methods">What was measured.</param>
/// <param name="Growth">How much errors grow against the plain dataset.</param>
public sealed record ConditionEvaluation(
    string Name, string Dataset, ImmutableArray<MethodEvaluation> Methods, ImmutableArray<ConditionGrowth> Growth);

/// <summary>How much a method's error with the usual number of frames grows under a condition, person by person.</summary>
/// <param name="Method">The method.</param>
/// <param name="Expression"><see cref="EvaluationRow.Neutral"/> or <see cref="EvaluationRow.Expressed"/>.</param>
/// <param name="Frames">Frames a person.</param>
/// <param name="Rigid">Growth as a fraction of the plain mean error, rigid; 0.2 is a fifth more.</param>
/// <param name="Scaled">The same with scale.</param>
public sealed record ConditionGrowth(string Method, string Expression, int Frames, Measure Rigid, Measure Scaled)
{
    /// <summary>Compares the same people.</summary>
    /// <param name="method">The method.</param>
    /// <param name="expression">Neutral or expressed.</param>
    /// <param name="frames">Frames a person.</param>
    /// <param name="people">Per person the plain error and that under the condition; at least one.</param>
    internal static ConditionGrowth Of(
        string method, string expression, int frames, IReadOnlyCollection<(GeometryError Plain, GeometryError Changed)> people)
    {
        Measure Growth(Func<GeometryError, double> error)
        {
            var plain = people.Average(p => error(p.Plain));
            return Measure.Of([.. people.Select(p => (error(p.Changed) - error(p.Plain)) / plain)]);
        }
        return new ConditionGrowth(method, expression, frames, Growth(e => e.Rigid.Mean), Growth(e => e.Scaled.Mean));
    }
}
