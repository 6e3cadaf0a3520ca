using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model.Tests;

/// <summary>A ball with the 68 landmarks where a face has them, and a few expressions: a head for tests, made at once.</summary>
internal static class BallHead
{
    private const float Radius = 85;

    public static FaceTemplate Create()
    {
        var mesh = TestMeshes.Sphere(Radius, 4);
        int Nearest(Vector2 place)
        {
            var target = new Vector3(place, MathF.Sqrt(Radius * Radius - place.LengthSquared()));
            return Enumerable.Range(0, mesh.Positions.Length).MinBy(i => Vector3.DistanceSquared(mesh.Positions[i], target));
        }
        var landmarks = Places().Select(Nearest).ToArray();
        ImmutableArray<int> Strip(int landmark) =>
            [.. Enumerable.Range(0, mesh.Positions.Length)
                .OrderBy(i => Vector3.DistanceSquared(mesh.Positions[i], mesh.Positions[landmark])).Take(12)];
        Blendshape Bump(string name, float x, float y, Vector3 shift) => new(name,
            [.. mesh.Positions.Select(p => p.Z > 0
                ? MathF.Exp(-Vector2.DistanceSquared(new(p.X, p.Y), new(x, y)) / 300) * shift : Vector3.Zero)]);
        return mesh.AsTemplate(
            Bump("jawOpen", 0, -45, new(0, -15, 0)), Bump("mouthSmileLeft", 20, -30, new(6, 6, 0)),
            Bump("mouthSmileRight", -20, -30, new(-6, 6, 0)),
            Bump("eyeBlinkLeft", 30, 22, new(0, -6, 0)), Bump("eyeBlinkRight", -30, 22, new(0, -6, 0)),
            Bump("browInnerUp", 0, 38, new(0, 6, 1))) with
        {
            Landmarks = [.. landmarks.Select(SurfacePoint.AtVertex)],
            JawStrips = [.. landmarks.Take(17).Select(Strip)],
        };
    }

    private static IEnumerable<Vector2> Places()
    {
        Vector2 Ring(Vector2 centre, float width, float height, double degrees) =>
            centre + new Vector2(width * (float)Math.Cos(degrees * Math.PI / 180), height * (float)Math.Sin(degrees * Math.PI / 180));
        for (var i = 0; i < 17; i++) yield return Ring(new(0, 5), 68, 68, 180 + 180 * i / 16.0);
        for (var i = 0; i < 5; i++) yield return new(-50 + 9 * i, 34 + 4 - (i - 2) * (i - 2));
        for (var i = 0; i < 5; i++) yield return new(14 + 9 * i, 34 + 4 - (i - 2) * (i - 2));
        for (var i = 0; i < 4; i++) yield return new(0, 22 - 8 * i);
        for (var i = 0; i < 5; i++) yield return new(-10 + 5 * i, -8);
        foreach (var x in new[] { -30f, 30f })
            for (var i = 0; i < 6; i++) yield return Ring(new(x, 22), 13, 6, 180 - 60 * i);
        for (var i = 0; i < 12; i++) yield return Ring(new(0, -30), 24, 10, 180 - 30 * i);
        for (var i = 0; i < 8; i++) yield return Ring(new(0, -30), 18, 3, 180 - 45 * i);
    }
}
