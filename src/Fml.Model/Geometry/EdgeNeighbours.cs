namespace Fml.Model;

/// <summary>Who shares an edge with whom.</summary>
internal static class EdgeNeighbours
{
    /// <summary>The other ends of each vertex' edges.</summary>
    public static ILookup<int, int> Neighbours(this IReadOnlyCollection<(int A, int B)> edges) =>
        edges.Concat(edges.Select(edge => (edge.B, edge.A))).ToLookup(edge => edge.Item1, edge => edge.Item2);
}
