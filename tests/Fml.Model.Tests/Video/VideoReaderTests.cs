using System.Diagnostics;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class VideoReaderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fml-video-").FullName;

    /// <summary>A clip made by ffmpeg's own test source; skips where ffmpeg is missing.</summary>
    internal static string Make(string folder, string name, int frames, params string[] more)
    {
        var path = Path.Combine(folder, name);
        try
        {
            using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg",
                ["-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc=size=96x64:rate=10", "-frames:v", $"{frames}",
                 "-pix_fmt", "yuv420p", .. more, path]))!;
            ffmpeg.WaitForExit();
            Assert.Equal(0, ffmpeg.ExitCode);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("ffmpeg is not installed");
        }
        return path;
    }

    private static IEnumerable<VideoFrame> Read(string path, VideoOptions? options = null) =>
        VideoReader.Read(path, options, TestContext.Current.CancellationToken);

    [Fact]
    public void All_frames_come_with_their_number_time_and_size()
    {
        var path = Make(folder, "a.mp4", 12);
        Assert.Equal(new VideoInfo(96, 64, 10, 12), VideoReader.Probe(path));
        var frames = Read(path).ToArray();
        Assert.Equal(Enumerable.Range(0, 12), frames.Select(f => f.Index));
        Assert.True(Math.Abs(frames[7].Time - 0.7) <= 1e-9);
        Assert.All(frames, f => Assert.Equal((96, 64), (f.Image.Width, f.Image.Height)));
    }

    [Fact]
    public void Stride_count_and_rate_choose_frames_of_the_whole_clip()
    {
        var path = Make(folder, "a.mp4", 12);
        var all = Read(path).ToArray();
        var third = Read(path, new VideoOptions(Stride: 3)).ToArray();
        Assert.Equal([0, 3, 6, 9], third.Select(f => f.Index));
        Assert.All(third, f => Assert.Equal(all[f.Index].Image.Pixels, f.Image.Pixels));
        Assert.Equal([0, 4, 8], Read(path, new VideoOptions(MaxFrames: 3)).Select(f => f.Index));
        Assert.Equal([0, 5, 10], Read(path, new VideoOptions(FramesPerSecond: 2)).Select(f => f.Index));
        Assert.Throws<FmlException>(() => Read(path, new VideoOptions(Stride: 0)).ToArray());
    }

    [Fact]
    public void Pixels_that_are_not_square_are_made_square()
    {
        var path = Make(folder, "wide.mp4", 2, "-vf", "setsar=2");
        Assert.Equal(192, VideoReader.Probe(path).Width);
        Assert.Equal((192, 64), Read(path).Select(f => (f.Image.Width, f.Image.Height)).First());
    }

    [Fact]
    public void A_video_cut_short_gives_its_frames_and_then_says_so()
    {
        var path = Make(folder, "whole.mkv", 60, "-g", "5");
        var cut = Path.Combine(folder, "cut.mkv");
        File.WriteAllBytes(cut, File.ReadAllBytes(path)[..^(int)(new FileInfo(path).Length / 2)]);
        var count = 0;
        var fault = Assert.Throws<FmlException>(() =>
        {
            foreach (var _ in Read(cut)) count++;
        });
        Assert.Contains("cut short", fault.Message);
        Assert.InRange(count, 5, 55);
    }

    [Fact]
    public void What_is_no_video_is_named()
    {
        var path = Path.Combine(folder, "text.mp4");
        File.WriteAllText(path, "no video");
        Make(folder, "a.mp4", 2);
        Assert.Contains("no video", Assert.Throws<FmlException>(() => VideoReader.Probe(path)).Message);
        Assert.Contains("There is no file", Assert.Throws<FmlException>(() => VideoReader.Probe(path + "x")).Message);
    }

    [Fact]
    public void A_missing_program_says_how_to_install_it()
    {
        var path = Path.Combine(folder, "a.mp4");
        File.WriteAllText(path, "");
        var message = Assert.Throws<FmlException>(() => VideoReader.Probe(path, ffmpegFolder: folder)).Message;
        foreach (var word in new[] { "ffprobe", "apt-get install ffmpeg", "brew install ffmpeg", "winget install ffmpeg" })
            Assert.Contains(word, message);
    }

    [Fact]
    public void Stopping_early_leaves_no_program_running()
    {
        var path = Make(folder, "a.mp4", 30);
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var frame in VideoReader.Read(path, cancellation: cancellation.Token))
                if (frame.Index == 3) cancellation.Cancel();
        });
        File.Delete(path);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
