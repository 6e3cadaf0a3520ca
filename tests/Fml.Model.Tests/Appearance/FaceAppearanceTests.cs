using System.Numerics;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class FaceAppearanceTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    // Frames of one person as the model's own face looks in them, under a lamp from another side in each.
    private (FaceReconstructor Model, float[] Codes, FaceAppearance.Frame[] Frames, float[][] Lights) Scene(int count)
    {
        var reconstructor = new FaceReconstructor(FaceModel.Load(tiny.Train("model")), Device.Default);
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        CropFrame[] crops = [.. dataset.People[0].Frames.Take(count).Select(frame => CropFrame.Read(dataset, frame))];
        var (bases, store) = (reconstructor.Bases, reconstructor.Store);
        // Stripes, which no light can pass for.
        store.Set<float>(bases.AlbedoBasis, [.. Enumerable.Range(0, bases.Sizes.Albedo).SelectMany(k => Planar.Single(
            [.. reconstructor.Template.Positions.Select(p => new Vector3(0.03f * MathF.Sin((0.1f + 0.03f * k) * (k % 2 == 0 ? p.X : p.Y))))]))]);
        var (codes, found) = reconstructor.Estimate(crops, reconstructor.Features(crops));
        for (var k = 0; k < bases.Sizes.Albedo; k++) codes[bases.Sizes.Shape + k] = 1 - 0.5f * k;
        var lights = Enumerable.Range(0, count).Select(f =>
        {
            float[] light = new float[27];
            for (var c = 0; c < 3; c++)
                (light[c], light[3 + c], light[6 + c], light[9 + c]) = (2.6f - 0.2f * c, 0.5f * MathF.Cos(f), 0.3f, 0.6f * MathF.Sin(f));
            return light;
        }).ToArray();
        store.Set<float>(bases.UsualLight, [.. Enumerable.Range(0, 27).Select(i => lights.Average(light => light[i]))]);
        var face = reconstructor.Face("a", crops, codes, [.. found.Zip(lights, (frame, light) => frame with { Light = light })]);
        return (reconstructor, codes,
            [.. face.Frames.Select((posed, f) => new FaceAppearance.Frame(
                FacePictures.Overlay(FaceView.Of(posed), face, posed, crops[f].Rgb), crops[f].Frame.CropCamera, found[f]))], lights);
    }

    // Difference of shading on what looks towards the camera; nothing tells what light falls on a face from behind.
    private static double Between(float[] a, float[] b) => Enumerable.Range(0, 200).Average(i =>
    {
        var (z, angle) = (0.3f + 0.7f * (i + 0.5f) / 200, 2.39996f * i);
        var normal = new Vector3(MathF.Sqrt(1 - z * z) * MathF.Cos(angle), MathF.Sqrt(1 - z * z) * MathF.Sin(angle), z);
        return (SphericalHarmonics.Shade(a, normal) - SphericalHarmonics.Shade(b, normal)).Length();
    });

    private static float[] Albedo(FaceReconstructor model, float[] codes, CropFrame[] none) =>
        Planar.Single(model.Face("a", none, codes, []).Albedo.AsSpan());

    [Fact]
    public void The_lights_of_pictures_are_found_and_a_wrong_albedo_is_put_right()
    {
        var (model, codes, frames, lights) = Scene(5);
        using var owned = model;
        using var appearance = new FaceAppearance(model.Store, model.Bases, model.ImageSize);
        var sizes = model.Bases.Sizes;
        float[] wrong = [.. codes];
        wrong[sizes.Shape] += 2;
        FaceAppearance.Frame[] dull = [.. frames.Select(frame => frame with { Found = frame.Found with { Light = new float[27] } })];

        var (right, lit) = appearance.Solve(dull, wrong);
        for (var f = 0; f < lights.Length; f++)
        {
            var (off, others) = (Between(lit[f].Light, lights[f]), Between(lights[(f + 1) % lights.Length], lights[f]));
            Assert.True(off < 0.25 * others, $"frame {f}: {off}, from another frame's {others}");
            var raw = FrameParameters.RawLight([.. lit[f].Light.Select(x => (double)x)]);
            Assert.All(raw.Zip(lit[f].Raw[^FrameParameters.LightCount..]), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
            Assert.Equal(frames[f].Found.Raw[..^FrameParameters.LightCount], lit[f].Raw[..^FrameParameters.LightCount]);
        }
        double Off(float[] person) => Albedo(model, person, []).Zip(Albedo(model, codes, []), (a, b) => Math.Abs(a - b)).Average();
        Assert.True(Off(right) < 0.6 * Off(wrong), $"{Off(wrong)} -> {Off(right)}");
        Assert.Equal(wrong[..sizes.Shape], right[..sizes.Shape]);
    }

    [Fact]
    public void Where_nothing_is_seen_all_stays_as_the_network_told_it()
    {
        var (model, codes, frames, _) = Scene(2);
        using var owned = model;
        using var appearance = new FaceAppearance(model.Store, model.Bases, model.ImageSize);
        FaceAppearance.Frame[] black = [.. frames.Select(frame => frame with { Rgb = new byte[frame.Rgb.Length] })];
        var (same, lit) = appearance.Solve(black, codes);
        Assert.Equal(codes, same);
        Assert.Equal(frames.Select(frame => frame.Found), lit);
    }
}
