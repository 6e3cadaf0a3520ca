using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;

namespace Fml.Model;

/// <summary>
/// Says during training, in millimetres, whether identity is alive (<c>method.md</c> section 3): on held-out people through the network,
/// and, while free codes are learned, on training people through their codes. The pictures are read once; a measurement takes a fraction of
/// a second.
/// </summary>
internal sealed class IdentityWatch
{
    private readonly Trainer trainer;
    private readonly ImmutableArray<EvaluationPerson> people;
    private readonly ImmutableArray<(int Row, Vector3[]? Truth)> trained;

    /// <summary>Chooses whom to watch.</summary>
    /// <param name="trainer">The run.</param>
    /// <param name="people">Most held-out people, and most training people.</param>
    /// <param name="framesEach">Most frames of each held-out person.</param>
    public IdentityWatch(Trainer trainer, int people = 12, int framesEach = 8)
    {
        this.trainer = trainer;
        this.people = EvaluationPerson.Read(trainer.Dataset, trainer.Template, trainer.Split.HeldOut.Take(people), framesEach);
        trained =
        [
            .. trainer.Split.Train.Take(people).Select((person, row) =>
                (row, EvaluationPerson.TruthsOf(trainer.Dataset, trainer.Template, [person]).FirstOrDefault())),
        ];
    }

    /// <summary>The figures of now, named as the report draws them; of people, those that are known.</summary>
    public ImmutableSortedDictionary<string, double> Measure()
    {
        var figures = ImmutableSortedDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
        Network(figures);
        Codes(figures);
        return figures.ToImmutable();
    }

    private void Network(IDictionary<string, double> figures)
    {
        if (people.IsEmpty) return;
        var reconstructor = trainer.Reconstructor();
        List<Vector3[][]> neutrals = [];
        foreach (var person in people)
        {
            var features = reconstructor.Features(person.Frames);
            var size = Math.Clamp(features.Length / 2, 1, MeasurementOptions.Usual);
            var sets = FrameSets.Disjoint(features.Length, size, 2);
            neutrals.Add([.. sets.Select(set => reconstructor.Neutral(FrameSets.Pick(features, set)))]);
        }
        Vector3[][]? truths = people.All(p => p.Truth is not null) ? [.. people.Select(p => p.Truth!.Neutral)] : null;
        var spread = SpreadBetweenPeople.Measure(trainer.Template, neutrals, truths);
        figures["mm/between people"] = spread.Between;
        if (spread.Within is { } within) figures["mm/within a person"] = within;
        if (spread.Ratio is { } ratio) figures["ratio/between people over within a person"] = ratio;
        if (spread.Correlation is { } correlation) figures["correlation with truth/held-out people"] = correlation;
        if (truths is null) return;
        figures["mm/error of the mean face"] = Error(truths.Select(truth => (trainer.Template.Positions.ToArray(), truth)));
        figures["mm/error with 4 frames"] = Error(
            neutrals.Zip(truths).SelectMany(pair => pair.First.Select(shape => (shape, pair.Second))));
    }

    private void Codes(IDictionary<string, double> figures)
    {
        var (tables, store) = (trainer.Tables, trainer.Store);
        var (shapes, albedos) = (trainer.ShapeCodes(), store.Get<float>(tables.Albedo));
        float[] Row(float[] values, Node.Parameter table, int row) => values[(row * table.Shape[1])..((row + 1) * table.Shape[1])];
        Vector3[] Neutral(int row) => trainer.Predictor.Neutral([.. Row(shapes, tables.Shape, row), .. Row(albedos, tables.Albedo, row)]);

        var neutrals = trained.Select(person => Neutral(person.Row)).ToArray();
        if (neutrals.Length == 0) return;
        Vector3[][]? truths = trained.All(p => p.Truth is not null) ? [.. trained.Select(p => p.Truth!)] : null;
        var spread = SpreadBetweenPeople.Measure(trainer.Template, [.. neutrals.Select(shape => new[] { shape })], truths);
        const string Group = "mm, training people's own codes";
        figures[$"{Group}/between people"] = spread.Between;
        if (spread.Correlation is { } correlation) figures["correlation with truth/training people's own codes"] = correlation;
        if (truths is null) return;
        figures[$"{Group}/error of the mean face"] = Error(truths.Select(truth => (trainer.Template.Positions.ToArray(), truth)));
        figures[$"{Group}/error"] = Error(neutrals.Zip(truths));
    }

    private double Error(IEnumerable<(Vector3[] Shape, Vector3[] Truth)> pairs) =>
        pairs.Average(pair => GeometryError.Between(pair.Shape, pair.Truth, trainer.Template.EvaluationRegion.AsSpan()).Rigid.Mean);
}
