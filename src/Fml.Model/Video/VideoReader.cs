using System.Globalization;
using System.Text.Json;
using Fml.Native;

namespace Fml.Model;

/// <summary>What a video is, upright and with square pixels.</summary>
/// <param name="Width">Width as shown, pixels.</param>
/// <param name="Height">Height as shown, pixels.</param>
/// <param name="FrameRate">Mean frames a second.</param>
/// <param name="FrameCount">Frames that the container promises; null when it does not say.</param>
public sealed record VideoInfo(int Width, int Height, double FrameRate, int? FrameCount);

/// <summary>Which frames of a video are read.</summary>
/// <param name="Stride">Every how many-th frame, from the first; at least 1.</param>
/// <param name="MaxFrames">At most this many, spread over the whole video (by a larger stride); null for all.</param>
/// <param name="FramesPerSecond">At most this many a second (by a larger stride); null for all.</param>
public sealed record VideoOptions(int Stride = 1, int? MaxFrames = null, double? FramesPerSecond = null)
{
    /// <summary>The stride that all three settings come to for a given video.</summary>
    /// <exception cref="FmlException">A setting is not positive.</exception>
    public int StrideFor(VideoInfo video)
    {
        if (Stride < 1) throw new FmlException($"A stride of {Stride} frames is impossible: use 1 or more.");
        if (MaxFrames < 1) throw new FmlException($"At most {MaxFrames} frames a clip leaves nothing: use 1 or more.");
        if (FramesPerSecond is { } rate && !(rate > 0)) throw new FmlException($"{rate} frames a second leaves nothing: use more than 0.");
        var byRate = FramesPerSecond is { } perSecond ? (int)Math.Clamp(Math.Round(video.FrameRate / perSecond), 1, 1e6) : 1;
        var byCount = MaxFrames is { } most && video.FrameCount is { } count ? (count + most - 1) / most : 1;
        return Math.Max(Stride, Math.Max(byRate, byCount));
    }
}

/// <summary>One frame as read.</summary>
/// <param name="Index">Number in the video, from 0, before any stride.</param>
/// <param name="Time">Seconds from the start, at the mean frame rate.</param>
/// <param name="Image">The pixels, upright.</param>
public sealed record VideoFrame(int Index, double Time, RgbImage Image);

/// <summary>Reads video through the programs <c>ffprobe</c> and <c>ffmpeg</c>, one frame in memory at a time.</summary>
public static class VideoReader
{
    private static readonly string[] Extensions =
        [".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".wmv", ".flv", ".ts", ".3gp", ".ogv", ".gif"];

    /// <summary>Whether the name is that of a video.</summary>
    public static bool IsVideo(string path) => Extensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>
    /// Looks at a video without decoding it. <paramref name="ffmpegFolder"/>: where the programs are; null for the search path.
    /// </summary>
    /// <exception cref="FmlException">The file is missing, no video, or damaged at its head; or ffprobe is not installed.</exception>
    public static VideoInfo Probe(string path, string? ffmpegFolder = null)
    {
        if (!File.Exists(path)) throw new FmlException($"There is no file {path}.");
        using var probe = Ffmpeg.Start("ffprobe", ffmpegFolder,
            ["-v", "error", "-select_streams", "v:0", "-show_streams", "-show_format", "-of", "json", "-i", Url(path)]);
        using var text = new MemoryStream();
        probe.Output.CopyTo(text);
        var (code, complaint) = probe.Wait();
        if (code != 0)
            throw new FmlException($"{path} is no video that can be read, or is damaged: {complaint ?? $"ffprobe ended with {code}"}.");
        using var json = JsonDocument.Parse(text.ToArray());
        if (!json.RootElement.TryGetProperty("streams", out var streams) || streams.GetArrayLength() == 0)
            throw new FmlException($"{path} holds no video, only sound or data.");
        return Describe(path, streams[0], json.RootElement);
    }

    /// <summary>
    /// Decodes a video frame by frame. When the video turns out damaged or cut short, the sound frames come first and the exception after
    /// them.
    /// </summary>
    /// <exception cref="FmlException">As <see cref="Probe"/>; a video without frames; damage on the way.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IEnumerable<VideoFrame> Read(
        string path, VideoOptions? options = null, CancellationToken cancellation = default, string? ffmpegFolder = null)
    {
        options ??= new VideoOptions();
        var video = Probe(path, ffmpegFolder);
        var stride = options.StrideFor(video);
        var most = options.MaxFrames ?? int.MaxValue;
        using var decoder = Ffmpeg.Start("ffmpeg", ffmpegFolder, Arguments(path, video, stride));
        var count = 0;
        for (; count < most; count++)
        {
            cancellation.ThrowIfCancellationRequested();
            var pixels = new byte[video.Width * video.Height * 3];
            if (decoder.Output.ReadAtLeast(pixels, pixels.Length, throwOnEndOfStream: false) < pixels.Length) break;
            var index = count * stride;
            yield return new VideoFrame(index, index / video.FrameRate, new RgbImage(video.Width, video.Height, pixels));
        }
        if (count == most) yield break; // more were there but not wanted
        var (code, complaint) = decoder.Wait();
        var expected = video.FrameCount is { } all ? (all + stride - 1) / stride : count;
        if (count == 0) throw new FmlException($"{path} has no frames{(complaint is null ? "" : $": {complaint}")}.");
        if (code != 0 || (complaint is not null && count < expected))
        {
            throw new FmlException($"{path} is damaged or cut short: only {count} of {Expected(expected, count)} frames could be read "
                + $"({complaint ?? $"ffmpeg ended with {code}"}).");
        }
        // Containers round their count, so a frame more or less means nothing.
        if (count + 2 < expected) throw new FmlException($"{path} is cut short: only {count} of {expected} frames could be read.");
    }

    /// <summary>Makes sure that both programs can be started.</summary>
    /// <exception cref="FmlException">One cannot; the message says how to install it.</exception>
    internal static void DemandPrograms(string? ffmpegFolder = null)
    {
        foreach (var program in new[] { "ffprobe", "ffmpeg" })
        {
            using var started = Ffmpeg.Start(program, ffmpegFolder, ["-version"]);
            started.Output.CopyTo(Stream.Null);
        }
    }

    private static string Expected(int expected, int count) => expected > count ? expected.ToString() : "the";

    private static IEnumerable<string> Arguments(string path, VideoInfo video, int stride)
    {
        // One frame a tick at a rate that is also the output's: no version of ffmpeg then repeats or drops frames to keep time.
        // The size is stated, so that pixels become square and what comes is what is counted on; rotation is ffmpeg's default.
        var filter = $"select=not(mod(n\\,{stride})),setpts=N/25/TB,"
            + $"scale={video.Width}:{video.Height}:flags=bicubic+accurate_rnd+full_chroma_int";
        return
        [
            "-v", "error", "-nostdin", "-i", Url(path), "-map", "0:v:0", "-an", "-sn", "-dn", "-vf", filter, "-r", "25",
            "-f", "rawvideo", "-pix_fmt", "rgb24", "-",
        ];
    }

    // Keeps ffmpeg from taking a name such as "concat:x" or "-y" for something else than a file.
    private static string Url(string path) => "file:" + Path.GetFullPath(path);

    private static VideoInfo Describe(string path, JsonElement stream, JsonElement root)
    {
        var (width, height) = (Number(stream, "width"), Number(stream, "height"));
        if (!(width >= 1 && height >= 1)) throw new FmlException($"{path} is damaged: its picture size is not known.");
        var aspect = Ratio(Text(stream, "sample_aspect_ratio"), ':');
        if (aspect > 0) width = Math.Max(1, Math.Round(width!.Value * aspect!.Value));
        var rotation = SideRotation(stream) ?? (stream.TryGetProperty("tags", out var tags) ? Number(tags, "rotate") : null) ?? 0;
        if (Math.Abs(Math.Round(rotation / 90) % 2) == 1) (width, height) = (height, width);
        var rate = Ratio(Text(stream, "avg_frame_rate"), '/') is > 0 and var average ? average
            : Ratio(Text(stream, "r_frame_rate"), '/') is > 0 and var nominal ? nominal : 25;
        var duration = Number(stream, "duration") ?? (root.TryGetProperty("format", out var format) ? Number(format, "duration") : null);
        var count = Number(stream, "nb_frames");
        var frames = count is > 0 ? count : duration is > 0 and { } seconds ? Math.Round(seconds * rate) : null;
        return new VideoInfo((int)width!.Value, (int)height!.Value, rate,
            frames is { } n ? (int)Math.Max(1, Math.Min(n, int.MaxValue)) : null);
    }

    private static double? SideRotation(JsonElement stream) => stream.TryGetProperty("side_data_list", out var list)
        ? list.EnumerateArray().Select(data => Number(data, "rotation")).FirstOrDefault(r => r is not null)
        : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static double? Number(JsonElement element, string name) => !element.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Number ? value.GetDouble()
        : double.TryParse(value.ToString(), CultureInfo.InvariantCulture, out var number) ? number : null;

    private static double? Ratio(string? text, char separator) =>
        text?.Split(separator) is [var a, var b] && double.TryParse(a, CultureInfo.InvariantCulture, out var x)
        && double.TryParse(b, CultureInfo.InvariantCulture, out var y) && y > 0 ? x / y : null;
}
