using System.Globalization;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class PreparationTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("fml-prepare-").FullName;

    private string Clips => Path.Combine(root, "clips");

    private string Target => Path.Combine(root, "data");

    private string Line(string clip, int frame, float x = 48, float y = 32) => $"{clip},{frame}," + string.Join(',', Enumerable.Range(0, 68)
        .SelectMany(i => new[] { x + 10 * MathF.Cos(i), y + 10 * MathF.Sin(i) }).Select(v => v.ToString(CultureInfo.InvariantCulture)));

    private PreparationOptions Options(params string[] lines)
    {
        var file = Path.Combine(root, "landmarks.csv");
        File.WriteAllLines(file, lines);
        return new PreparationOptions { Source = Clips, Target = Target, CropSize = 32, Landmarks = file };
    }

    private sealed class Told(Action<PreparationProgress> action) : IProgress<PreparationProgress>
    {
        public void Report(PreparationProgress value) => action(value);
    }

    [Fact]
    public void Clips_with_supplied_landmarks_become_a_dataset_and_the_rest_is_listed()
    {
        Directory.CreateDirectory(Path.Combine(Clips, "ann"));
        VideoReaderTests.Make(Path.Combine(Clips, "ann"), "one.mp4", 4);
        VideoReaderTests.Make(Clips, "bob.mp4", 3);
        File.WriteAllText(Path.Combine(Clips, "broken.mp4"), "broken");
        var messages = new List<string>();
        var summary = Preparation.Run(
            Options(Line("ann/one", 0), Line("ann/one", 1), Line("one.mp4", 3), Line("bob", 1) + ",0.5"),
            new Told(p => messages.AddRange(p.Message is { } m ? [m] : [])), TestContext.Current.CancellationToken);

        Assert.Equal((2, 3, 4), (summary.People, summary.Clips, summary.Frames));
        Assert.Contains(new SkippedFrame("ann/one", 2, "no landmarks were supplied"), summary.Skipped);
        Assert.Contains(summary.Skipped, s => s.Clip == "broken" && s.Index == -1);
        Assert.Contains(messages, m => m.Contains("broken.mp4") && m.Contains("left out"));

        using var data = FaceDataset.Open(Target);
        var frame = data.People.Single(p => p.Name == "bob").Frames.Single();
        Assert.All(frame.Confidence, c => Assert.Equal(0.5f, c));
        Assert.Equal((96, 64), (frame.OriginalWidth, frame.OriginalHeight));
        Assert.False(frame.CameraKnown);
        Assert.True(Math.Abs(frame.CropCamera.Focal - 4.53f * 32) <= 1e-2f && Math.Abs(frame.CropCamera.CenterX - 16) <= 1e-2f);
        var original = frame.Crop.Invert(frame.Landmarks[0]);
        Assert.True(Math.Abs(original.X - 58) <= 1e-2f && Math.Abs(original.Y - 32) <= 1e-2f);
    }

    [Fact]
    public void A_run_that_was_stopped_goes_on_where_it_was()
    {
        Directory.CreateDirectory(Clips);
        foreach (var name in new[] { "a", "b", "c" }) VideoReaderTests.Make(Clips, name + ".mp4", 2);
        var options = Options(Line("a", 0), Line("b", 0), Line("c", 0));
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Preparation.Run(
            options, new Told(p => { if (p is { Clip: "b", Frames: 1, Done: 1 }) cancellation.Cancel(); }), cancellation.Token));
        var looked = new HashSet<string>();
        Assert.Equal(3, Preparation.Run(options, new Told(p => looked.Add(p.Clip)), TestContext.Current.CancellationToken).Frames);
        Assert.Equal(["b", "c"], looked.Order());
        Assert.Contains("size 32 instead of 48", Assert.Throws<FmlException>(() =>
            Preparation.Run(options with { CropSize = 48 }, cancellation: TestContext.Current.CancellationToken)).Message);
    }

    [Fact]
    public void Nothing_to_prepare_is_one_sentence()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Directory.CreateDirectory(Clips);
        Assert.Contains("no videos", Assert.Throws<FmlException>(() => Preparation.Run(Options(), cancellation: cancellation)).Message);
        Assert.Contains("There is no", Assert.Throws<FmlException>(() =>
            Preparation.Run(Options() with { Source = Clips + "x" }, cancellation: cancellation)).Message);
        VideoReaderTests.Make(Clips, "a.mp4", 2);
        Assert.Contains("No usable face", Assert.Throws<FmlException>(() =>
            Preparation.Run(Options(Line("z", 0)), cancellation: cancellation)).Message);
        Assert.Contains("line 1 has 3 cells", Assert.Throws<FmlException>(() =>
            Preparation.Run(Options("a,0,1"), cancellation: cancellation)).Message);
    }

    [Fact]
    public void Landmarks_in_json_read_as_in_csv()
    {
        var path = Path.Combine(root, "marks.json");
        var pairs = string.Join(',', Enumerable.Range(0, 68).Select(i => $"[{i},{i + 1}]"));
        File.WriteAllText(path, $$"""[{"clip":"a.mp4","frame":3,"landmarks":[{{pairs}}],"confidence":0.25}]""");
        var marks = LandmarkFile.Load(path).Find("a", "a", 3)!.Value;
        Assert.Equal(new(67, 68), marks.Points[67]);
        Assert.Equal(0.25f, marks.Confidence[5]);
        Assert.Null(LandmarkFile.Load(path).Find("a", "a", 4));
    }

    [Fact]
    public void A_real_face_is_found_followed_and_marked()
    {
        var folder = FaceApi.Folder;
        var clip = SharedData.Find("real/clips/grid01_bbaf2n.mp4");
        using var preparer = new ClipPreparer(96, networks: folder);
        var prepared = preparer.Prepare(clip, "grid01", "grid01", new VideoOptions(MaxFrames: 4),
            cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(4, prepared.Frames.Length);
        foreach (var (frame, _) in prepared.Frames)
        {
            Assert.True(frame.Confidence.Average() >= 0.6f);
            // Upright and frontal: eyes above nose above mouth above chin, right of the subject on the left.
            Assert.True(frame.Landmarks[37].Y < frame.Landmarks[30].Y && frame.Landmarks[30].Y < frame.Landmarks[62].Y);
            Assert.True(frame.Landmarks[62].Y < frame.Landmarks[8].Y && frame.Landmarks[36].X < frame.Landmarks[45].X);
        }
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
