namespace Fml.Model;

/// <summary>A node of a VRML scene.</summary>
/// <param name="Type">Such as IndexedFaceSet.</param>
/// <param name="Line">Where it begins.</param>
internal sealed record VrmlNode(string Type, int Line)
{
    /// <summary>Its fields by name.</summary>
    public Dictionary<string, VrmlField> Fields { get; } = [];

    /// <summary>Nodes in it that no field holds, as VRML 1.0 and the file itself have them; in order.</summary>
    public List<VrmlNode> Children { get; } = [];

    /// <summary>The numbers of a field; none if it is absent.</summary>
    public List<VrmlNumber> Numbers(string field) => Fields.TryGetValue(field, out var found) ? found.Numbers : [];
}

/// <summary>What a field holds: numbers, nodes, or what is of no concern to a mesh.</summary>
internal sealed record VrmlField
{
    /// <summary>Numbers, in order.</summary>
    public List<VrmlNumber> Numbers { get; } = [];

    /// <summary>Nodes, in order.</summary>
    public List<VrmlNode> Nodes { get; } = [];
}

/// <summary>A number and the line it stands on.</summary>
internal readonly record struct VrmlNumber(double Value, int Line);
