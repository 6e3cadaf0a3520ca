using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>Whether albedo and light are told apart. Colours in [0, 1]; albedos are compared by root mean square over the evaluation region.</summary>
/// <param name="Albedo">
/// Albedos of people from the two halves of their clips, which differ in light: difference within a person and between people, and
/// correlation with the truth. Absent where nobody has two clips.
/// </param>
/// <param name="Light">Error of the light found in frames as they are; absent without truth.</param>
/// <param name="Relit">Pairs of pictures that differ in the light alone, or in the person alone; absent without truth.</param>
public sealed record AppearanceFigures(SpreadBetweenPeople? Albedo, LightError? Light, RelitFigures? Relit);

/// <summary>How well the light of frames is found. Lights differ by the root mean square of their shading over all directions.</summary>
/// <param name="Error">Difference from the true light, per person.</param>
/// <param name="Shape">The same with the brightness made equal, which light shares with the albedo.</param>
/// <param name="Deviation">Root mean square difference of true lights from their mean: what there was to find.</param>
/// <param name="Correlation">Correlation of the 27 coefficients with the true ones, each about its own mean.</param>
public sealed record LightError(Measure Error, Measure Shape, double Deviation, double Correlation)
{
    /// <summary>Root mean square over directions and channels of the difference of two lights' shading.</summary>
    internal static double Between(IReadOnlyList<Vector3> a, IReadOnlyList<Vector3> b) =>
        Math.Sqrt(a.Zip(b, (x, y) => (double)Vector3.DistanceSquared(x, y)).Sum() / (3 * 4 * Math.PI)); // H_b are orthonormal on the sphere

    /// <summary>A light made stronger or weaker to come nearest to another.</summary>
    internal static ImmutableArray<Vector3> AsBright(ImmutableArray<Vector3> light, ImmutableArray<Vector3> other)
    {
        var square = light.Sum(c => (double)c.LengthSquared());
        var factor = square > 0 ? (float)(light.Zip(other, (x, y) => (double)Vector3.Dot(x, y)).Sum() / square) : 1;
        return [.. light.Select(c => factor * c)];
    }

    /// <summary>Compares lights.</summary>
    /// <param name="people">Per person, found and true light of each frame.</param>
    internal static LightError Of(IReadOnlyCollection<(ImmutableArray<Vector3> Found, ImmutableArray<Vector3> True)[]> people)
    {
        double[][] Rows(Func<(ImmutableArray<Vector3> Found, ImmutableArray<Vector3> True), ImmutableArray<Vector3>> part) =>
            [.. people.SelectMany(frames => frames).Select(f => part(f).SelectMany(c => new double[] { c.X, c.Y, c.Z }).ToArray())];
        var (found, truth) = (Rows(f => f.Found), Rows(f => f.True));
        var mean = Enumerable.Range(0, truth[0].Length).Select(c => truth.Average(t => t[c])).ToArray();
        var deviation = Math.Sqrt(truth.Average(t => t.Zip(mean, (x, m) => (x - m) * (x - m)).Sum()) / (3 * 4 * Math.PI));
        return new LightError(
            Measure.Of([.. people.Select(frames => frames.Average(f => Between(f.Found, f.True)))]),
            Measure.Of([.. people.Select(frames => frames.Average(f => Between(AsBright(f.Found, f.True), f.True)))]), deviation,
            PoseAgreement.Correlate(found, truth));
    }
}

/// <summary>
/// People drawn under each other's lights, over their own pictures: the same person under two lights, and the same light on two people.
/// </summary>
/// <param name="AlbedoOfOnePerson">Change of a person's albedo when the light changes; in truth none.</param>
/// <param name="AlbedoOfTwoPeople">Difference of the albedos of two people under the same light.</param>
/// <param name="TrueAlbedos">That of their true albedos; absent if truth is on another mesh.</param>
/// <param name="LightOnTwoPeople">Difference of the lights found on two people under the same light; in truth none.</param>
/// <param name="LightsOnOnePerson">Difference of the two lights found on one person.</param>
/// <param name="TrueLights">That of the true lights.</param>
/// <param name="NeutralMm">Change of a person's neutral shape when the light changes, mm, root mean square; in truth none.</param>
/// <param name="Pairs">Number of pairs.</param>
public sealed record RelitFigures(
    Measure AlbedoOfOnePerson, Measure AlbedoOfTwoPeople, Measure? TrueAlbedos, Measure LightOnTwoPeople, Measure LightsOnOnePerson,
    Measure TrueLights, Measure NeutralMm, int Pairs)
{
    private readonly record struct Pair(
        double OnePerson, double TwoPeople, double TrueAlbedos, double SameLight, double TwoLights, double TrueLights, double Neutral);

    /// <summary>Measures a method on pairs of people, each with the next.</summary>
    /// <param name="method">The method.</param>
    /// <param name="truths">Template of the truth.</param>
    /// <param name="people">People with truth for all their frames; at least two.</param>
    /// <param name="pairs">Most pairs.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops between pairs.</param>
    internal static RelitFigures Of(
        FaceMethod method, FaceTemplate truths, IReadOnlyList<EvaluationPerson> people, int pairs, Action<ProgressUpdate>? progress,
        CancellationToken cancel)
    {
        var sameMesh = ShapeComparison.AreSame(method.Template, truths);
        var found = Enumerable.Range(0, Math.Min(pairs, people.Count)).Select(i =>
        {
            cancel.ThrowIfCancellationRequested();
            progress?.Invoke(new ProgressUpdate($"measure: light, {method.Name}", (double)i / Math.Min(pairs, people.Count)));
            var (a, b) = (people[i], people[(i + 1) % people.Count]);
            var (own, other) = (TrueFace.Light(a.Truth!.Frames[0].Light), TrueFace.Light(b.Truth!.Frames[0].Light));
            var (underOwn, underOther) = (Look(method, truths, a, own), Look(method, truths, a, other));
            var neighbour = Look(method, truths, b, other);
            return new Pair(
                Difference(method, underOwn.Albedo, underOther.Albedo), Difference(method, underOther.Albedo, neighbour.Albedo),
                sameMesh ? Difference(method, [.. a.Truth!.Albedo], [.. b.Truth!.Albedo]) : double.NaN,
                LightError.Between(Light(underOther), Light(neighbour)), LightError.Between(Light(underOwn), Light(underOther)),
                LightError.Between(own, other),
                SpreadBetweenPeople.Measure(method.Template, [[[.. underOwn.Neutral], [.. underOther.Neutral]]]).Within ?? 0);
        }).ToArray();
        Measure Of(Func<Pair, double> part) => Measure.Of([.. found.Select(part)]);
        return new RelitFigures(
            Of(p => p.OnePerson), Of(p => p.TwoPeople), sameMesh ? Of(p => p.TrueAlbedos) : null, Of(p => p.SameLight), Of(p => p.TwoLights),
            Of(p => p.TrueLights), Of(p => p.Neutral), found.Length);
    }

    private static Reconstruction Look(FaceMethod method, FaceTemplate truths, EvaluationPerson person, ImmutableArray<Vector3> light)
    {
        var frames = FrameSets.Pick(person.Frames, FrameSets.Usual(person.Frames.Length));
        var drawn = TrueFace.Relit(TrueFace.Of(truths, person.Truth!, frames), frames, light);
        return method.Prepare(person.Name, drawn)([.. Enumerable.Range(0, drawn.Length)]);
    }

    // All frames of a drawn set have the same light.
    private static Vector3[] Light(Reconstruction face) =>
        [.. Enumerable.Range(0, Lighting.Count).Select(b => face.Frames.Aggregate(Vector3.Zero, (s, f) => s + f.Light[b]) / face.Frames.Length)];

    private static double Difference(FaceMethod method, ImmutableArray<Vector3> a, ImmutableArray<Vector3> b) =>
        Math.Sqrt(method.Template.EvaluationRegion.Average(v => (double)Vector3.DistanceSquared(a[v], b[v])));
}
