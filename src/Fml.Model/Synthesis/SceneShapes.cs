using System.Numerics;

namespace Fml.Model;

/// <summary>Simple solids from which things in front of a face are put together. Lengths in mm.</summary>
internal static class SceneShapes
{
    /// <summary>A ball drawn out along the axes.</summary>
    public static SceneMesh Ellipsoid(Vector3 centre, Vector3 radii, Vector3 colour) => SceneMesh.Around(
        18, 14,
        (u, v) =>
        {
            var ((sin, cos), (up, level)) = (MathF.SinCos((u - 0.5f) * 2 * MathF.PI), MathF.SinCos((0.5f - v) * MathF.PI));
            return centre + radii * new Vector3(sin * level, up, cos * level);
        },
        (_, _, _) => colour);

    /// <summary>A rod with round ends, thicker at one end or not.</summary>
    public static SceneMesh Rod(Vector3 from, Vector3 to, float fromRadius, float toRadius, Vector3 colour)
    {
        var axis = Vector3.Normalize(to - from);
        var aside = Vector3.Normalize(Vector3.Cross(axis, MathF.Abs(axis.Y) < 0.9f ? Vector3.UnitY : Vector3.UnitX));
        return SceneMesh.Around(
            12, 13,
            (u, v) =>
            {
                var (place, radius) = v switch
                {
                    < 0.25f => (from - fromRadius * MathF.Cos(v * 2 * MathF.PI) * axis, fromRadius * MathF.Sin(v * 2 * MathF.PI)),
                    > 0.75f => (to + toRadius * MathF.Cos((1 - v) * 2 * MathF.PI) * axis, toRadius * MathF.Sin((1 - v) * 2 * MathF.PI)),
                    _ => (Vector3.Lerp(from, to, 2 * v - 0.5f), float.Lerp(fromRadius, toRadius, 2 * v - 0.5f)),
                };
                var (sin, cos) = MathF.SinCos(u * 2 * MathF.PI);
                return place + radius * (sin * Vector3.Cross(aside, axis) + cos * aside);
            },
            (_, _, _) => colour);
    }

    /// <summary>A ring of round wire in the plane z = const.</summary>
    public static SceneMesh Ring(Vector3 centre, Vector2 radii, float wire, Vector3 colour) => SceneMesh.Around(
        8, 33,
        (u, v) =>
        {
            var ((sin, cos), (tubeSin, tubeCos)) = (MathF.SinCos(v * 2 * MathF.PI), MathF.SinCos(u * 2 * MathF.PI));
            var outward = new Vector3(cos, sin, 0);
            return centre + new Vector3(radii.X * cos, radii.Y * sin, 0) + wire * (-tubeSin * outward + tubeCos * Vector3.UnitZ);
        },
        (_, _, _) => colour);

    /// <summary>The same mesh turned, then moved.</summary>
    public static SceneMesh Placed(this SceneMesh mesh, Quaternion rotation, Vector3 translation) =>
        mesh with { Positions = [.. mesh.Positions.Select(p => Vector3.Transform(p, rotation) + translation)] };
}
