using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Reads PLY: <c>x, y, z</c> of the element <c>vertex</c> and the list <c>vertex_indices</c> or <c>vertex_index</c> of the element
/// <c>face</c>, wherever they stand; other elements and properties are passed over.
/// </summary>
internal static class PlyReader
{
    private const int MostCorners = 1 << 16;

    private static readonly string[] Axes = ["x", "y", "z"];

    /// <summary>Reads a file's bytes.</summary>
    /// <exception cref="FmlException">It is malformed; the message names the line or byte.</exception>
    public static TriangleMesh Read(string path, ReadOnlySpan<byte> bytes)
    {
        var header = PlyHeader.Read(path, bytes);
        if (header.Elements.FirstOrDefault(e => e.Name == "vertex") is not { } vertices
            || !Axes.All(axis => vertices.Properties.Any(p => p.Name == axis && p.CountType is null)))
            throw MeshBuilder.Malformed(path, "head", "there is no element 'vertex' with the properties x, y and z");
        if (!header.Elements.Any(e => e.Name == "face" && e.Properties.Any(IsCorners)))
            throw MeshBuilder.Malformed(path, "head", "there is no element 'face' with a list 'vertex_indices' or 'vertex_index'");

        var mesh = new MeshBuilder(path, "face");
        var numbers = new PlyNumbers(path, header, bytes);
        var corners = new List<int>();
        foreach (var element in header.Elements)
            for (var i = 0; i < element.Count; i++) Record(path, element, i, ref numbers, mesh, corners);
        return mesh.Build();
    }

    private static bool IsCorners(PlyProperty property) => property.CountType is not null && property.Name is "vertex_indices" or "vertex_index";

    private static void Record(string path, PlyElement element, int number, ref PlyNumbers numbers, MeshBuilder mesh, List<int> corners)
    {
        var position = new Vector3(float.NaN);
        var (isVertex, isFace) = (element.Name == "vertex", element.Name == "face");
        foreach (var property in element.Properties)
        {
            if (property.CountType is { } countType)
            {
                var count = numbers.Next(countType);
                if (!(count is >= 0 and <= MostCorners) || count != Math.Floor(count))
                    throw MeshBuilder.Malformed(path, numbers.Place, $"a list of {count} numbers is impossible");
                corners.Clear();
                for (var i = 0; i < count; i++) corners.Add(Index(numbers.Next(property.Type)));
                if (isFace && IsCorners(property)) mesh.Add(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(corners), number);
                continue;
            }
            var value = numbers.Next(property.Type);
            if (isVertex && Array.IndexOf(Axes, property.Name) is >= 0 and var axis)
                position[axis] = double.IsFinite(value) ? (float)value : throw MeshBuilder.Malformed(path, numbers.Place, $"{value} is no coordinate");
        }
        if (isVertex) mesh.Add(position);
    }

    // What is no index at all becomes one that no mesh has.
    private static int Index(double value) => value is >= 0 and < int.MaxValue && value == Math.Floor(value) ? (int)value : -1;
}
