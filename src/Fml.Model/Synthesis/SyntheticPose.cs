using System.Numerics;

namespace Fml.Model;

/// <summary>
/// How the head moves in one clip. Angles are normal around a clip's own mean: yaw 10 deg between and 14 deg within clips, pitch 5 and 6,
/// roll 3 and 5,
/// together 17, 8 and 6; yaw bends off softly towards 45 deg. The distance is log-normal per clip (by default median 1000 mm, 6 %) and
/// drifts by 1 %.
/// </summary>
internal sealed record SyntheticPose(
    Vector3 MeanAngles, Vector2 MeanPlace, float Distance,
    SmoothSignal Yaw, SmoothSignal Pitch, SmoothSignal Roll, SmoothSignal Right, SmoothSignal Down, SmoothSignal Depth)
{
    private const float Degree = MathF.PI / 180;
    private const float LargestYaw = 45 * Degree;

    /// <summary>Draws the movement of one clip.</summary>
    public static SyntheticPose Draw(Random random, SynthesisOptions options)
    {
        SmoothSignal Movement() => SmoothSignal.Draw(random, 1.2f, 7);
        return new SyntheticPose(
            Degree * new Vector3(random.Normal(0, 10), random.Normal(0, 5), random.Normal(0, 3)),
            new Vector2(random.Normal(0, 0.06f), random.Normal(0, 0.04f)),
            options.DistanceMedian * MathF.Exp(options.DistanceDeviation * random.Normal()),
            Movement(), Movement(), Movement(), Movement(), Movement(), Movement());
    }

    /// <summary>Yaw, pitch and roll at a time, rad: the rotations about y, x and z; positive yaw turns to the subject's left, positive
    /// pitch down.</summary>
    public Vector3 AnglesAt(double time)
    {
        var yaw = MeanAngles.X + 14 * Degree * Yaw.At(time);
        return new Vector3(
            LargestYaw * MathF.Tanh(yaw / LargestYaw),
            MeanAngles.Y + 6 * Degree * Pitch.At(time),
            MeanAngles.Z + 5 * Degree * Roll.At(time));
    }

    /// <summary>The rotation at a time: <c>R_y(yaw) R_x(pitch) R_z(roll)</c>.</summary>
    public Quaternion RotationAt(double time)
    {
        var angles = AnglesAt(time);
        return Quaternion.CreateFromAxisAngle(Vector3.UnitY, angles.X)
            * Quaternion.CreateFromAxisAngle(Vector3.UnitX, angles.Y)
            * Quaternion.CreateFromAxisAngle(Vector3.UnitZ, angles.Z);
    }

    /// <summary>The translation <c>t</c> at a time, mm; the place is a fraction of the distance, so it stays in the picture at any
    /// distance.</summary>
    public Vector3 TranslationAt(double time)
    {
        var distance = Distance * (1 + 0.01f * Depth.At(time));
        return new Vector3(
            distance * MeanPlace.X * 0.5f + 12 * Right.At(time),
            distance * MeanPlace.Y * 0.5f + 8 * Down.At(time),
            -distance);
    }

    /// <summary>The rotation vector <c>w</c> of a unit quaternion: axis times angle, angle in [0, pi].</summary>
    public static Vector3 RotationVector(Quaternion rotation)
    {
        if (rotation.W < 0) rotation = -rotation;
        var axis = new Vector3(rotation.X, rotation.Y, rotation.Z);
        var sine = axis.Length();
        return sine < 1e-7f ? 2 * axis : 2 * MathF.Atan2(sine, rotation.W) / sine * axis;
    }

    /// <summary>The unit quaternion of a rotation vector, the inverse of <see cref="RotationVector"/>.</summary>
    public static Quaternion Rotation(Vector3 vector)
    {
        var angle = vector.Length();
        return angle < 1e-12f ? Quaternion.Identity : Quaternion.CreateFromAxisAngle(vector / angle, angle);
    }
}
