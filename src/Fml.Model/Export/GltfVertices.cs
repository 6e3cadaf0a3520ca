using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>
/// A template's vertices as glTF needs them, where position and texture coordinate belong together: the template's own, then repetitions of
/// those that some triangle uses with another vertex's texture coordinates.
/// </summary>
/// <param name="Source">Template vertex of each vertex; the first V are 0, 1, 2, ...</param>
/// <param name="TextureCoordinates">Texture coordinates of each vertex.</param>
/// <param name="Triangles">[3T] indices.</param>
internal sealed record GltfVertices(int[] Source, Vector2[] TextureCoordinates, int[] Triangles)
{
    public static GltfVertices Of(FaceTemplate template)
    {
        var corners = TextureCorners.Of(template);
        var source = Enumerable.Range(0, template.VertexCount).ToList();
        var coordinates = template.TextureCoordinates.ToList();
        var known = new Dictionary<(int Vertex, int Corner), int>();
        var triangles = new int[corners.Length];
        for (var i = 0; i < corners.Length; i++)
        {
            var (vertex, corner) = (template.Triangles[i], corners[i]);
            if (vertex == corner) triangles[i] = vertex;
            else
            {
                if (!known.TryGetValue((vertex, corner), out triangles[i]))
                {
                    known[(vertex, corner)] = triangles[i] = source.Count;
                    source.Add(vertex);
                    coordinates.Add(template.TextureCoordinates[corner]);
                }
            }
        }
        return new GltfVertices([.. source], [.. coordinates], triangles);
    }

    /// <summary>Per-vertex values of the template for every vertex here.</summary>
    public Vector3[] Pick(IReadOnlyList<Vector3> values, Func<Vector3, Vector3> convert) => Array.ConvertAll(Source, i => convert(values[i]));
}
