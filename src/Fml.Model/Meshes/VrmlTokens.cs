using System.Text;
using Fml.Native;

namespace Fml.Model;

/// <summary>Kinds of tokens in VRML.</summary>
internal enum VrmlToken
{
    End,
    Word,
    Number,

    /// <summary>A text in quotes, or a VRML 1.0 mask in parentheses: passed over.</summary>
    Other,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
}

/// <summary>The tokens of a VRML file one after the other; commas and comments are blanks.</summary>
internal ref struct VrmlTokens(string path, ReadOnlySpan<byte> text)
{
    private readonly string path = path;
    private readonly ReadOnlySpan<byte> text = text;
    private int at, pending; // line ends within the last token, to be counted after it

    /// <summary>The file, for messages.</summary>
    public readonly string Path => path;

    /// <summary>Line that the last token began on.</summary>
    public int Line { get; private set; } = 1;

    /// <summary>The last token's kind.</summary>
    public VrmlToken Kind { get; private set; }

    /// <summary>The last token's number.</summary>
    public double Value { get; private set; }

    /// <summary>The last token's bytes.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>The last token as text.</summary>
    public readonly string Word => Encoding.Latin1.GetString(Bytes);

    /// <summary>Goes to the next token.</summary>
    /// <exception cref="FmlException">There is none that can be.</exception>
    public VrmlToken Next()
    {
        SkipBlanks();
        if (at == text.Length) return Take(VrmlToken.End, 0);
        switch (text[at])
        {
            case (byte)'{': return Take(VrmlToken.OpenBrace, 1);
            case (byte)'}': return Take(VrmlToken.CloseBrace, 1);
            case (byte)'[': return Take(VrmlToken.OpenBracket, 1);
            case (byte)']': return Take(VrmlToken.CloseBracket, 1);
            case (byte)'"' or (byte)'(': return Quoted(text[at] == '"' ? (byte)'"' : (byte)')');
        }
        var end = at;
        while (end < text.Length && !IsBlank(text[end]) && "{}[]\"()#"u8.IndexOf(text[end]) < 0) end++;
        Take(VrmlToken.Word, Math.Max(end - at, 1));
        if (Bytes[0] is (>= (byte)'0' and <= (byte)'9') or (byte)'-' or (byte)'+' or (byte)'.')
        {
            Kind = VrmlToken.Number;
            Value = MeshText.Number(Bytes, out var value) ? value
                : Bytes.StartsWith("0x"u8) ? double.NaN // of a picture
                : throw MeshBuilder.Malformed(path, $"line {Line}", $"{MeshText.Quoted(Bytes)} is no number");
        }
        return Kind;
    }

    private VrmlToken Quoted(byte close)
    {
        var end = at + 1;
        while (end < text.Length && text[end] != close) end += text[end] == '\\' ? 2 : 1;
        if (end >= text.Length) throw MeshBuilder.Malformed(path, $"line {Line}", $"a text begins here and has no '{(char)close}' at its end");
        pending = text[at..end].Count((byte)'\n');
        return Take(VrmlToken.Other, end + 1 - at);
    }

    private VrmlToken Take(VrmlToken kind, int length)
    {
        (Kind, Value) = (kind, 0);
        Bytes = text.Slice(at, length);
        at += length;
        return kind;
    }

    private void SkipBlanks()
    {
        Line += pending;
        pending = 0;
        while (at < text.Length)
        {
            if (text[at] == '#')
            {
                var end = text[at..].IndexOf((byte)'\n');
                at = end < 0 ? text.Length : at + end;
                continue;
            }
            if (text[at] == '\n') Line++;
            else if (!IsBlank(text[at])) return;
            at++;
        }
    }

    private static bool IsBlank(byte b) => b is <= (byte)' ' or (byte)',';
}
