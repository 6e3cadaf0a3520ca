using System.ComponentModel;
using System.Diagnostics;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Films a synthetic clip as a camera would: whole frames at 25 a second over the clip's time, as an H.264 film that preparing takes like
/// any other.
/// </summary>
internal static class SyntheticFilm
{
    private const double FrameRate = 25;

    /// <summary>Where a clip's film lies in the dataset's folder.</summary>
    public static string PathOf(string folder, string person, string clip) => Path.Combine(folder, "video", person, clip + ".mp4");

    /// <summary>Writes <c>video/{person}/{clip}.mp4</c> in the dataset's folder, unless it is there; no half film is left.</summary>
    /// <exception cref="FmlException">There is no ffmpeg, or it failed.</exception>
    public static void Write(SynthesisOptions options, string folder, SyntheticPerson person, SyntheticClip clip, Random chance)
    {
        var path = PathOf(folder, person.Name, clip.Name);
        if (File.Exists(path)) return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var part = Path.Combine(Path.GetDirectoryName(path)!, $".{clip.Name}.{Environment.ProcessId}.part");
        try
        {
            using var encoder = Start(options, part);
            var complaint = encoder.StandardError.ReadToEndAsync();
            try
            {
                foreach (var picture in Pictures(options, person, clip, chance)) encoder.StandardInput.BaseStream.Write(picture);
                encoder.StandardInput.Close();
            }
            catch (IOException)
            {
                // The encoder has gone; what it complained of follows.
            }
            encoder.WaitForExit();
            if (encoder.ExitCode != 0) throw new FmlException($"ffmpeg could not write {path}: {complaint.Result.Trim()}");
            File.Move(part, path);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static IEnumerable<byte[]> Pictures(SynthesisOptions options, SyntheticPerson person, SyntheticClip clip, Random chance)
    {
        var (width, height) = (options.OriginalWidth, options.OriginalHeight);
        var renderer = new SceneRenderer(width, height, 1);
        var whole = new PersonTruth(person.Name, person.Neutral, person.Look.Albedo, []);
        var count = (int)Math.Ceiling(options.FramesPerClip / options.FrameRate * FrameRate);
        for (var i = 0; i < count; i++)
        {
            var truth = clip.TruthAt("", i / FrameRate);
            var face = SyntheticClip.PosedFace(person.Template, whole, truth);
            var picture = clip.Render(renderer, face, truth, options.Camera, place => place / width, i / FrameRate);
            yield return clip.Look.Expose(chance, picture, width, height);
        }
    }

    private static Process Start(SynthesisOptions options, string path)
    {
        var start = new ProcessStartInfo("ffmpeg") { RedirectStandardInput = true, RedirectStandardError = true, UseShellExecute = false };
        string[] arguments =
        [
            "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", $"{options.OriginalWidth}x{options.OriginalHeight}",
            "-r", $"{FrameRate}", "-i", "pipe:0", "-c:v", "libx264", "-threads", "1", "-crf", "16", "-pix_fmt", "yuv420p",
            "-f", "mp4", path,
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        try
        {
            return Process.Start(start)!;
        }
        catch (Exception e) when (e is Win32Exception or FileNotFoundException)
        {
            throw new FmlException(
                "Films need the program 'ffmpeg', which was not found on the search path: install it, for example with "
                + "'sudo apt-get install ffmpeg', or leave out --video.", e);
        }
    }
}
