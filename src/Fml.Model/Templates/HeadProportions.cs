using System.Numerics;

namespace Fml.Model;

/// <summary>
/// How one person's head differs from the mean: named proportions in standard deviations of a population (0 is the mean, most people lie
/// within -2 to 2). Immutable; use <c>with</c>. Over independent N(0, 1) draws the evaluation region varies by about 3.9 mm RMS after rigid
/// alignment.
/// </summary>
public sealed record HeadProportions
{
    /// <summary>Size of the whole head (3 % a deviation).</summary>
    public float Size { get; init; }

    /// <summary>Width of the head and face.</summary>
    public float HeadWidth { get; init; }

    /// <summary>Depth of the head, front to back.</summary>
    public float HeadDepth { get; init; }

    /// <summary>Length of the face below the eyes.</summary>
    public float FaceLength { get; init; }

    /// <summary>Roundness of the face: flat and broad against narrow and forward.</summary>
    public float FaceFlatness { get; init; }

    /// <summary>Width of the jaw.</summary>
    public float JawWidth { get; init; }

    /// <summary>Height of the jaw's angle: positive is a lower, squarer jaw.</summary>
    public float JawAngle { get; init; }

    /// <summary>Length of the chin.</summary>
    public float ChinLength { get; init; }

    /// <summary>How far the chin stands forward.</summary>
    public float ChinProtrusion { get; init; }

    /// <summary>Width of the chin.</summary>
    public float ChinWidth { get; init; }

    /// <summary>Width across the cheekbones.</summary>
    public float CheekboneWidth { get; init; }

    /// <summary>Fullness of the cheeks.</summary>
    public float CheekFullness { get; init; }

    /// <summary>Soft tissue under the chin and along the jaw.</summary>
    public float Jowl { get; init; }

    /// <summary>Height of the forehead.</summary>
    public float ForeheadHeight { get; init; }

    /// <summary>Slope of the forehead: positive leans back.</summary>
    public float ForeheadSlope { get; init; }

    /// <summary>Prominence of the brow ridge.</summary>
    public float BrowRidge { get; init; }

    /// <summary>Height of the brows above the eyes.</summary>
    public float BrowHeight { get; init; }

    /// <summary>Distance between the eyes.</summary>
    public float EyeDistance { get; init; }

    /// <summary>Size of the eyes' openings.</summary>
    public float EyeSize { get; init; }

    /// <summary>How deep the eyes lie.</summary>
    public float EyeDepth { get; init; }

    /// <summary>Tilt of the eyes: positive lifts the outer corners.</summary>
    public float EyeTilt { get; init; }

    /// <summary>Opening of the lids.</summary>
    public float EyeOpening { get; init; }

    /// <summary>Length of the nose.</summary>
    public float NoseLength { get; init; }

    /// <summary>Width of the nose across its wings.</summary>
    public float NoseWidth { get; init; }

    /// <summary>How far the nose stands out.</summary>
    public float NoseProtrusion { get; init; }

    /// <summary>Height of the nose's bridge: positive is straight or humped, negative hollow.</summary>
    public float NoseBridge { get; init; }

    /// <summary>Turn of the nose's tip: positive is turned up.</summary>
    public float NoseTip { get; init; }

    /// <summary>Width of the mouth.</summary>
    public float MouthWidth { get; init; }

    /// <summary>How far the mouth stands forward.</summary>
    public float MouthProtrusion { get; init; }

    /// <summary>Thickness of the lips.</summary>
    public float LipThickness { get; init; }

    /// <summary>Length of the upper lip between nose and mouth.</summary>
    public float PhiltrumLength { get; init; }

    /// <summary>Curve of the mouth: positive lifts the corners.</summary>
    public float MouthCurve { get; init; }

    /// <summary>Deviation of the nose to the left.</summary>
    public float NoseAsymmetry { get; init; }

    /// <summary>Deviation of chin and mouth to the left.</summary>
    public float JawAsymmetry { get; init; }

    /// <summary>Difference of height between the left and the right of the face.</summary>
    public float HeightAsymmetry { get; init; }

    /// <summary>The mean head.</summary>
    public static HeadProportions Mean { get; } = new();

    /// <summary>Number of proportions.</summary>
    public static int Count => HeadVariation.Fields.Length;

    /// <summary>The proportions in the order of <see cref="FromValues"/>, in standard deviations.</summary>
    public float[] ToValues() => [.. HeadVariation.Fields.Select(field => field.Get(this))];

    /// <summary>Proportions from numbers in the order of <see cref="ToValues"/>.</summary>
    /// <param name="values">[<see cref="Count"/>], standard deviations.</param>
    /// <exception cref="ArgumentException">The number of values is wrong.</exception>
    public static HeadProportions FromValues(ReadOnlySpan<float> values)
    {
        if (values.Length != Count) throw new ArgumentException($"A head has {Count} proportions, {values.Length} values were given.",
            nameof(values));
        var head = Mean;
        for (int i = 0; i < values.Length; i++) head = HeadVariation.Fields[i].With(head, values[i]);
        return head;
    }

    /// <summary>
    /// A person drawn at random: independent N(0, 1) for every proportion, but for a few that go together in people (width and jaw,
    /// length and chin).
    /// </summary>
    /// <param name="random">Source of randomness.</param>
    public static HeadProportions Draw(Random random)
    {
        var values = new float[Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        var head = FromValues(values);
        return head with
        {
            JawWidth = 0.8f * head.JawWidth + 0.6f * head.CheekFullness,
            ChinLength = 0.9f * head.ChinLength + 0.44f * head.FaceLength,
            BrowRidge = 0.9f * head.BrowRidge + 0.44f * head.Size,
            NoseLength = 0.9f * head.NoseLength + 0.44f * head.FaceLength,
        };
    }

    /// <summary>Displacement of a site, mm.</summary>
    internal Vector3 OffsetAt(in HeadSite site)
    {
        var sum = Vector3.Zero;
        foreach (var field in HeadVariation.Fields)
        {
            float value = field.Get(this);
            if (value != 0) sum += value * field.At(site);
        }
        return sum;
    }
}
