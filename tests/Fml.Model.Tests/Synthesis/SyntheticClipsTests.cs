using System.Numerics;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class SyntheticClipsTests : IDisposable
{
    private static readonly FaceTemplate Template = BallHead.Create();

    private readonly string folder = Path.Combine(Path.GetTempPath(), "fml-synthesis-" + Guid.NewGuid().ToString("N"));

    private static SynthesisOptions Small => new()
    {
        Identities = new IdentitySource.Field(Template),
        People = 3,
        ClipsPerPerson = 2,
        FramesPerClip = 3,
        CropSize = 48,
        LandmarkNoise = 0,
        CameraNoise = 0,
    };

    public void Dispose()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Without_noise_the_stored_landmarks_are_the_truth_posed_and_projected()
    {
        Generate(Small, folder);
        using var dataset = FaceDataset.Open(folder);
        Assert.Equal(3, dataset.People.Length);
        foreach (var person in dataset.People)
        {
            var truth = SyntheticTruth.Load(folder, person.Name);
            Assert.Equal(person.Frames.Select(f => f.Key), truth.Frames.Select(f => f.Key));
            foreach (var (frame, exact) in person.Frames.Zip(truth.Frames))
            {
                var posed = Pose(truth, exact);
                for (var l = 17; l < 68; l++)
                {
                    var p = posed[Template.Landmarks[l].A];
                    var projected = new Vector2(
                        frame.CropCamera.CenterX + frame.CropCamera.Focal * p.X / -p.Z,
                        frame.CropCamera.CenterY - frame.CropCamera.Focal * p.Y / -p.Z);
                    var error = Vector2.Distance(projected, frame.Landmarks[l]);
                    Assert.True(error <= 5e-3, $"landmark {l} of {frame.Key} is {error} pixels off");
                }
            }
        }
    }

    [Fact]
    public void Jaw_landmarks_lie_on_the_silhouette_side_of_their_strips()
    {
        Generate(Small, folder);
        using var dataset = FaceDataset.Open(folder);
        var (person, truth) = (dataset.People[0], SyntheticTruth.Load(folder, dataset.People[0].Name));
        var (frame, exact) = (person.Frames[1], truth.Frames[1]);
        var posed = Pose(truth, exact);
        var centre = posed.Aggregate(Vector3.Zero, Vector3.Add) / posed.Length;
        for (var jaw = 0; jaw < 17; jaw++)
        {
            // On a nearly round head the normal points away from the centre.
            float Turned(int v) => MathF.Abs(Vector3.Dot(Vector3.Normalize(posed[v] - centre), Vector3.Normalize(posed[v])));
            var chosen = Template.JawStrips[jaw].MinBy(v => Vector2.Distance(
                frame.CropCamera.Project(posed[v]), frame.Landmarks[jaw]));
            Assert.True(Vector2.Distance(frame.CropCamera.Project(posed[chosen]), frame.Landmarks[jaw]) <= 5e-3);
            Assert.True(Turned(chosen) <= Template.JawStrips[jaw].Min(Turned) + 0.12f);
        }
    }

    [Fact]
    public void Landmark_noise_has_the_stated_deviation_where_points_are_seen()
    {
        Generate(Small with { LandmarkNoise = 1.5f, People = 4, FramesPerClip = 6 }, folder);
        using var dataset = FaceDataset.Open(folder);
        var errors = new List<double>();
        foreach (var person in dataset.People)
        {
            var truth = SyntheticTruth.Load(folder, person.Name);
            foreach (var (frame, exact) in person.Frames.Zip(truth.Frames))
            {
                var posed = Pose(truth, exact);
                for (var l = 17; l < 68; l++)
                {
                    if (frame.Confidence[l] < 0.8f) continue;
                    var error = frame.CropCamera.Project(posed[Template.Landmarks[l].A]) - frame.Landmarks[l];
                    errors.AddRange([error.X, error.Y]);
                }
            }
        }
        var deviation = Math.Sqrt(errors.Average(e => e * e));
        Assert.True(Math.Abs(deviation - 1.5) <= 0.12, $"{deviation}");
    }

    [Fact]
    public void Drawing_the_truth_again_gives_the_stored_picture()
    {
        var options = Small with { WithSurroundings = false, People = 1, ClipsPerPerson = 1, CropSize = 64 };
        Generate(options, folder);
        using var dataset = FaceDataset.Open(folder);
        var (frame, truth) = (dataset.People[0].Frames[2], SyntheticTruth.Load(folder, dataset.People[0].Name));
        var face = SyntheticClip.PosedFace(Template, truth, truth.Frames[2]);
        var renderer = new SceneRenderer(64, 64, options.Supersampling);
        renderer.Clear();
        renderer.Draw(frame.CropCamera, face.Positions, Template.Triangles.AsSpan(), face.Shade(truth.Albedo, truth.Frames[2].Light));
        var again = new Vector3[64 * 64];
        renderer.Resolve(_ => new Vector3(-100), again);
        var stored = new byte[64 * 64 * 3];
        dataset.ReadImage(frame, stored);
        var differences = Enumerable.Range(0, again.Length).Where(i => again[i].X >= 0).SelectMany(i => Enumerable.Range(0, 3).Select(c =>
            Math.Abs(Math.Clamp(again[i][c], 0, 1) - stored[3 * i + c] / 255.0))).ToArray();
        Assert.True(differences.Length >= 3000, $"only {differences.Length / 3} pixels show the face");
        Assert.True(differences.Average() <= 0.012, $"{differences.Average()}");
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_even_after_an_interruption_and_another_seed_does_not()
    {
        var options = Small with { LandmarkNoise = 1, CameraNoise = 1 };
        Generate(options, Path.Combine(folder, "whole"));
        using (var stop = new CancellationTokenSource())
        {
            Assert.Throws<OperationCanceledException>(() => SyntheticClips.Generate(
                options, Path.Combine(folder, "halved"), new Then(done => { if (done == 1) stop.Cancel(); }), stop.Token));
        }
        Assert.False(File.Exists(Path.Combine(folder, "halved", "dataset.json")));
        Generate(options, Path.Combine(folder, "halved"));
        Generate(options with { Seed = 2 }, Path.Combine(folder, "other"));

        var whole = Files("whole");
        Assert.Equal(whole.Select(f => f.Name), Files("halved").Select(f => f.Name));
        foreach (var (a, b) in whole.Zip(Files("halved"))) Assert.True(a.Bytes.AsSpan().SequenceEqual(b.Bytes), a.Name);
        Assert.False(whole.Single(f => f.Name.EndsWith("p00001.safetensors")).Bytes.AsSpan()
            .SequenceEqual(Files("other").Single(f => f.Name.EndsWith("p00001.safetensors")).Bytes));

        (string Name, byte[] Bytes)[] Files(string name) =>
        [
            .. Directory.EnumerateFiles(Path.Combine(folder, name), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(path => (Path.GetRelativePath(Path.Combine(folder, name), path), File.ReadAllBytes(path))),
        ];
    }

    [Fact]
    public void People_differ_by_as_much_as_the_field_says()
    {
        Generate(Small with { People = 12, ClipsPerPerson = 1, FramesPerClip = 1 }, folder);
        using var dataset = FaceDataset.Open(folder);
        var statistics = DatasetStatistics.Of(dataset, Template.EvaluationRegion);
        Assert.Equal(12, statistics.People);
        // 2.5 mm in each of three coordinates is 4.3 mm, of which alignment takes a part.
        Assert.True(statistics.RootMeanSquare is >= 1.5 and <= 4.5, $"{statistics}");
        Assert.True(statistics.FromMean.Scaled.Mean <= statistics.FromMean.Rigid.Mean, $"{statistics}");
        Assert.True(statistics.SizeDeviation is > 0 and <= 0.08, $"{statistics}");
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        Assert.Throws<FmlException>(() => Generate(Small with { People = 0 }, folder));
        Assert.Throws<FmlException>(() => Generate(Small with { LandmarkNoise = float.NaN }, folder));
        Assert.Throws<FmlException>(() => Generate(Small with { Supersampling = 9 }, folder));
        Assert.False(Directory.Exists(folder));
    }

    private static void Generate(SynthesisOptions options, string folder) =>
        SyntheticClips.Generate(options, folder, cancellation: TestContext.Current.CancellationToken);

    // The rotation by Rodrigues' formula in double, independent of the code under test.
    private static Vector3[] Pose(PersonTruth truth, FrameTruth frame)
    {
        var shape = new (double X, double Y, double Z)[truth.Neutral.Length];
        for (var i = 0; i < shape.Length; i++)
        {
            var p = truth.Neutral[i];
            for (var u = 0; u < frame.Expression.Length; u++) p += frame.Expression[u] * Template.Expressions[u].Offsets[i];
            shape[i] = (p.X, p.Y, p.Z);
        }
        double angle = frame.Rotation.Length(), s = Math.Sin(angle), c = Math.Cos(angle);
        var (kx, ky, kz) = (frame.Rotation.X / angle, frame.Rotation.Y / angle, frame.Rotation.Z / angle);
        return [.. shape.Select(p =>
        {
            var along = (kx * p.X + ky * p.Y + kz * p.Z) * (1 - c);
            return frame.Translation + new Vector3(
                (float)(p.X * c + (ky * p.Z - kz * p.Y) * s + kx * along),
                (float)(p.Y * c + (kz * p.X - kx * p.Z) * s + ky * along),
                (float)(p.Z * c + (kx * p.Y - ky * p.X) * s + kz * along));
        })];
    }

    private sealed class Then(Action<int> action) : IProgress<int>
    {
        public void Report(int value) => action(value);
    }
}
