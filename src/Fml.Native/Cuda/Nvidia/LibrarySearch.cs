using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Fml.Native;

/// <summary>Where a library was looked for, and what came of it.</summary>
/// <param name="Library">What was looked for.</param>
/// <param name="Handle">The loaded library; 0 when it was not found.</param>
/// <param name="Location">The file that was loaded; empty when none was.</param>
/// <param name="Tried">Everything tried in vain before, each with the reason.</param>
internal sealed record LibrarySearch(NvidiaLibrary Library, nint Handle, string Location, ImmutableArray<string> Tried)
{
    /// <summary>True when the library is loaded.</summary>
    public bool Found => Handle != 0;

    /// <summary>What was tried in vain, for people.</summary>
    public string Failure => $"{Library.Title} was not found. Tried: {string.Join("; ", Tried)}.";

    /// <summary>
    /// Looks in folders named explicitly, then asks the system's loader for versioned names, newest first, then looks in other folders, then
    /// asks the loader for unversioned names.
    /// </summary>
    /// <param name="library">What to look for.</param>
    /// <param name="newest">The newest major version that serves; null when every one does.</param>
    /// <param name="first">Folders, or files, to look at first.</param>
    /// <param name="later">Folders to look at when the loader knows no versioned name.</param>
    public static LibrarySearch Find(NvidiaLibrary library, int? newest, IEnumerable<string> first, IEnumerable<string> later)
    {
        var tried = ImmutableArray.CreateBuilder<string>();
        var candidates = first.SelectMany(place => InPlace(library, place))
            .Concat(library.Names.Select(name => new Candidate(name)))
            .Concat(later.SelectMany(place => InPlace(library, place)))
            .Concat(library.UnversionedNames.Select(name => new Candidate(name)));
        foreach (var candidate in candidates)
        {
            if (candidate.Lacking is { } lacking) tried.Add(lacking);
            else if (newest is { } limit && library.Major(Path.GetFileName(candidate.Name)) > limit)
                tried.Add($"{candidate.Name} (needs a driver for CUDA {library.Major(Path.GetFileName(candidate.Name))}; this one is for {limit})");
            else if (Load(library, candidate.Name, tried) is var handle and not 0)
                return new LibrarySearch(library, handle, LocationOf(candidate.Name), tried.ToImmutable());
        }
        return new LibrarySearch(library, 0, "", tried.ToImmutable());
    }

    // A name to load, or a place that holds none.
    private sealed record Candidate(string Name, string? Lacking = null);

    private static IEnumerable<Candidate> InPlace(NvidiaLibrary library, string place)
    {
        if (File.Exists(place))
            return library.FilePattern.IsMatch(Path.GetFileName(place)) ? [new(place)] : [];
        if (!Directory.Exists(place))
            return [new("", $"{place} (does not exist)")];
        var files = Files(place)
            .Where(file => library.FilePattern.IsMatch(Path.GetFileName(file)))
            .OrderByDescending(file => library.Major(Path.GetFileName(file)) ?? 0)
            .ThenBy(file => file.Length)
            .Select(file => new Candidate(file))
            .ToArray();
        return files.Length > 0 ? files : [new("", $"{place} (holds no {library.Title})")];
    }

    private static nint Load(NvidiaLibrary library, string name, ImmutableArray<string>.Builder tried)
    {
        if (!Path.IsPathRooted(name))
        {
            if (NativeLibrary.TryLoad(name, out var handle)) return handle;
            tried.Add(name);
            return 0;
        }
        if (!File.Exists(name))
        {
            tried.Add(name);
            return 0;
        }
        try
        {
            LoadCompanions(library, name);
            return NativeLibrary.Load(name);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            tried.Add($"{name} ({Reason(e.Message)})");
            return 0;
        }
    }

    // A library that is loaded already is found by whoever opens it by its bare name.
    private static void LoadCompanions(NvidiaLibrary library, string path)
    {
        if (library.CompanionPattern is not { } pattern) return;
        var major = library.Major(Path.GetFileName(path))?.ToString();
        foreach (var file in Files(Path.GetDirectoryName(path)!))
            if (pattern.Match(Path.GetFileName(file)) is { Success: true } match && (major is null || match.Groups["major"].Value == major))
                NativeLibrary.TryLoad(file, out _);
    }

    // The loader's message goes on about how to look for libraries; its reason stands in the line that names the file.
    private static string Reason(string message)
    {
        var line = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? message;
        return line.TrimEnd('.');
    }

    // What the loader found for a bare name is among the modules of this process.
    private static string LocationOf(string name)
    {
        if (Path.IsPathRooted(name)) return name;
        using var process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>()
            .FirstOrDefault(module => Path.GetFileName(module.FileName).StartsWith(name.Split('.')[0] + ".", StringComparison.OrdinalIgnoreCase))?.FileName
            ?? name;
    }

    private static string[] Files(string folder)
    {
        try
        {
            return Directory.GetFiles(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
