using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>Gathers vertices and polygons of a file and turns them into triangles.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="place">What its polygons are numbered by, such as "line".</param>
internal sealed class MeshBuilder(string path, string place)
{
    private readonly ImmutableArray<Vector3>.Builder positions = ImmutableArray.CreateBuilder<Vector3>();
    private readonly ImmutableArray<int>.Builder triangles = ImmutableArray.CreateBuilder<int>();
    private readonly List<int> places = []; // of each triangle

    /// <summary>Vertices so far.</summary>
    public int Count => positions.Count;

    /// <summary>Adds a vertex.</summary>
    public void Add(Vector3 position) => positions.Add(position);

    /// <summary>Adds a polygon as a fan about its first corner. Its vertices may still be to come.</summary>
    /// <exception cref="FmlException">It has fewer than three corners.</exception>
    public void Add(ReadOnlySpan<int> corners, int number)
    {
        if (corners.Length < 3) throw Malformed(path, $"{place} {number}", $"a face needs three corners or more, not {corners.Length}");
        for (var i = 2; i < corners.Length; i++)
        {
            triangles.Add(corners[0]);
            triangles.Add(corners[i - 1]);
            triangles.Add(corners[i]);
            places.Add(number);
        }
    }

    /// <summary>The mesh.</summary>
    /// <exception cref="FmlException">It has no triangles, or one of a vertex that does not exist.</exception>
    public TriangleMesh Build()
    {
        if (triangles.Count == 0)
            throw new FmlException($"{path} holds {positions.Count} points but no faces: a surface is needed, so export the mesh with its polygons.");
        for (var i = 0; i < triangles.Count; i++)
            if ((uint)triangles[i] >= (uint)positions.Count)
                throw Malformed(
                    path, $"{place} {places[i / 3]}", $"a face names vertex {triangles[i]}, counted from 0, but there are {positions.Count}");
        return new TriangleMesh(positions.ToImmutable(), triangles.ToImmutable());
    }

    /// <summary>What is wrong with a mesh file, where, and what to do.</summary>
    public static FmlException Malformed(string path, string place, string what) =>
        new($"{path}, {place}: {what}; mend the file, or export the mesh again from a mesh editor.");
}
