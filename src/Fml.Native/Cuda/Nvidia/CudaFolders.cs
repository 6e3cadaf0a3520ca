using System.Text.RegularExpressions;

namespace Fml.Native;

/// <summary>Where NVIDIA's libraries may lie, beside the places that the system's loader knows.</summary>
internal static partial class CudaFolders
{
    /// <summary>The environment variable that names folders or files to look at first.</summary>
    public const string Variable = "FML_CUDA_PATH";

    private static readonly string[] LibraryFolders = ["", "lib64", "lib", "bin", "bin/x64", "lib/x64", "targets/x86_64-linux/lib", "lib/x86_64-linux-gnu"];

    /// <summary>What <see cref="Variable"/> names: folders, or the folders of files.</summary>
    public static IEnumerable<string> Explicit() => (Environment.GetEnvironmentVariable(Variable) ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .SelectMany(path => Directory.Exists(path) ? Inside(path) : [path]);

    /// <summary>Toolkits, those that the environment names first, then the newest first.</summary>
    public static IEnumerable<string> Toolkits()
    {
        string?[] named = [Environment.GetEnvironmentVariable("CUDA_PATH"), Environment.GetEnvironmentVariable("CUDA_HOME")];
        var installed = OperatingSystem.IsWindows()
            ? NewestFirst(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "NVIDIA GPU Computing Toolkit", "CUDA"), "v*")
            : ["/usr/local/cuda", .. NewestFirst("/usr/local", "cuda-*"), "/opt/cuda"];
        return named.OfType<string>().Concat(installed).Where(Directory.Exists).Distinct().SelectMany(Inside);
    }

    /// <summary>What the Python packages brought along that this user's Pythons see.</summary>
    public static IEnumerable<string> Wheels()
    {
        string?[] named = [Environment.GetEnvironmentVariable("VIRTUAL_ENV"), Environment.GetEnvironmentVariable("CONDA_PREFIX")];
        var ofPythons = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(folder => File.Exists(Path.Combine(folder, OperatingSystem.IsWindows() ? "python.exe" : "python3")))
            .Select(folder => OperatingSystem.IsWindows() ? folder : Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(folder)));
        string?[] usual = OperatingSystem.IsWindows()
            ? []
            : [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local"), "/usr/local", "/usr", "/opt/conda"];
        return named.Concat(ofPythons).Concat(usual).OfType<string>().Distinct().SelectMany(WheelsBelow);
    }

    /// <summary>What the Python packages below a prefix brought along: <c>lib/python3*/site-packages/nvidia/*/lib</c>.</summary>
    public static IEnumerable<string> WheelsBelow(string prefix) =>
        PackageFolders(prefix)
            .SelectMany(packages => Folders(Path.Combine(packages, "nvidia"), "*"))
            .SelectMany(package => new[] { "lib", "bin", "bin/x86_64" }.Select(folder => Path.Combine(package, folder)))
            .Where(Directory.Exists);

    private static IEnumerable<string> PackageFolders(string prefix) =>
        Folders(Path.Combine(prefix, "lib"), "python3*").Append(Path.Combine(prefix, "Lib"))
            .SelectMany(folder => new[] { "site-packages", "dist-packages" }.Select(name => Path.Combine(folder, name)));

    private static IEnumerable<string> Inside(string root) =>
        LibraryFolders.Select(folder => folder == "" ? root : Path.Combine(root, folder)).Where(Directory.Exists);

    private static IEnumerable<string> NewestFirst(string root, string pattern) =>
        Folders(root, pattern).OrderByDescending(folder => Version.TryParse(Digits().Match(Path.GetFileName(folder)).Value, out var v) ? v : new Version(0, 0));

    // A folder that cannot be read is one that holds nothing.
    private static string[] Folders(string root, string pattern)
    {
        try
        {
            return Directory.Exists(root) ? Directory.GetDirectories(root, pattern) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    [GeneratedRegex(@"\d+\.\d+")]
    private static partial Regex Digits();
}
