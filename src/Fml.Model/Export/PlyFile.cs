using System.Buffers.Binary;
using System.Text;
using Fml.Native;

namespace Fml.Model;

/// <summary>The neutral face as binary little-endian PLY in millimetres, with the albedo as sRGB vertex colours.</summary>
public static class PlyFile
{
    private const int VertexBytes = 15, TriangleBytes = 13;

    /// <summary>Writes the file.</summary>
    /// <exception cref="FmlException">The file cannot be written.</exception>
    public static void Write(string path, Reconstruction face) => AtomicFile.Write(path, stream =>
    {
        stream.Write(Encoding.ASCII.GetBytes($"""
            ply
            format binary_little_endian 1.0
            comment unit millimetre; +x to the subject's left, +y up, +z out of the face; colours sRGB
            element vertex {face.Neutral.Length}
            property float x
            property float y
            property float z
            property uchar red
            property uchar green
            property uchar blue
            element face {face.Template.TriangleCount}
            property list uchar int vertex_indices
            end_header

            """.ReplaceLineEndings("\n")));
        stream.Write(Vertices(face));
        stream.Write(Triangles(face.Template));
    });

    private static byte[] Vertices(Reconstruction face)
    {
        var colours = ColourSpaces.SrgbAlbedo(face);
        var bytes = new byte[face.Neutral.Length * VertexBytes];
        for (var i = 0; i < face.Neutral.Length; i++)
        {
            var vertex = bytes.AsSpan(i * VertexBytes);
            for (var c = 0; c < 3; c++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(vertex[(4 * c)..], face.Neutral[i][c]);
                vertex[12 + c] = (byte)(255 * colours[i][c] + 0.5f);
            }
        }
        return bytes;
    }

    private static byte[] Triangles(FaceTemplate template)
    {
        var bytes = new byte[template.TriangleCount * TriangleBytes];
        for (var t = 0; t < template.TriangleCount; t++)
        {
            var triangle = bytes.AsSpan(t * TriangleBytes);
            triangle[0] = 3;
            for (var c = 0; c < 3; c++) BinaryPrimitives.WriteInt32LittleEndian(triangle[(1 + 4 * c)..], template.Triangles[3 * t + c]);
        }
        return bytes;
    }
}
