using Fml.Model;

namespace Fml.Tools;

/// <summary>One line about a template.</summary>
internal static class TemplateText
{
    public static string Describe(FaceTemplate template) =>
        $"{template.Name}, {template.VertexCount:N0} vertices, {template.TriangleCount:N0} triangles, "
        + $"{template.Expressions.Length} expressions";
}
