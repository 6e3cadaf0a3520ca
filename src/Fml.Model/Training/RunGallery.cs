using System.Collections.Immutable;
using System.Globalization;
using Fml.Native;

namespace Fml.Model;

/// <summary>Pictures taken while a run learns: <c>gallery/STEP_SECONDS_STAGE.jpg</c>, a captioned row for each of a few held-out people.</summary>
internal static class RunGallery
{
    /// <summary>What stands for a stage before the first.</summary>
    public const string Start = "start";

    private const string FolderName = "gallery";

    /// <summary>Takes a picture of now.</summary>
    /// <param name="trainer">The run.</param>
    /// <param name="people">Whom to show: one frame each, reconstructed from all that are given.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="stage">Name of the stage that has just ended, or <see cref="Start"/>.</param>
    public static void Take(Trainer trainer, IEnumerable<EvaluationPerson> people, string folder, string stage)
    {
        var reconstructor = trainer.Reconstructor();
        var rows = people.Select(person =>
        {
            var face = reconstructor.Reconstruct(person.Name, person.Frames);
            return ContactSheet.Draw(face with { Frames = face.Frames[..1] }, _ => person.Frames[0].Rgb);
        }).ToArray();
        if (rows.Length == 0) return;
        var (rgb, width, height) = ContactSheet.Captioned(rows);
        var picture = ReportPicture.FromRgb("", rgb, width, height);
        var seconds = trainer.Seconds.ToString("F0", CultureInfo.InvariantCulture);
        var path = Path.Combine(folder, FolderName, $"{trainer.Steps:D8}_{seconds}_{ReconstructionFolder.FileName(stage)}.jpg");
        AtomicFile.Write(path, stream => stream.Write(picture.Encoded.AsSpan()));
    }

    /// <summary>The pictures of a run, in order of steps.</summary>
    public static ImmutableArray<Snapshot> Read(string folder)
    {
        var gallery = new DirectoryInfo(Path.Combine(folder, FolderName));
        if (!gallery.Exists) return [];
        return
        [
            .. gallery.EnumerateFiles("*.jpg").OrderBy(file => file.Name, StringComparer.Ordinal).SelectMany(file =>
            {
                var parts = Path.GetFileNameWithoutExtension(file.Name).Split('_', 3);
                return parts.Length == 3 && long.TryParse(parts[0], CultureInfo.InvariantCulture, out var step)
                    && double.TryParse(parts[1], CultureInfo.InvariantCulture, out var seconds)
                    ? [new Snapshot(step, seconds, Caption(parts[2]), ReportPicture.FromFile("", file.FullName))]
                    : Array.Empty<Snapshot>();
            }),
        ];
    }

    private static string Caption(string stage) => stage == Start ? "before training" : $"after {stage.Replace('_', ' ')}";
}
