using System.Globalization;
using System.Text;

namespace Fml.Model;

/// <summary>Words and numbers of the text in mesh files.</summary>
internal static class MeshText
{
    /// <summary>Takes the next word off a line; empty at its end.</summary>
    public static ReadOnlySpan<byte> Word(ref ReadOnlySpan<byte> line)
    {
        var start = 0;
        while (start < line.Length && line[start] <= ' ') start++;
        var end = start;
        while (end < line.Length && line[end] > ' ') end++;
        var word = line[start..end];
        line = line[end..];
        return word;
    }

    /// <summary>Takes the next line off a text, without its end; false when there is none.</summary>
    public static bool Line(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line)
    {
        line = text;
        if (text.IsEmpty) return false;
        var end = text.IndexOf((byte)'\n');
        if (end >= 0) line = text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        return true;
    }

    /// <summary>A finite number.</summary>
    public static bool Number(ReadOnlySpan<byte> word, out double value) =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    /// <summary>A whole number.</summary>
    public static bool Whole(ReadOnlySpan<byte> word, out int value) =>
        int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    /// <summary>Bytes as they go into a message: short and printable.</summary>
    public static string Quoted(ReadOnlySpan<byte> bytes)
    {
        const int most = 40;
        var text = Encoding.Latin1.GetString(bytes.Length > most ? bytes[..most] : bytes).Trim();
        return $"'{string.Concat(text.Select(c => char.IsControl(c) ? '?' : c))}'";
    }
}
