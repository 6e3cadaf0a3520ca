using Fml.Native;

namespace Fml.Model;

/// <summary>Reads meshes of other people's making.</summary>
public static class MeshFile
{
    private delegate TriangleMesh Reader(string path, ReadOnlySpan<byte> bytes);

    /// <summary>Extensions of the files that can be read, in the order of preference.</summary>
    internal static IReadOnlyList<string> Extensions { get; } = [".obj", ".ply", ".wrl"];

    /// <summary>Whether the name is that of a mesh.</summary>
    public static bool IsMesh(string path) => Extensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>
    /// Reads Wavefront OBJ (<c>.obj</c>), PLY (<c>.ply</c>, ascii and binary) or VRML (<c>.wrl</c>, 2.0 and 1.0) by the extension. Positions
    /// keep the file's unit and order; polygons become fans of triangles; colours, normals and texture coordinates are passed over.
    /// </summary>
    /// <exception cref="FmlException">The file is missing, malformed, of another kind, or holds no faces; the message says where.</exception>
    public static TriangleMesh Read(string path)
    {
        Reader reader = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".obj" => ObjReader.Read,
            ".ply" => PlyReader.Read,
            ".wrl" => VrmlReader.Read,
            _ => throw new FmlException($"{path} is no mesh by its name; OBJ, PLY and VRML are read: {string.Join(", ", Extensions)}."),
        };
        try
        {
            return reader(path, File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FmlException($"The mesh {path} cannot be read: {e.Message}", e);
        }
    }
}
