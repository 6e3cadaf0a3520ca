using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Reads the nodes of VRML 2.0 (VRML97) and 1.0. The types of fields are not known: a field takes the numbers, the list, the node or the
/// one word that follow it, which is how all standard nodes are written.
/// </summary>
internal ref struct VrmlScene
{
    // Far deeper than scenes are nested, far less than a stack holds.
    private const int MostDeep = 200;

    private readonly Dictionary<string, VrmlNode> named = [];
    private VrmlTokens tokens;
    private int depth;

    private VrmlScene(string path, ReadOnlySpan<byte> text) => tokens = new VrmlTokens(path, text);

    /// <summary>The file as one node that has its nodes as children.</summary>
    /// <exception cref="FmlException">It is malformed, or uses prototypes.</exception>
    public static VrmlNode Read(string path, ReadOnlySpan<byte> text)
    {
        var scene = new VrmlScene(path, text);
        var root = new VrmlNode("", 1);
        scene.Body(root, VrmlToken.End);
        return root;
    }

    private void Body(VrmlNode node, VrmlToken end)
    {
        while (tokens.Next() != end)
        {
            if (tokens.Kind != VrmlToken.Word) throw Unexpected(end == VrmlToken.End ? "a node" : "a field, a node or '}'");
            var word = tokens.Word;
            if (word == "ROUTE")
            {
                for (var i = 0; i < 3; i++) tokens.Next();
                continue;
            }
            if (word is "DEF" or "USE" || IsNode()) node.Children.Add(Node(word));
            else if (end == VrmlToken.End) throw Unexpected("a node");
            else node.Fields[word] = Field();
        }
    }

    // The node whose first word has been read.
    private VrmlNode Node(string word)
    {
        var line = tokens.Line;
        if (word == "USE")
        {
            var used = Name();
            return named.TryGetValue(used, out var found) ? found
                : throw MeshBuilder.Malformed(tokens.Path, $"line {line}", $"'USE {used}' comes before any 'DEF {used}'");
        }
        var name = word == "DEF" ? Name() : null;
        var node = new VrmlNode(name is null ? word : Name(), line);
        if (tokens.Next() != VrmlToken.OpenBrace) throw Unexpected($"'{{' after {node.Type}");
        if (++depth > MostDeep) throw MeshBuilder.Malformed(tokens.Path, $"line {line}", $"nodes are nested more than {MostDeep} deep");
        Body(node, VrmlToken.CloseBrace);
        depth--;
        if (name is not null) named[name] = node;
        return node;
    }

    private VrmlField Field()
    {
        var field = new VrmlField();
        switch (tokens.Next())
        {
            case VrmlToken.Number:
                Add(field);
                while (Peek() == VrmlToken.Number)
                {
                    tokens.Next();
                    Add(field);
                }
                break;
            case VrmlToken.Other:
                while (Peek() == VrmlToken.Other) tokens.Next();
                break;
            case VrmlToken.OpenBracket:
                List(field);
                break;
            case VrmlToken.Word when tokens.Word is "DEF" or "USE" || IsNode():
                field.Nodes.Add(Node(tokens.Word));
                break;
            case VrmlToken.Word: // TRUE, NULL, or a name such as PER_FACE
                break;
            default:
                throw Unexpected("a value");
        }
        return field;
    }

    private void List(VrmlField field)
    {
        var line = tokens.Line;
        while (tokens.Next() != VrmlToken.CloseBracket)
            switch (tokens.Kind)
            {
                case VrmlToken.Number:
                    Add(field);
                    break;
                case VrmlToken.Word when tokens.Word is "DEF" or "USE" || IsNode():
                    field.Nodes.Add(Node(tokens.Word));
                    break;
                case VrmlToken.Word or VrmlToken.Other:
                    break;
                default:
                    throw tokens.Kind == VrmlToken.End
                        ? MeshBuilder.Malformed(tokens.Path, $"line {line}", "the list that begins here has no ']'") : Unexpected("a value or ']'");
            }
    }

    private void Add(VrmlField field) => field.Numbers.Add(new VrmlNumber(tokens.Value, tokens.Line));

    // Whether the word just read is a node's type. A prototype would be one whose fields mean something else.
    private bool IsNode()
    {
        if (tokens.Word is "PROTO" or "EXTERNPROTO" or "IS")
            throw MeshBuilder.Malformed(tokens.Path, $"line {tokens.Line}", "prototypes (PROTO) are not understood");
        return Peek() == VrmlToken.OpenBrace;
    }

    private readonly VrmlToken Peek()
    {
        var ahead = tokens;
        return ahead.Next();
    }

    private string Name() => tokens.Next() == VrmlToken.Word ? tokens.Word : throw Unexpected("a name");

    private readonly FmlException Unexpected(string wanted) => MeshBuilder.Malformed(
        tokens.Path, $"line {tokens.Line}",
        tokens.Kind == VrmlToken.End ? $"the file ends where {wanted} should stand" : $"{MeshText.Quoted(tokens.Bytes)} stands where {wanted} should");
}
