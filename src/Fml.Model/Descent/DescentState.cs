using Fml.Graph;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>What a look at the images corrects. K people, F frames; g shape codes, b expressions.</summary>
/// <param name="Identity">Shape codes, [K,g].</param>
/// <param name="Pose">Raw numbers, [F,6].</param>
/// <param name="Expression">In their deviations, [F,b].</param>
internal sealed record DescentState(Node Identity, Node Pose, Node Expression)
{
    /// <summary>A state that a program is given.</summary>
    public static DescentState Inputs(FaceBases bases, int people, int frames) => new(
        Input("identity", [people, bases.Sizes.Shape]), Input("pose", [frames, FrameParameters.PoseCount]),
        Input("expression", [frames, bases.Template.Expressions.Length]));

    /// <summary>What landmarks alone tell.</summary>
    /// <param name="encoder">The network.</param>
    /// <param name="bases">Sizes of the codes.</param>
    /// <param name="pooledSide">Mean of each person's side features, [K,s].</param>
    /// <param name="side">Those of the frames, [F,s].</param>
    public static DescentState FromLandmarks(Encoder encoder, FaceBases bases, Node pooledSide, Node side)
    {
        var (identity, raw) = encoder.FromLandmarks(pooledSide, side);
        return new DescentState(
            Slice(identity, 1, 0, bases.Sizes.Shape),
            Slice(raw, 1, 0, FrameParameters.PoseCount), Slice(raw, 1, FrameParameters.PoseCount, bases.Template.Expressions.Length));
    }

    /// <summary>Its numbers in a program that has computed it.</summary>
    public DescentNumbers Read(GraphProgram program) => new(
        program.Get<float>(Identity), program.Get<float>(Pose), program.Get<float>(Expression), Identity.Shape[0], Pose.Shape[0]);

    /// <summary>Gives a program its numbers.</summary>
    public void Feed(GraphProgram program, DescentNumbers numbers)
    {
        program.Set<float>((Node.Input)Identity, numbers.Identity);
        program.Set<float>((Node.Input)Pose, numbers.Pose);
        program.Set<float>((Node.Input)Expression, numbers.Expression);
    }
}

/// <summary>A <see cref="DescentState"/> on the host, row by row.</summary>
internal sealed record DescentNumbers(float[] Identity, float[] Pose, float[] Expression, int People, int Frames)
{
    /// <summary>Of people's codes [g] and frames' poses and expressions [6+b].</summary>
    public static DescentNumbers Of(IReadOnlyCollection<float[]> identities, IReadOnlyCollection<float[]> frames) => new(
        [.. identities.SelectMany(identity => identity)], [.. frames.SelectMany(frame => frame[..FrameParameters.PoseCount])],
        [.. frames.SelectMany(frame => frame[FrameParameters.PoseCount..])], identities.Count, frames.Count);

    /// <summary>The codes of a person, [g].</summary>
    public ReadOnlySpan<float> Person(int person) => Row(Identity, person, People);

    /// <summary>Pose and expression of a frame, [6+b].</summary>
    public float[] Frame(int frame) => [.. Row(Pose, frame, Frames), .. Row(Expression, frame, Frames)];

    /// <summary><c>a + b</c>.</summary>
    public static float[] Sum(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => Combine(a, b, 1);

    /// <summary><c>a - b</c>.</summary>
    public static float[] Difference(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => Combine(a, b, -1);

    private static float[] Combine(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float factor)
    {
        var result = a.ToArray();
        for (var i = 0; i < result.Length; i++) result[i] += factor * b[i];
        return result;
    }

    private static ReadOnlySpan<float> Row(float[] values, int row, int rows) => values.AsSpan(row * (values.Length / rows), values.Length / rows);
}
