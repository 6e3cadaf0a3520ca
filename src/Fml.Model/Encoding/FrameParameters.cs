using System.Collections.Immutable;
using Fml.Graph;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>
/// The parameters of a frame as nodes with units, from raw numbers of about unit size that start at zero: at zero the mean face looks
/// straight ahead, stands in the middle of the crop at the distance at which it fills it, wears no expression and is lit by white ambient
/// light.
/// </summary>
/// <param name="Rotation">Rotation vector <c>w</c>, [F,3], radians.</param>
/// <param name="Translation"><c>t</c>, [F,3], mm.</param>
/// <param name="Expression"><c>delta</c>, [F,b].</param>
/// <param name="Light"><c>gamma</c>, [F,9,3].</param>
/// <param name="LogSize">Logarithm of the distance over that at which the mean face fills the crop, [F,1]: how much larger the face is
/// than it looks.</param>
/// <param name="LogDistance">Logarithm of the distance in metres, [F,1].</param>
public sealed record FrameParameters(Node Rotation, Node Translation, Node Expression, Node Light, Node LogSize, Node LogDistance)
{
    /// <summary>Raw numbers of pose and of light.</summary>
    public const int PoseCount = 6, LightCount = 27;

    /// <summary>SH coefficient of ambient light under which a surface shows its albedo, <c>1 / 0.282095</c>.</summary>
    public const double Ambient = 1 / 0.282095;

    // Deviation of each quantity at a raw number of 1.
    private const double Radians = 0.3, Millimetres = 20, LogSizeUnit = 0.05, LightUnit = 0.5;

    // Distance at which a mean face fills a crop of the default camera.
    private const double NeutralDistance = 1000;

    /// <summary>Number of raw parameters of a frame with <paramref name="expressions"/> expressions.</summary>
    public static int Count(int expressions) => PoseCount + expressions + LightCount;

    /// <summary>Gives raw numbers their units.</summary>
    /// <param name="pose">[F,6].</param>
    /// <param name="expression">[F,b], in deviations.</param>
    /// <param name="light">[F,27].</param>
    /// <param name="intrinsics">Focal length and principal point of the crops, [F,3], pixels.</param>
    /// <param name="template">Its expressions' deviations.</param>
    /// <param name="imageSize">W, pixels.</param>
    public static FrameParameters Of(Node pose, Node expression, Node light, Node intrinsics, FaceTemplate template, int imageSize)
    {
        var frames = pose.Shape[0];
        var (focal, centreX, centreY) = (Slice(intrinsics, 1, 0, 1), Slice(intrinsics, 1, 1, 1), Slice(intrinsics, 1, 2, 1));
        var logSize = Slice(pose, 1, 5, 1) * LogSizeUnit;
        var distance = NeutralDistance / (Intrinsics.DefaultFocalPerWidth * imageSize) * focal * Exp(logSize);
        var translation = Concat(
            1,
            (imageSize / 2.0 - centreX) / focal * distance + Slice(pose, 1, 3, 1) * Millimetres,
            (centreY - imageSize / 2.0) / focal * distance + Slice(pose, 1, 4, 1) * Millimetres,
            -distance);
        var ambient = Constant<float>(WhiteAmbient, [LightCount]);
        return new FrameParameters(
            Slice(pose, 1, 0, 3) * Radians,
            translation,
            Expressions(expression, template),
            Reshape(light * LightUnit + ambient, [frames, 9, 3]),
            logSize,
            Log(distance / 1000));
    }

    /// <summary>The raw pose, [F,6], of faces whose raw rotation [F,3] and translation [F,3] in mm are known; what <see cref="Of(Node, Node,
    /// Node, Node, FaceTemplate, int)"/> makes a translation of.</summary>
    internal static Node RawPose(Node rawRotation, Node translation, Node intrinsics, int imageSize)
    {
        var (focal, centreX, centreY) = (Slice(intrinsics, 1, 0, 1), Slice(intrinsics, 1, 1, 1), Slice(intrinsics, 1, 2, 1));
        var distance = -Slice(translation, 1, 2, 1);
        return Concat(
            1,
            rawRotation,
            (Slice(translation, 1, 0, 1) - (imageSize / 2.0 - centreX) / focal * distance) / Millimetres,
            (Slice(translation, 1, 1, 1) - (centreY - imageSize / 2.0) / focal * distance) / Millimetres,
            Log(distance * (Intrinsics.DefaultFocalPerWidth * imageSize / NeutralDistance) / focal) / LogSizeUnit);
    }

    /// <summary>White ambient light, <c>gamma</c> [9,3].</summary>
    internal static float[] WhiteAmbient => [.. Enumerable.Repeat((float)Ambient, 3), .. new float[LightCount - 3]];

    /// <summary>The light <c>gamma</c>, [9,3], of raw numbers.</summary>
    internal static float[] GammaOf(ReadOnlySpan<float> raw) => [.. raw.ToArray().Zip(WhiteAmbient, (x, ambient) => ambient + (float)LightUnit * x)];

    /// <summary>The raw numbers of a light <c>gamma</c>, [9,3].</summary>
    internal static float[] RawLight(double[] light) => [.. light.Select((x, i) => (float)((x - (i < 3 ? Ambient : 0)) / LightUnit))];

    /// <summary>Expressions <c>delta</c> from numbers in their deviations, [..,b].</summary>
    public static Node Expressions(Node inDeviations, FaceTemplate template) =>
        inDeviations * Constant<float>(template.Expressions.Select(e => e.Deviation).ToArray(), [template.Expressions.Length]);

    /// <summary>The same from one row of raw numbers a frame: pose, expression, light; [F,R].</summary>
    public static FrameParameters Of(Node raw, Node intrinsics, FaceTemplate template, int imageSize)
    {
        var b = template.Expressions.Length;
        return Of(
            Slice(raw, 1, 0, PoseCount), Slice(raw, 1, PoseCount, b), Slice(raw, 1, PoseCount + b, LightCount), intrinsics, template, imageSize);
    }
}
