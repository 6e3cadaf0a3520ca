using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;
using Fml.Native;
using static Fml.Model.Tests.Evaluate;

namespace Fml.Model.Tests;

public sealed class LandmarkPointsTests
{
    private static readonly TestMesh Sphere = TestMeshes.Sphere(80, 2);

    /// <summary>A sphere whose strips are random vertices of different number and whose other landmarks are random points.</summary>
    private static FaceTemplate Template()
    {
        var random = new Random(4);
        var count = Sphere.Positions.Length;
        int Any() => random.Next(count);
        return Sphere.AsTemplate() with
        {
            Landmarks = [.. Enumerable.Range(0, 68).Select(_ => new SurfacePoint(Any(), Any(), Any(), 0.5f, 0.25f, 0.25f))],
            JawStrips = [.. Enumerable.Range(0, 17).Select(j => Enumerable.Range(0, 4 + j % 5).Select(_ => Any()).ToImmutableArray())],
        };
    }

    private static Vector3[] InCamera(float offset) => [.. Sphere.Positions.Select(p => p + new Vector3(offset, 0, -1000))];

    private static Node Frames(params Vector3[][] frames) =>
        Wide([frames.Length, 3, Sphere.Positions.Length], [.. frames.SelectMany(points => Planar.From(points))]);

    [Fact]
    public void Jaw_landmarks_slide_to_the_silhouette_of_each_frame()
    {
        var template = Template();
        var constants = TemplateConstants.Of(template, element: ElementType.F64);
        Vector3[][] frames = [InCamera(0), InCamera(400)];
        var x = Frames(frames);
        var normals = Frames([.. Sphere.Positions.Select(Vector3.Normalize)], [.. Sphere.Positions.Select(Vector3.Normalize)]);
        var chosen = Value(LandmarkPoints.JawVertices(constants, x, normals));
        var points = Value(LandmarkPoints.Of(constants, x, x, normals));
        for (var f = 0; f < 2; f++)
        {
            for (var j = 0; j < 17; j++)
            {
                var expected = template.JawStrips[j].MinBy(v =>
                    MathF.Abs(Vector3.Dot(Vector3.Normalize(Sphere.Positions[v]), Vector3.Normalize(frames[f][v]))));
                Assert.Equal(expected, chosen[17 * f + j]);
                for (var c = 0; c < 3; c++) Assert.Equal(frames[f][expected][c], points[(3 * f + c) * 68 + j]);
            }
            for (var i = 17; i < 68; i++)
            {
                var p = template.Landmarks[i];
                var expected = 0.5f * frames[f][p.A] + 0.25f * frames[f][p.B] + 0.25f * frames[f][p.C];
                for (var c = 0; c < 3; c++) Assert.True(Math.Abs(expected[c] - points[(3 * f + c) * 68 + i]) <= 1e-4);
            }
        }
        Assert.NotEqual(chosen[..17], chosen[17..]);
    }

    [Fact]
    public void A_template_with_an_empty_strip_is_refused_in_one_sentence()
    {
        var template = Template() with { JawStrips = [.. Enumerable.Repeat(ImmutableArray<int>.Empty, 17)] };
        Assert.Contains("jaw strip", Assert.Throws<FmlException>(() => TemplateConstants.Of(template)).Message);
    }
}
