using Fml.Native;

namespace Fml.Model;

/// <summary>Everything known of a person as files: <c>NAME.glb, .obj (.mtl, .png), .ply, .json</c> and <c>NAME-sheet.png</c>.</summary>
public static class ReconstructionFolder
{
    /// <summary>Writes the files into a folder, which is created.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="face">The person.</param>
    /// <param name="crop">Gives the crop of a frame by its place, [size, size, 3] sRGB bytes; absent when there are no pictures.</param>
    /// <param name="albedo">Where the GLB keeps the albedo.</param>
    /// <exception cref="FmlException">A file cannot be written.</exception>
    public static void Write(string folder, Reconstruction face, Func<int, byte[]>? crop = null, GltfAlbedo albedo = GltfAlbedo.Texture)
    {
        var name = Path.Combine(folder, FileName(face.Person));
        GltfFile.Write(name + ".glb", face, albedo);
        ObjFile.Write(name + ".obj", face);
        PlyFile.Write(name + ".ply", face);
        if (crop is not null && face.Frames.Length > 0) ContactSheet.Write(name + "-sheet.png", face, crop);
        ReconstructionJson.Write(name + ".json", face);
    }

    /// <summary>A person's name with everything replaced that file systems or OBJ files trip over.</summary>
    internal static string FileName(string person)
    {
        var safe = string.Concat(person.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_')).Trim('.');
        return safe.Length > 0 ? safe : "face";
    }
}
