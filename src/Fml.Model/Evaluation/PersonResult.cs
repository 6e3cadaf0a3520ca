using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>What a method makes of one person, from several sets of the frames.</summary>
internal sealed record PersonResult
{
    public required EvaluationPerson Person { get; init; }

    /// <summary>
    /// Neutral error by number of frames, averaged over disjoint sets; numbers for which there are too few frames are left out.
    /// </summary>
    public required ImmutableDictionary<int, GeometryError> Neutral { get; init; }

    /// <summary>Error with expression by number of frames, averaged over sets and frames.</summary>
    public required ImmutableDictionary<int, GeometryError> Expressed { get; init; }

    /// <summary>The reconstruction from the usual number of frames, or from as many as there are.</summary>
    public required Reconstruction Face { get; init; }

    /// <summary>Its neutral error; null without truth.</summary>
    public required GeometryError? Error { get; init; }

    /// <summary>The neutral error of the template's mean face; null without truth.</summary>
    public required GeometryError? MeanFace { get; init; }

    /// <summary>Distances of that reconstruction over the evaluation region, mm, rigid; null without truth.</summary>
    public required double[]? Distances { get; init; }

    /// <summary>Neutral faces from disjoint sets of the usual number of frames, or of as many as two sets can have.</summary>
    public required Vector3[][] Usual { get; init; }

    /// <summary>Albedos from the two halves of the clips; one, if there is only one clip.</summary>
    public required Vector3[][] Albedos { get; init; }

    /// <summary>Change of the neutral, mm, between the ends of each contrast and between frames drawn at random; null if nothing varies.</summary>
    public required ImmutableDictionary<string, (double Contrasted, double AtRandom)> Contrasts { get; init; }

    /// <summary>Frames compared with their pictures.</summary>
    public required ImmutableArray<FrameFit> Fits { get; init; }

    /// <summary>Measures a method on one person.</summary>
    /// <param name="method">The method.</param>
    /// <param name="comparison">How its shapes are compared with the truth; null without truth.</param>
    /// <param name="person">The person.</param>
    /// <param name="options">How thoroughly.</param>
    public static PersonResult Of(FaceMethod method, ShapeComparison? comparison, EvaluationPerson person, MeasurementOptions options)
    {
        var find = method.Prepare(person.Name, person.Frames);
        var known = new Dictionary<string, Reconstruction>();
        Reconstruction Face(int[] set)
        {
            var name = string.Join(' ', set);
            return known.TryGetValue(name, out var face) ? face : known[name] = find(set);
        }

        var available = person.Frames.Length;
        var most = method.IsQuick ? options.SetsPerPerson : 1;
        // Two disjoint sets tell how much a person's face depends on the frames; a single frame cannot be divided.
        var size = Math.Clamp(available / 2, 1, MeasurementOptions.Usual);
        Vector3[] Neutral(int[] set) => [.. Face(set).Neutral];
        Vector3[] Albedo(int[] set) => [.. Face(set).Albedo];

        var set = FrameSets.Usual(available);
        var face = Face(set);
        var truth = person.Truth;
        var measured = comparison is { Corresponds: false } ? 1 : most;
        var errors = truth is null || comparison is null ? null : new Errors(comparison, truth);
        var sets = options.FrameCounts.ToDictionary(count => count, count => FrameSets.Disjoint(available, count, measured));
        ImmutableDictionary<int, GeometryError> ByCount(Func<Errors, Reconstruction, IEnumerable<GeometryError>> measure) => errors is null
            ? ImmutableDictionary<int, GeometryError>.Empty
            : sets.Select(pair => (pair.Key, Error: GeometryError.Mean([.. pair.Value.SelectMany(s => measure(errors, Face(s)))])))
                .Where(pair => pair.Error is not null).ToImmutableDictionary(pair => pair.Key, pair => pair.Error!);

        return new PersonResult
        {
            Person = person,
            Face = face,
            Neutral = ByCount((e, f) => [e.Neutral(f)]),
            Expressed = ByCount((e, f) => e.Expressed(f)),
            Error = errors?.Neutral(face),
            MeanFace = errors?.Of(method.Template.Positions.AsSpan()),
            Distances = errors is null ? null : comparison!.Distances(face.Neutral.AsSpan(), truth!.Neutral, withScale: false),
            Usual = [.. FrameSets.Disjoint(available, size, most).Select(Neutral)],
            Albedos = [.. (method.IsQuick ? FrameSets.HalvesOfClips(person.Frames, MeasurementOptions.Usual) : [set]).Select(Albedo)],
            Contrasts = method.IsQuick ? Contrasted(method.Template, person, size, Neutral) : ImmutableDictionary<string, (double, double)>.Empty,
            Fits = [.. FrameSets.Pick(person.Frames, set).Zip(face.Frames, (given, frame) => FrameFit.Of(face, frame, given.Frame, given.Rgb))],
        };
    }

    private static ImmutableDictionary<string, (double Contrasted, double AtRandom)> Contrasted(
        FaceTemplate template, EvaluationPerson person, int size, Func<int[], Vector3[]> neutral)
    {
        const int Draws = 4;
        var result = ImmutableDictionary.CreateBuilder<string, (double, double)>();
        if (person.Variation is not { } variation || person.Frames.Length < 2 * size) return result.ToImmutable();
        double Change((int[] First, int[] Second) sets) =>
            SpreadBetweenPeople.Measure(template, [[neutral(sets.First), neutral(sets.Second)]]).Within ?? 0;
        var random = new Random(1);
        var atRandom = Enumerable.Range(0, Draws).Select(_ => Change(FrameContrast.AtRandom(person.Frames.Length, size, random)))
            .Average(d => d * d);
        foreach (var (name, values) in new[] { ("expression", variation.Expressions), ("turn of the head", variation.Turns) })
            if (FrameContrast.Along(values, size) is { } ends) result[name] = (Change(ends), Math.Sqrt(atRandom));
        return result.ToImmutable();
    }

    /// <summary>Errors of reconstructions of one person.</summary>
    private sealed class Errors(ShapeComparison comparison, PersonTruth truth)
    {
        private readonly Dictionary<string, FrameTruth> byKey = truth.Frames.ToDictionary(frame => frame.Key);

        public GeometryError Of(ReadOnlySpan<Vector3> neutral) => comparison.Between(neutral, truth.Neutral);

        public GeometryError Neutral(Reconstruction face) => Of(face.Neutral.AsSpan());

        public IEnumerable<GeometryError> Expressed(Reconstruction face) => FrameSets
            .Spread([.. face.Frames.Where(frame => byKey.ContainsKey(frame.Key))], comparison.FramesEach)
            .Select(frame => comparison.Between(face.Expressed(frame), truth.Shape(comparison.Mesh, byKey[frame.Key])));
    }
}
