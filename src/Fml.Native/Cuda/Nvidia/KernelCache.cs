using System.Security.Cryptography;
using System.Text;

namespace Fml.Native;

/// <summary>
/// Compiled kernels on the disk, each under a key of all that it was made from. An entry begins with the hash of what follows: one that was
/// damaged counts as absent. A folder that cannot be written to costs time and nothing else.
/// </summary>
internal sealed class KernelCache(string folder)
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string Variable = "FML_CACHE";

    /// <summary>Where entries lie.</summary>
    public string Folder { get; } = folder;

    /// <summary>The cache in the folder that <see cref="Variable"/> names, else in the user's own folder for caches.</summary>
    public static KernelCache OfUser() => new(
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
            ? Path.GetFullPath(named)
            : Path.Combine(UserFolder(), "fml", "kernels"));

    /// <summary>One key for all the parts; their order and where one ends matter.</summary>
    public static string Key(IEnumerable<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            var bytes = Encoding.UTF8.GetBytes(part);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>What was kept under a key; null when nothing whole was.</summary>
    public byte[]? Read(string key)
    {
        try
        {
            var entry = File.ReadAllBytes(PathOf(key));
            if (entry.Length <= SHA256.HashSizeInBytes) return null;
            var image = entry[SHA256.HashSizeInBytes..];
            return SHA256.HashData(image).AsSpan().SequenceEqual(entry.AsSpan(0, SHA256.HashSizeInBytes)) ? image : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps an image; tells whether it could.</summary>
    public bool Write(string key, byte[] image)
    {
        try
        {
            AtomicFile.Write(PathOf(key), stream =>
            {
                stream.Write(SHA256.HashData(image));
                stream.Write(image);
            });
            return true;
        }
        catch (FmlException)
        {
            return false;
        }
    }

    /// <summary>Removes an entry, if there is one and it can be removed.</summary>
    public void Forget(string key)
    {
        try
        {
            File.Delete(PathOf(key));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It stays, and does no harm.
        }
    }

    /// <summary>How many entries there are, and their bytes.</summary>
    public (int Count, long Bytes) Measure()
    {
        try
        {
            var files = new DirectoryInfo(Folder).GetFiles("*.kernel");
            return (files.Length, files.Sum(file => file.Length));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (0, 0);
        }
    }

    private string PathOf(string key) => Path.Combine(Folder, $"{key}.kernel");

    private static string UserFolder()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (OperatingSystem.IsMacOS()) return Path.Combine(home, "Library", "Caches");
        if (OperatingSystem.IsWindows()) return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        return Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named ? named
            : home.Length > 0 ? Path.Combine(home, ".cache")
            : Path.GetTempPath();
    }
}
