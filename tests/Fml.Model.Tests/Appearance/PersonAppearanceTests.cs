using System.Numerics;
using Fml.Graph;

namespace Fml.Model.Tests;

public sealed class PersonAppearanceTests
{
    private const int Count = 600, Frames = 6;

    // A half ball that the camera looks at, lit by ambient light and one lamp each time from elsewhere; skin with a spot.
    private readonly Vector3[] normals = [.. Enumerable.Range(0, Count).Select(i =>
    {
        var (z, angle) = (0.3f + 0.7f * (i + 0.5f) / Count, 2.39996f * i);
        var radius = MathF.Sqrt(1 - z * z);
        return new Vector3(radius * MathF.Cos(angle), radius * MathF.Sin(angle), z);
    })];

    private readonly float[][] lights = [.. Enumerable.Range(0, Frames).Select(f =>
    {
        var (x, y) = (MathF.Sin(f), MathF.Cos(1.7f * f));
        float[] light = new float[27];
        for (var c = 0; c < 3; c++) (light[c], light[3 + c], light[6 + c], light[9 + c]) = (2.4f + 0.1f * c, 0.6f * y, 0.8f, 0.6f * x);
        return light;
    })];

    private static Vector3 True(int vertex) => vertex % 10 == 3 ? new Vector3(0.5f, 0.25f, 0.2f) : new Vector3(0.7f, 0.5f, 0.4f);

    private static double[][] Usual { get; } = [.. new[] { 0.6, 0.55, 0.5 }.Select(x => Enumerable.Repeat(x, Count).ToArray())];

    private static double[] Ambient { get; } = [.. FrameParameters.WhiteAmbient.Select(x => (double)x)];

    private FrameColours Frame(int f, Func<int, bool> seen, Func<int, Vector3?> covered)
    {
        var colours = Enumerable.Range(0, Count)
            .Select(v => covered(v) ?? True(v) * SphericalHarmonics.Shade(lights[f], normals[v])).ToArray();
        return FrameColours.Of(Planar.Single(colours), Planar.Single(normals), [.. Enumerable.Range(0, Count).Select(v => seen(v) ? normals[v].Z : 0)]);
    }

    // Mean difference in colour once the free scale of every channel is taken out.
    private static double Error(double[][] albedo) => Enumerable.Range(0, 3).Average(c =>
    {
        var scale = Enumerable.Range(0, Count).Sum(v => (double)True(v)[c]) / albedo[c].Sum();
        return Enumerable.Range(0, Count).Average(v => Math.Abs(scale * albedo[c][v] - True(v)[c]));
    });

    [Fact]
    public void Lights_and_albedo_are_found_up_to_their_common_scale_which_makes_the_mean_shading_1()
    {
        FrameColours[] frames = [.. Enumerable.Range(0, Frames).Select(f => Frame(f, _ => true, _ => null))];
        var found = PersonAppearance.Solve(frames, Usual, Ambient);

        var error = Error(found.Albedo);
        Assert.True(error < 0.4 * Error(Usual), $"{error} of {Error(Usual)}");
        var shadings = frames.Zip(found.Lights, (frame, light) => (frame, Shading: frame.Shading(light))).ToArray();
        for (var c = 0; c < 3; c++)
        {
            var mean = shadings.Sum(x => Columns.Dot(x.frame.Weights, x.Shading[c])) / frames.Sum(frame => frame.Weights.Sum());
            Assert.Equal(1, mean, 0.01);
            var difference = Enumerable.Range(0, Count).Average(v => Math.Abs(found.Albedo[c][v] * shadings[2].Shading[c][v] - frames[2].Colours[c][v]));
            Assert.True(difference < 0.02, $"channel {c}: {difference}");
        }
    }

    [Fact]
    public void What_covers_a_face_in_some_frames_does_not_colour_it()
    {
        var found = PersonAppearance.Solve(
            [.. Enumerable.Range(0, Frames).Select(f => Frame(f, _ => true, v => f < 2 && normals[v].X > 0.5f ? new Vector3(0.1f, 0.8f, 0.1f) : null))],
            Usual, Ambient);
        var error = Error(found.Albedo);
        Assert.True(error < 0.5 * Error(Usual), $"{error} of {Error(Usual)}");
    }

    [Fact]
    public void Vertices_that_no_frame_shows_have_the_usual_albedo_in_the_persons_tint()
    {
        bool Seen(int v) => normals[v].Y < 0.4f;
        var found = PersonAppearance.Solve([.. Enumerable.Range(0, Frames).Select(f => Frame(f, Seen, _ => null))], Usual, Ambient);
        var hidden = Enumerable.Range(0, Count).First(v => !Seen(v));
        for (var c = 0; c < 3; c++)
        {
            var mean = Enumerable.Range(0, Count).Where(Seen).Average(v => found.Albedo[c][v]);
            Assert.Equal(1, found.Albedo[c][hidden] / mean, 0.1);
        }
    }

    [Fact]
    public void Black_frames_give_finite_numbers()
    {
        var found = PersonAppearance.Solve([Frame(0, _ => true, _ => Vector3.Zero)], Usual, Ambient);
        Assert.All(found.Albedo.Concat(found.Lights).SelectMany(x => x), x => Assert.True(double.IsFinite(x)));
    }

    [Fact]
    public void Inside_a_graph_lights_and_albedo_explain_the_colours_as_well()
    {
        FrameColours[] frames = [.. Enumerable.Range(0, Frames).Select(f => Frame(f, _ => true, v => v % 7 == f ? Vector3.One : null))];
        Node Planes(Func<FrameColours, double[][]> of) => Ops.Constant<float>(
            [.. frames.SelectMany(of).SelectMany(plane => plane).Select(x => (float)x)], [Frames, 3, Count]);
        var weights = Ops.Constant<float>([.. frames.SelectMany(frame => frame.Weights).Select(x => (float)x)], [Frames, Count]);
        var facing = Ops.Constant<float>([.. Enumerable.Repeat(Planar.Single(normals), Frames).SelectMany(x => x)], [Frames, 3, Count]);
        var seen = new SeenColours(Planes(frame => frame.Colours), facing, weights);
        var expected = Ops.Constant<float>([.. Usual.SelectMany(plane => plane).Select(x => (float)x)], [1, 3, Count]);
        var solution = GraphAppearance.Solve(seen, expected);

        using var store = new ParameterStore(Native.Device.Default);
        using var program = GraphProgram.Compile(store, [solution.Albedo, solution.Light, solution.Weights]);
        program.Run();
        double[][] albedo = [.. program.Get<float>(solution.Albedo).Chunk(Count).Select(plane => plane.Select(x => (double)x).ToArray())];
        var error = Error(albedo);
        Assert.True(error < 0.5 * Error(Usual), $"{error} of {Error(Usual)}");
        var (light, kept) = (program.Get<float>(solution.Light), program.Get<float>(solution.Weights));
        for (var f = 0; f < Frames; f++)
        {
            float[] gamma = [.. Enumerable.Range(0, 27).Select(i => light[27 * f + 9 * (i % 3) + i / 3])];
            var difference = Enumerable.Range(0, Count).Where(v => v % 7 != f).Average(v => Vector3.Distance(
                SphericalHarmonics.Shade(gamma, normals[v]) * new Vector3((float)albedo[0][v], (float)albedo[1][v], (float)albedo[2][v]),
                True(v) * SphericalHarmonics.Shade(lights[f], normals[v])));
            Assert.True(difference < 0.04, $"frame {f}: {difference}");
            double Share(bool covered) => Enumerable.Range(0, Count).Where(v => v % 7 == f == covered).Average(v => kept[f * Count + v] / normals[v].Z);
            Assert.True(Share(true) < 0.2 && Share(false) > 0.6, $"frame {f}: {Share(true)} {Share(false)}");
        }
    }
}
