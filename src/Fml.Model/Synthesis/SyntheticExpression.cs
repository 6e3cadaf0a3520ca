using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>
/// How the face moves in one clip: a mood, talking or not, blinks, a wandering gaze, and now and then something else. Each movement is
/// smooth in time,
/// mostly mild, and few are active at once. Works from ARKit-style names; shapes that a template lacks are passed over, shapes that this
/// class does not know only take part in the odd movements. Strengths are relative to a shape's own deviation (0.2 counts as 1).
/// </summary>
internal sealed class SyntheticExpression
{
    private readonly record struct Movement(string Root, float Strength, float Fastest, float Slowest);

    private sealed record Mood(float Share, params Movement[] Movements);

    private static Movement Slow(string root, float strength) => new(root, strength, 1.5f, 6);

    private static Movement Fast(string root, float strength) => new(root, strength, 0.35f, 1.2f);

    private static readonly Mood[] Moods =
    [
        new(0.40f),
        new(0.24f, Slow("mouthSmile", 0.55f), Slow("cheekSquint", 0.35f), Slow("eyeSquint", 0.2f), Slow("mouthDimple", 0.2f)),
        new(0.10f, Slow("browInnerUp", 0.5f), Slow("browOuterUp", 0.45f), Slow("eyeWide", 0.3f)),
        new(0.09f, Slow("browDown", 0.6f), Slow("eyeSquint", 0.35f), Slow("noseSneer", 0.2f)),
        new(0.07f, Slow("mouthFrown", 0.5f), Slow("mouthShrugLower", 0.35f), Slow("mouthPress", 0.25f)),
        new(0.05f, Slow("mouthPucker", 0.55f), Slow("cheekPuff", 0.2f)),
        new(0.05f, Slow("jawOpen", 0.4f), Slow("mouthUpperUp", 0.35f), Slow("mouthStretch", 0.25f)),
    ];

    private static readonly Movement[] Talking =
    [
        Fast("jawOpen", 0.32f), Fast("mouthFunnel", 0.3f), Fast("mouthPucker", 0.3f), Fast("mouthLowerDown", 0.25f),
        Fast("mouthUpperUp", 0.18f), Fast("mouthStretch", 0.18f), Fast("mouthRollLower", 0.2f), Fast("mouthRollUpper", 0.15f),
        Fast("mouthPress", 0.18f), Fast("mouthClose", 0.1f), Fast("mouthShrugUpper", 0.12f), Slow("browInnerUp", 0.2f),
        Slow("browOuterUp", 0.15f),
    ];

    private static readonly ImmutableHashSet<string> Gaze = ["eyeLookIn", "eyeLookOut", "eyeLookUp", "eyeLookDown"];

    private readonly ImmutableArray<Blendshape> shapes;
    private readonly Track[] tracks;
    private readonly ImmutableArray<double> blinks;
    private readonly SmoothSignal gazeLeft;
    private readonly SmoothSignal gazeUp;

    // What one shape does: strength * max(0, offset + signal), at 0 strength nothing.
    private readonly record struct Track(float Strength, float Offset, SmoothSignal Signal, SmoothSignal Own);

    private SyntheticExpression(
        ImmutableArray<Blendshape> shapes, Track[] tracks, ImmutableArray<double> blinks, SmoothSignal gazeLeft, SmoothSignal gazeUp) =>
        (this.shapes, this.tracks, this.blinks, this.gazeLeft, this.gazeUp) = (shapes, tracks, blinks, gazeLeft, gazeUp);

    /// <summary>Draws the expressions of one clip.</summary>
    /// <param name="random">Source of chance.</param>
    /// <param name="shapes">The template's expressions.</param>
    /// <param name="duration">Length of the clip, s, over which blinks are strewn.</param>
    public static SyntheticExpression Draw(Random random, ImmutableArray<Blendshape> shapes, double duration)
    {
        var movements = new Dictionary<string, Movement>();
        void Add(Movement movement)
        {
            var stronger = movements.TryGetValue(movement.Root, out var known) && known.Strength > movement.Strength ? known : movement;
            movements[movement.Root] = stronger;
        }
        foreach (var movement in Pick(random).Movements) Add(Varied(random, movement));
        if (random.Happens(0.55f)) foreach (var movement in Talking) Add(Varied(random, movement));
        foreach (var root in shapes.Select(s => Root(s.Name)).Distinct().Where(r => !Gaze.Contains(r) && r != "eyeBlink"))
            if (random.Happens(0.08f)) Add(Varied(random, Slow(root, 0.35f)));

        var signals = movements.Values.OrderBy(m => m.Root, StringComparer.Ordinal).ToDictionary(
            m => m.Root, m => (m.Strength, Offset: random.Between(-0.5f, 0.9f), Signal: SmoothSignal.Draw(random, m.Fastest, m.Slowest)));
        var tracks = shapes.Select(shape => signals.TryGetValue(Root(shape.Name), out var s)
            ? new Track(
                s.Strength * shape.Deviation / 0.2f * random.Between(0.85f, 1.15f), s.Offset, s.Signal, SmoothSignal.Draw(random, 0.6f, 3))
            : default).ToArray();
        Quieten(shapes, tracks);
        return new SyntheticExpression(
            shapes, tracks, Blinks(random, duration), SmoothSignal.Draw(random, 0.8f, 4), SmoothSignal.Draw(random, 0.8f, 4));
    }

    /// <summary>The weights <c>delta</c> at a time, [b], each within its shape's valid range.</summary>
    public float[] At(double time)
    {
        var weights = new float[shapes.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            var shape = shapes[i];
            var root = Root(shape.Name);
            var weight = root switch
            {
                "eyeBlink" => BlinkAt(time),
                _ when Gaze.Contains(root) => GazeAt(shape.Name, root, time),
                _ when tracks[i].Strength > 0 => TrackAt(tracks[i], time),
                _ => 0,
            };
            weights[i] = Math.Clamp(weight, shape.Minimum, shape.Maximum);
        }
        KeepLipsApart(weights);
        return weights;
    }

    /// <summary>The name without its side: <c>mouthSmileLeft</c> and <c>mouthSmile_L</c> are <c>mouthSmile</c>; <c>jawLeft</c> stays
    /// itself.</summary>
    internal static string Root(string name) => name switch
    {
        "jawLeft" or "jawRight" or "mouthLeft" or "mouthRight" => name,
        _ when name.EndsWith("_L", StringComparison.Ordinal) || name.EndsWith("_R", StringComparison.Ordinal) => name[..^2],
        _ when name.EndsWith("Left", StringComparison.Ordinal) => name[..^4],
        _ when name.EndsWith("Right", StringComparison.Ordinal) => name[..^5],
        _ => name,
    };

    private static bool IsLeft(string name) =>
        name.EndsWith("_L", StringComparison.Ordinal) || name.EndsWith("Left", StringComparison.Ordinal);

    private static float TrackAt(Track track, double time) =>
        track.Strength * 0.75f * MathF.Max(0, track.Offset + 0.95f * track.Signal.At(time) + 0.3f * track.Own.At(time));

    private float GazeAt(string name, string root, double time)
    {
        var left = gazeLeft.At(time) * (root == "eyeLookOut" == IsLeft(name) ? 1 : -1);
        return root switch
        {
            "eyeLookUp" => MathF.Max(0, 0.12f * gazeUp.At(time)),
            "eyeLookDown" => MathF.Max(0, -0.2f * gazeUp.At(time)),
            _ => MathF.Max(0, 0.22f * left),
        };
    }

    private float BlinkAt(double time)
    {
        var closed = 0.0;
        foreach (var blink in blinks) closed = Math.Max(closed, 1 - Math.Abs(time - blink) / 0.17);
        return (float)(closed <= 0 ? 0 : closed * closed * (3 - 2 * closed));
    }

    // mouthClose is a corrective that brings the lips together again under an open jaw: never more of it than of jawOpen.
    private void KeepLipsApart(float[] weights)
    {
        var jaw = shapes.IndexOf(shapes.FirstOrDefault(s => s.Name == "jawOpen")!);
        for (var i = 0; i < weights.Length; i++)
            if (shapes[i].Name == "mouthClose") weights[i] = Math.Min(weights[i], jaw < 0 ? 0 : weights[jaw]);
    }

    // Opposite pairs are not both active; cheekRaiser is a double of cheekSquint.
    private static void Quieten(ImmutableArray<Blendshape> shapes, Track[] tracks)
    {
        var active = shapes.Where((_, i) => tracks[i].Strength > 0).Select(s => Root(s.Name)).ToHashSet();
        bool Has(string root) => active.Contains(root);
        for (var i = 0; i < tracks.Length; i++)
        {
            var silent = Root(shapes[i].Name) switch
            {
                "jawRight" => Has("jawLeft"),
                "mouthRight" => Has("mouthLeft"),
                "mouthFrown" => Has("mouthSmile"),
                "browDown" => Has("browOuterUp"),
                "cheekRaiser" or "PupilDilate" or "tongueOut" => true,
                _ => false,
            };
            if (silent) tracks[i] = default;
        }
    }

    private static Mood Pick(Random random)
    {
        var draw = random.NextSingle();
        foreach (var mood in Moods)
            if ((draw -= mood.Share) < 0) return mood;
        return Moods[0];
    }

    private static Movement Varied(Random random, Movement movement) =>
        movement with { Strength = movement.Strength * random.Between(0.35f, 1.5f) };

    private static ImmutableArray<double> Blinks(Random random, double duration)
    {
        var blinks = ImmutableArray.CreateBuilder<double>();
        for (var time = -4 * Math.Log(1 - random.NextDouble()); time < duration; time += 0.4 - 4 * Math.Log(1 - random.NextDouble()))
            blinks.Add(time);
        return blinks.ToImmutable();
    }
}
