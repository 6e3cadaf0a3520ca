using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model.Tests;

/// <summary>A small curved patch with two expressions, with figures that can be worked out by hand.</summary>
internal static class SampleReconstruction
{
    public const int Side = 9;

    public static Reconstruction Create(int frames = 3)
    {
        var template = Template();
        return new Reconstruction
        {
            Person = "Ada",
            Template = template,
            Neutral = [.. template.Positions.Select(p => p + new Vector3(1, 2, 3))],
            Albedo = template.Albedo,
            Alpha = [0.5f, -1.25f],
            Beta = [0.125f],
            Frames = [.. Enumerable.Range(0, frames).Select(Frame)],
            Model = "test model",
        };
    }

    public static FaceTemplate Template()
    {
        var grid = Enumerable.Range(0, Side * Side).Select(i => new Vector2(i % Side, i / Side) / (Side - 1)).ToImmutableArray();
        var positions = grid
            .Select(g => new Vector3(160 * g.X - 80, 160 * g.Y - 80, 40 - 80 * Vector2.DistanceSquared(g, new Vector2(0.5f))))
            .ToImmutableArray();
        return new FaceTemplate
        {
            Name = "patch",
            Licence = "test",
            Positions = positions,
            Triangles = [.. Enumerable.Range(0, (Side - 1) * (Side - 1)).SelectMany(Square)],
            Albedo = [.. grid.Select(g => new Vector3(g.X, g.Y, 0.5f))],
            TextureCoordinates = [.. grid.Select(g => new Vector2(g.X, 1 - g.Y))],
            Expressions =
            [
                new Blendshape("jawOpen", [.. positions.Select(p => new Vector3(0, p.Y < 0 ? -10 : 0, 0))]),
                new Blendshape("mouthSmileLeft", [.. positions.Select(p => new Vector3(p.X > 0 ? 5 : 0, 0, 0))]),
            ],
            Landmarks = [],
            JawStrips = [],
            EvaluationRegion = [.. Enumerable.Range(0, positions.Length)],
        };
    }

    private static int[] Square(int cell)
    {
        var a = cell / (Side - 1) * Side + cell % (Side - 1);
        return [a, a + 1, a + Side + 1, a, a + Side + 1, a + Side];
    }

    private static ReconstructedFrame Frame(int index) => new()
    {
        Key = $"clip/{index}",
        Time = 0.04 * index,
        Expression = [0.25f * index, 0.1f],
        Rotation = new Vector3(0, MathF.PI / 2 * index, 0),
        Translation = new Vector3(10, 20, -1000 - index),
        Light = [.. Enumerable.Range(0, 9).Select(b => b == 0 ? new Vector3(1 / 0.282095f) : Vector3.Zero)],
        CropSize = 96,
        Crop = new CropTransform(0.5f, -10, -20),
        Camera = new Intrinsics(870, 212, 232),
        OriginalWidth = 640,
        OriginalHeight = 480,
        LandmarkError = 0.031,
    };
}
