namespace Fml.Native;

/// <summary>Writes files so that a reader, or a crash, never meets half of one.</summary>
public static class AtomicFile
{
    private static int written;

    /// <summary>Writes to a temporary name beside <paramref name="path"/>, flushes to the disk and renames; creates the folder.</summary>
    /// <exception cref="FmlException">The folder cannot be written to.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}-{Interlocked.Increment(ref written)}.part");
        try
        {
            Directory.CreateDirectory(folder);
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or DirectoryNotFoundException or PathTooLongException or IOException)
        {
            throw new FmlException($"Cannot write {path}: {e.Message}", e);
        }
        finally
        {
            if (File.Exists(temporary)) File.Delete(temporary);
        }
    }

    /// <summary>Writes text as UTF-8; see <see cref="Write"/>.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>
    /// Deletes what writes of <paramref name="path"/> left behind when their processes were killed; no other process may be writing it now.
    /// </summary>
    public static void RemoveLeftovers(string path)
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(Path.GetFullPath(path))!);
        if (!folder.Exists) return;
        foreach (var leftover in folder.GetFiles($".{Path.GetFileName(path)}.*.part")) leftover.Delete();
    }
}
