using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Model;

/// <summary>A video or photo and whose it is.</summary>
/// <param name="Path">The file.</param>
/// <param name="Person">The person.</param>
/// <param name="Clip">Its name among that person's.</param>
public sealed record ClipFile(string Path, string Person, string Clip)
{
    /// <summary>
    /// The clips and photos at a path, ordered: the file itself, or all of a folder. In a folder with subfolders a subfolder is a person
    /// (its clips, at any depth, are that person's) and a file beside them is one; in a folder without, each file is a person. Hidden files
    /// are passed over.
    /// </summary>
    /// <exception cref="FmlException">There is nothing there.</exception>
    public static ImmutableArray<ClipFile> Find(string source)
    {
        if (File.Exists(source))
        {
            return FrameSource.IsReadable(source) ? [.. Name([source], System.IO.Path.GetDirectoryName(source)!, null)]
                : throw new FmlException($"{source} is neither a video nor a photo by its name.");
        }
        if (!Directory.Exists(source)) throw new FmlException($"There is no file or folder {source}.");
        ImmutableArray<ClipFile> files =
        [
            .. Directory.EnumerateDirectories(source).Order(StringComparer.Ordinal)
                .SelectMany(person => Name(Readable(person, SearchOption.AllDirectories), person, System.IO.Path.GetFileName(person))),
            .. Name(Readable(source, SearchOption.TopDirectoryOnly), source, null),
        ];
        return files.Length > 0 ? files : throw new FmlException($"{source} holds no videos and no photos (jpg, png, webp, bmp).");
    }

    private static string[] Readable(string folder, SearchOption depth) =>
    [
        .. Directory.EnumerateFiles(folder, "*", depth).Where(f => System.IO.Path.GetFileName(f)[0] != '.' && FrameSource.IsReadable(f))
            .Order(StringComparer.Ordinal),
    ];

    // A name goes without extension unless two files then had the same.
    private static IEnumerable<ClipFile> Name(string[] files, string folder, string? person)
    {
        string Relative(string file) => System.IO.Path.GetRelativePath(folder.Length == 0 ? "." : folder, file).Replace('\\', '/');
        string Bare(string file) => System.IO.Path.ChangeExtension(Relative(file), null);
        var twice = files.GroupBy(Bare).Where(g => g.Count() > 1).Select(g => g.Key).ToHashSet();
        return files.Select(file => twice.Contains(Bare(file)) ? Relative(file) : Bare(file))
            .Zip(files, (name, file) => new ClipFile(file, person ?? name, name));
    }
}
