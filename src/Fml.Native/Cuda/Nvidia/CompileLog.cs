using System.Text;
using System.Text.RegularExpressions;

namespace Fml.Native;

/// <summary>A compiler's log beside the source it speaks of.</summary>
internal static partial class CompileLog
{
    /// <summary>The log with the line of the source under every message that names one.</summary>
    public static string WithLines(string log, IEnumerable<CudaSource> sources)
    {
        var lines = new Dictionary<(string File, int Line), string>();
        foreach (var source in sources) Number(source, lines);
        var text = new StringBuilder();
        foreach (var message in log.Split('\n'))
        {
            text.AppendLine(message);
            if (Place().Match(message) is { Success: true } place
                && lines.TryGetValue((place.Groups["file"].Value, int.Parse(place.Groups["line"].Value)), out var line))
                text.AppendLine($"{place.Groups["line"].Value,6} | {line}");
        }
        return text.ToString().TrimEnd();
    }

    // Lines are counted as the compiler counts them: #line names the file and the number of the line that follows.
    private static void Number(CudaSource source, Dictionary<(string File, int Line), string> lines)
    {
        var (file, number) = (source.Name, 1);
        foreach (var line in source.Text.Split('\n'))
        {
            if (Directive().Match(line) is { Success: true } directive)
            {
                number = int.Parse(directive.Groups["line"].Value);
                if (directive.Groups["file"].Success) file = directive.Groups["file"].Value;
                continue;
            }
            lines.TryAdd((file, number++), line.TrimEnd('\r'));
        }
    }

    [GeneratedRegex(@"^(?<file>[^()]+)\((?<line>\d+)\): ")]
    private static partial Regex Place();

    [GeneratedRegex(@"^\s*#line (?<line>\d+)( ""(?<file>[^""]*)"")?\s*$")]
    private static partial Regex Directive();
}
