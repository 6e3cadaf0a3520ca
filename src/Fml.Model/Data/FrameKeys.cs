using System.Text;

namespace Fml.Model;

/// <summary>Names of frames: what they may hold, and how they are made from names that may hold anything.</summary>
internal static class FrameKeys
{
    // With ".jpg" or ".json" a key then fits the 100 bytes of a plain tar header's name field.
    private const int LongestKey = 95;
    private const int LongestName = 36;

    public static string Make(string person, string clip, int index)
    {
        var plain = person == clip ? Plain(person) : $"{Plain(person)}/{Plain(clip)}";
        var lossless = (person == clip ? person : $"{person}/{clip}") == plain;
        return lossless ? $"{plain}/{index:D6}" : $"{plain}-{Hash($"{person}\0{clip}"):x8}/{index:D6}";
    }

    /// <summary>Why the key is no key; null when it is one.</summary>
    public static string? Fault(string key) =>
        key.Length == 0 ? "it is empty"
        : key.Length > LongestKey ? $"it is longer than {LongestKey} characters"
        : key[0] == '/' || key[^1] == '/' || key.Contains("//", StringComparison.Ordinal) ? "a part of it between slashes is empty"
        : key.All(c => IsPlain(c) || c == '/') ? null
        : "it holds something else than letters, digits, '-', '_' and '/'";

    /// <summary>FNV-1a of the UTF-8 bytes: the same on every machine and in every process.</summary>
    public static uint Hash(string text, uint seed = 2166136261)
    {
        foreach (var b in Encoding.UTF8.GetBytes(text)) seed = (seed ^ b) * 16777619;
        return seed;
    }

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';

    private static string Plain(string name)
    {
        var plain = string.Concat(name.Select(c => IsPlain(c) ? c : '-'));
        return plain.Length <= LongestName ? plain : plain[..LongestName];
    }
}
