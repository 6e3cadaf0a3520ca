using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Reads the polygons of VRML 2.0 (VRML97: <c>IndexedFaceSet</c> with <c>coord Coordinate</c>) and of VRML 1.0 (<c>Coordinate3</c> before
/// <c>IndexedFaceSet</c>); several shapes are joined. Nothing may move or scale a shape within the file.
/// </summary>
internal static class VrmlReader
{
    private static readonly string[] Movers = ["Transform", "Translation", "Rotation", "Scale", "MatrixTransform"];

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="FmlException">It is malformed, or moves its shapes; the message names the line.</exception>
    public static TriangleMesh Read(string path, ReadOnlySpan<byte> text)
    {
        if (text is [0x1f, 0x8b, ..]) throw MeshBuilder.Malformed(path, "byte 0", "the file is compressed; gunzip unpacks it");
        if (!text.StartsWith("#VRML V1.0"u8) && !text.StartsWith("#VRML V2.0"u8))
            throw MeshBuilder.Malformed(path, "line 1", "a VRML file begins with '#VRML V2.0' or '#VRML V1.0'");
        var mesh = new MeshBuilder(path, "line");
        Walk(path, VrmlScene.Read(path, text), null, mesh);
        return mesh.Build();
    }

    // Gives the VRML 1.0 points that hold for what comes after the node.
    private static VrmlNode? Walk(string path, VrmlNode node, VrmlNode? points, MeshBuilder mesh)
    {
        if (Movers.Contains(node.Type)) Demand(path, node);
        if (node.Type == "Coordinate3") points = node;
        if (node.Type == "IndexedFaceSet") Shape(path, node, node.Fields.GetValueOrDefault("coord")?.Nodes.FirstOrDefault() ?? points, mesh);
        foreach (var field in node.Fields.Values)
            foreach (var inner in field.Nodes) Walk(path, inner, points, mesh);
        var within = points;
        foreach (var child in node.Children) within = Walk(path, child, within, mesh);
        return node.Type is "Separator" or "TransformSeparator" ? points : within;
    }

    private static void Shape(string path, VrmlNode shape, VrmlNode? points, MeshBuilder mesh)
    {
        var coordinates = points?.Numbers("point") ?? [];
        if (coordinates.Count == 0) throw MeshBuilder.Malformed(path, $"line {shape.Line}", "the IndexedFaceSet has no points");
        if (coordinates.Count % 3 != 0)
            throw MeshBuilder.Malformed(
                path, $"line {coordinates[^1].Line}", $"the points end in the middle of one: {coordinates.Count} numbers are not three for each");
        var (first, count) = (mesh.Count, coordinates.Count / 3);
        for (var i = 0; i < coordinates.Count; i += 3)
            mesh.Add(new Vector3((float)coordinates[i].Value, (float)coordinates[i + 1].Value, (float)coordinates[i + 2].Value));

        var corners = new List<int>();
        var line = shape.Line;
        foreach (var number in shape.Numbers("coordIndex"))
        {
            if (number.Value == -1) Face();
            else if (number.Value >= 0 && number.Value < count && number.Value == Math.Floor(number.Value))
            {
                corners.Add(first + (int)number.Value);
                line = number.Line;
            }
            else throw MeshBuilder.Malformed(path, $"line {number.Line}", $"a face names point {number.Value}, counted from 0, but there are {count}");
        }
        if (corners.Count > 0) Face();

        void Face()
        {
            mesh.Add(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(corners), line);
            corners.Clear();
        }
    }

    // A motion that is none is allowed, since exporters write it. Where landmarks stand if it is one, nobody can tell.
    private static void Demand(string path, VrmlNode node)
    {
        bool All(string field, double value) => node.Numbers(field).All(n => n.Value == value);
        var still = node.Type != "MatrixTransform" && All("translation", 0) && All("scale", 1) && All("scaleFactor", 1)
            && node.Numbers("rotation") is [] or [_, _, _, { Value: 0 }];
        if (!still) throw MeshBuilder.Malformed(path, $"line {node.Line}", $"a {node.Type} moves or scales the shape, which is not understood");
    }
}
