using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;

namespace Fml.Model;

/// <summary>Some vertices of a template as a template of their own, with the rows of <c>S</c> that move them.</summary>
/// <param name="Template">The part; landmarks and jaw strips are complete, triangles only where all three corners are in it.</param>
/// <param name="Vertices">Number in the whole template of each vertex, ascending.</param>
/// <param name="Skinning">Rows of <c>S</c>, [V',N].</param>
public sealed record TemplatePart(FaceTemplate Template, ImmutableArray<int> Vertices, SparseMatrix Skinning)
{
    /// <summary>All of it.</summary>
    public static TemplatePart Whole(FaceTemplate template, DeformationGraph graph) =>
        new(template, [.. Enumerable.Range(0, template.VertexCount)], graph.Skinning());

    /// <summary>
    /// The vertices that the landmarks are made of, and the neighbours that the normals of the jaw's depend on: enough to compare landmarks,
    /// and hundreds instead of thousands.
    /// </summary>
    public static TemplatePart Landmarks(FaceTemplate template, DeformationGraph graph)
    {
        var jaw = template.JawStrips.SelectMany(strip => strip).ToHashSet();
        return Of(
            template, graph,
            template.Landmarks.SelectMany(point => new[] { point.A, point.B, point.C }).Concat(jaw)
                .Concat(template.Triangles.Chunk(3).Where(triangle => triangle.Any(jaw.Contains)).SelectMany(triangle => triangle)));
    }

    private static TemplatePart Of(FaceTemplate template, DeformationGraph graph, IEnumerable<int> chosen)
    {
        ImmutableArray<int> vertices = [.. chosen.Distinct().Order()];
        var number = vertices.Select((vertex, i) => (vertex, i)).ToDictionary(pair => pair.vertex, pair => pair.i);
        ImmutableArray<T> Pick<T>(ImmutableArray<T> all) => [.. vertices.Select(vertex => all[vertex])];
        var part = template with
        {
            Positions = Pick(template.Positions),
            Albedo = Pick(template.Albedo),
            TextureCoordinates = Pick(template.TextureCoordinates),
            Expressions = [.. template.Expressions.Select(expression => expression with { Offsets = Pick(expression.Offsets) })],
            Landmarks = [.. template.Landmarks.Select(point => point with { A = number[point.A], B = number[point.B], C = number[point.C] })],
            JawStrips = [.. template.JawStrips.Select(strip => strip.Select(vertex => number[vertex]).ToImmutableArray())],
            EvaluationRegion = [.. template.EvaluationRegion.Where(number.ContainsKey).Select(vertex => number[vertex])],
            Triangles = [.. template.Triangles.Chunk(3).Where(t => t.All(number.ContainsKey)).SelectMany(t => t.Select(vertex => number[vertex]))],
        };
        return new TemplatePart(part, vertices, graph.Skinning(vertices));
    }
}
