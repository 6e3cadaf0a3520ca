using System.Globalization;
using System.Text;
using Fml.Native;

namespace Fml.Model;

/// <summary>The neutral face as Wavefront OBJ in millimetres, with material and albedo texture beside it.</summary>
public static class ObjFile
{
    private const int TextureSize = 1024;

    /// <summary>Writes <c>NAME.obj</c>, <c>NAME.mtl</c> and <c>NAME.png</c>; the OBJ comes last, when what it refers to is there.</summary>
    /// <exception cref="FmlException">A file cannot be written.</exception>
    public static void Write(string path, Reconstruction face)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        var texture = AlbedoTexture.Bake(face.Template, ColourSpaces.SrgbAlbedo(face), TextureSize);
        AtomicFile.Write(Path.ChangeExtension(path, ".png"), stream => stream.Write(PngPicture.Encode(texture, TextureSize, TextureSize)));
        var material = $"newmtl skin\nKa 0 0 0\nKd 1 1 1\nKs 0 0 0\nillum 1\nmap_Kd {name}.png\n";
        AtomicFile.WriteText(Path.ChangeExtension(path, ".mtl"), material);
        AtomicFile.WriteText(path, Text(face, name));
    }

    private static string Text(Reconstruction face, string name)
    {
        var normals = VertexNormals.Of(face.Neutral.AsSpan(), face.Template.Triangles.AsSpan());
        var text = new StringBuilder($"# {face.Person}, neutral; unit millimetre, +x to the subject's left, +y up, +z out of the face\n");
        text.Append($"mtllib {name}.mtl\no {face.Person.Replace(' ', '_')}\nusemtl skin\n");
        foreach (var v in face.Neutral) text.Append(CultureInfo.InvariantCulture, $"v {v.X:0.####} {v.Y:0.####} {v.Z:0.####}\n");
        foreach (var uv in face.Template.TextureCoordinates) // OBJ counts v upwards
            text.Append(CultureInfo.InvariantCulture, $"vt {uv.X:0.######} {1 - uv.Y:0.######}\n");
        foreach (var n in normals) text.Append(CultureInfo.InvariantCulture, $"vn {n.X:0.####} {n.Y:0.####} {n.Z:0.####}\n");
        var corners = TextureCorners.Of(face.Template);
        for (var t = 0; t < face.Template.Triangles.Length; t += 3)
        {
            text.Append('f');
            for (var corner = 0; corner < 3; corner++)
            {
                var i = face.Template.Triangles[t + corner] + 1;
                text.Append(CultureInfo.InvariantCulture, $" {i}/{corners[t + corner] + 1}/{i}");
            }
            text.Append('\n');
        }
        return text.ToString();
    }
}
