using System.Numerics;

namespace Fml.Model;

/// <summary>Rotation vectors on the host: axis times angle in radians, as <c>R(w)</c> in <c>method.md</c>.</summary>
internal static class RotationVector
{
    /// <summary>The unit quaternion of a rotation vector; exact at zero.</summary>
    public static Quaternion ToQuaternion(Vector3 rotation)
    {
        var angle = (double)rotation.Length();
        // sin(a/2)/a = 1/2 - a^2/48 + ...
        var scale = angle > 1e-4 ? Math.Sin(angle / 2) / angle : 0.5 - angle * angle / 48;
        return Quaternion.Normalize(new Quaternion(rotation * (float)scale, (float)Math.Cos(angle / 2)));
    }

    /// <summary>The matrix <c>R(w)</c> that acts on columns, row by row, [9].</summary>
    public static float[] ToMatrix(Vector3 rotation)
    {
        // System.Numerics keeps matrices that act on rows, so the transpose is read.
        var m = Matrix4x4.CreateFromQuaternion(ToQuaternion(rotation));
        return [m.M11, m.M21, m.M31, m.M12, m.M22, m.M32, m.M13, m.M23, m.M33];
    }
}
