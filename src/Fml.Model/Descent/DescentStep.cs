using Fml.Graph;

namespace Fml.Model;

/// <summary>
/// One look: a linear map from what images and landmarks pull at (<see cref="ImagePull"/>) to the correction that is due, learned by least
/// squares: the supervised descent method (Xiong and De la Torre 2013), in which a learned map stands for the inverse of the Hessian and for the
/// prior. All frames pull at the identity, by their mean; each corrects its own pose and expression, given that. The fewer frames, the less can
/// shape, light and albedo be told apart in their colours; so there are maps for several numbers of frames.
/// </summary>
internal sealed class DescentStep
{
    /// <summary>Looks that follow one another; each has maps of its own.</summary>
    public const int Looks = 3;

    private const double Bend = 0.1; // a pull ten times the usual one counts half

    private readonly ParameterStore store;
    private readonly Node.Parameter scale, identityMap, frameMap;
    private readonly int codes, motion, pulls;
    private float[] scales;
    private LinearMap toIdentity, toFrame;

    private DescentStep(ParameterStore store, FaceBases bases, int frames, int look)
    {
        this.store = store;
        (codes, motion) = (bases.Sizes.Shape, FrameParameters.PoseCount + bases.Template.Expressions.Length);
        pulls = codes + motion;
        var beside = 2 * FaceFrame.LandmarkCount + motion;
        Node.Parameter Map(string name, int rows, int columns) => store.FindOrAddZeros($"{Name(frames, look)}.{name}", TensorType.F32([rows, columns]));
        scale = Map("scale", 1, pulls);
        identityMap = Map("identity", pulls + beside + codes + 1, codes);
        frameMap = Map("frame", 2 * pulls + beside + codes + 1, motion);
        scales = store.Get<float>(scale);
        (toIdentity, toFrame) = (new LinearMap(store.Get<float>(identityMap), codes), new LinearMap(store.Get<float>(frameMap), motion));
    }

    /// <summary>Adds the maps for so many frames of a person to a store, zero, or finds them there.</summary>
    public static DescentStep[] All(ParameterStore store, FaceBases bases, int frames) =>
        [.. Enumerable.Range(0, Looks).Select(look => new DescentStep(store, bases, frames, look))];

    /// <summary>For which numbers of frames a store holds maps that have been learned, ascending.</summary>
    public static int[] Learned(ParameterStore store) =>
    [
        .. store.Parameters
            .Where(parameter => parameter.Name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(parameter => int.TryParse(parameter.Name[Prefix.Length..].Split('.')[0], out var frames) ? frames : 0).Distinct().Order()
            .Where(frames => store.Find($"{Name(frames, Looks - 1)}.scale") is { } last && store.Get<float>(last).Any(x => x != 0)),
    ];

    /// <summary>Brings pulls [F,g+6+b] to a usual size of 1; zero where nothing pulls.</summary>
    public void ScaleTo(float[] gradients)
    {
        var frames = gradients.Length / pulls;
        scales = [.. Enumerable.Range(0, pulls).Select(c =>
            Enumerable.Range(0, frames).Average(f => (double)gradients[f * pulls + c] * gradients[f * pulls + c]) is > 1e-30 and var square
                ? (float)(1 / Math.Sqrt(square))
                : 0)];
    }

    /// <summary>Maps to be used; they are stored by <see cref="Save"/>.</summary>
    public void Learn(LinearMap identity, LinearMap frame) => (toIdentity, toFrame) = (identity, frame);

    /// <summary>Puts the maps into the store.</summary>
    public void Save()
    {
        store.Set<float>(scale, scales);
        store.Set<float>(identityMap, toIdentity.Values);
        store.Set<float>(frameMap, toFrame.Values);
    }

    /// <summary>What some frames of one person tell.</summary>
    /// <param name="Pulls">Scaled, [g+6+b] each.</param>
    /// <param name="Beside">Landmarks, pose and expression, [136+6+b] each.</param>
    public readonly record struct Told(float[][] Pulls, float[][] Beside);

    /// <summary>Of frames whose pulls and states a program has computed.</summary>
    /// <param name="gradients">[F,g+6+b].</param>
    /// <param name="landmarks">[F,136], pixels.</param>
    /// <param name="state">Where they were held.</param>
    public Told Tell(float[] gradients, float[] landmarks, DescentNumbers state) => new(
        [.. gradients.Chunk(pulls).Select(row => row.Select((x, c) => (float)(x * scales[c] / (1 + Bend * Math.Abs(x * scales[c])))).ToArray())],
        [.. landmarks.Chunk(2 * FaceFrame.LandmarkCount).Select((row, f) => (float[])[.. row, .. state.Frame(f)])]);

    /// <summary>The row that the change of the codes is linear in.</summary>
    public float[] IdentityRow(Told told, ReadOnlySpan<float> identity) => [.. Mean(told.Pulls), .. Mean(told.Beside), .. identity, 1];

    /// <summary>The rows that the changes of pose and expression are linear in, one a frame.</summary>
    public float[][] FrameRows(Told told, float[] identityChange)
    {
        var mean = Mean(told.Pulls);
        return [.. told.Pulls.Zip(told.Beside, (pull, beside) => (float[])[.. pull, .. beside, .. identityChange, .. mean, 1])];
    }

    /// <summary>A person's codes [g] and the frames' poses and expressions [6+b], corrected.</summary>
    public (float[] Identity, float[][] Frames) Correct(Told told, ReadOnlySpan<float> identity)
    {
        var change = toIdentity.Of(IdentityRow(told, identity));
        return (
            DescentNumbers.Sum(identity, change),
            [.. FrameRows(told, change).Zip(told.Beside, (row, beside) => DescentNumbers.Sum(beside.AsSpan(^motion..), toFrame.Of(row)))]);
    }

    private const string Prefix = "encoder.descent.";

    private static string Name(int frames, int look) => $"{Prefix}{frames}.{look}";

    private static float[] Mean(float[][] rows) => [.. Enumerable.Range(0, rows[0].Length).Select(c => rows.Average(row => row[c]))];
}
