using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Fml.Native;

namespace Fml.CudaEmulator;

/// <summary>A CUDA source made ready for a C++ compiler: in a namespace of its own, its includes in place, its entries known.</summary>
internal sealed partial class HostSource
{
    private readonly string text;
    private readonly string[] entries;

    public HostSource(CudaSource source)
    {
        Source = source;
        var expanded = Expand(source);
        Key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(expanded)))[..24];
        entries = [.. EntryPattern().Matches(expanded).Select(match => match.Groups[1].Value).Distinct()];
        text = DynamicShared().Replace(ExternC().Replace(expanded, ""), "$1* $2 = ($1*)fml_emulated::dynamic_shared;");
    }

    public CudaSource Source { get; }

    public string Name => Source.Name;

    /// <summary>A hash of everything in it.</summary>
    public string Key { get; }

    public int Length => text.Length;

    /// <summary>The source in its namespace; its macros end with it.</summary>
    public string Unit
    {
        get
        {
            var unit = new StringBuilder($"namespace fml_{Key} {{ namespace {{\n{text}\n}} }}\n");
            foreach (var macro in Macros().Matches(text).Select(match => match.Groups[1].Value).Distinct()) unit.Append($"#undef {macro}\n");
            return unit.ToString();
        }
    }

    /// <summary>Its lines of the table of entries.</summary>
    public string Table => string.Concat(entries.Select(entry => $"    fml_emulated::entry<&fml_{Key}::{entry}>(\"{Key}\", \"{entry}\"),\n"));

    private static string Expand(CudaSource source)
    {
        var text = new StringBuilder($"#line 1 \"{source.Name}\"\n");
        Expand(source, text, []);
        return text.ToString();
    }

    // Every header once, where it is first included.
    private static void Expand(CudaSource source, StringBuilder text, HashSet<string> included)
    {
        var (file, line) = (source.Name, 1);
        foreach (var each in source.Text.Split('\n'))
        {
            line++;
            if (LineDirective().Match(each) is { Success: true } directive)
                (line, file) = (int.Parse(directive.Groups[1].Value), directive.Groups[2].Success ? directive.Groups[2].Value : file);
            if (Include().Match(each) is not { Success: true } include)
            {
                text.Append(each.Trim() == "#pragma once" ? "" : each).Append('\n');
                continue;
            }
            var name = include.Groups[1].Value;
            if (included.Add(name)) Expand(CudaSource.Embedded(typeof(CudaSource).Assembly, name), text, included);
            text.Append($"#line {line} \"{file}\"\n");
        }
    }

    [GeneratedRegex("^\\s*#\\s*include\\s+\"([^\"]+)\"")]
    private static partial Regex Include();

    [GeneratedRegex("""^\s*#\s*line\s+(\d+)(?:\s+"([^"]+)")?""")]
    private static partial Regex LineDirective();

    [GeneratedRegex("""^\s*#\s*define\s+(\w+)""", RegexOptions.Multiline)]
    private static partial Regex Macros();

    [GeneratedRegex("""extern\s+"C"\s+(?:static\s+)?(?:__global__|void|\s|__launch_bounds__\s*\([^()]*(?:\([^()]*\)[^()]*)*\))*\s(\w+)\s*\(""")]
    private static partial Regex EntryPattern();

    [GeneratedRegex("""extern\s+"C"\s+""")]
    private static partial Regex ExternC();

    private const string Aligned = """(?:(?:__align__|alignas)\s*\([^()]*\)\s*)?""";

    [GeneratedRegex($"""extern\s+__shared__\s+{Aligned}([\w\s]+?)\s+{Aligned}(\w+)\s*\[\s*\]\s*;""")]
    private static partial Regex DynamicShared();
}
