using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>Reads the polygons of Wavefront OBJ: <c>v</c> and <c>f</c>; everything else is passed over.</summary>
internal static class ObjReader
{
    /// <summary>Reads a file's text.</summary>
    /// <exception cref="FmlException">It is malformed; the message names the line.</exception>
    public static TriangleMesh Read(string path, ReadOnlySpan<byte> text)
    {
        var mesh = new MeshBuilder(path, "line");
        var corners = new List<int>();
        for (var number = 1; MeshText.Line(ref text, out var line); number++)
        {
            var rest = line;
            var word = MeshText.Word(ref rest);
            if (word.SequenceEqual("v"u8)) mesh.Add(Vertex(path, number, rest));
            else if (word.SequenceEqual("f"u8)) mesh.Add(Corners(path, number, rest, mesh.Count, corners), number);
        }
        return mesh.Build();
    }

    // A weight or a colour may follow.
    private static Vector3 Vertex(string path, int number, ReadOnlySpan<byte> rest)
    {
        var position = Vector3.Zero;
        for (var c = 0; c < 3; c++)
        {
            var word = MeshText.Word(ref rest);
            if (!MeshText.Number(word, out var value))
                throw MeshBuilder.Malformed(path, $"line {number}", $"a vertex needs three numbers, and {MeshText.Quoted(word)} is none");
            position[c] = (float)value;
        }
        return position;
    }

    // v, v/vt, v//vn or v/vt/vn; v counts from 1, or backwards from the last vertex so far.
    private static ReadOnlySpan<int> Corners(string path, int number, ReadOnlySpan<byte> rest, int count, List<int> corners)
    {
        corners.Clear();
        while (MeshText.Word(ref rest) is { IsEmpty: false } word && word[0] != '#')
        {
            var slash = word.IndexOf((byte)'/');
            if (!MeshText.Whole(slash < 0 ? word : word[..slash], out var index) || index == 0 || index < -count)
                throw MeshBuilder.Malformed(
                    path, $"line {number}", $"{MeshText.Quoted(word)} is no corner of a face; vertices count from 1, or from -1 backwards");
            corners.Add(index > 0 ? index - 1 : count + index);
        }
        return System.Runtime.InteropServices.CollectionsMarshal.AsSpan(corners);
    }
}
