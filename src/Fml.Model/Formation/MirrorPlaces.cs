using System.Collections.Immutable;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>Where the nodes of a deformation graph sit, and opposite these places on the face's other half.</summary>
/// <param name="Here">Displacements of nodes to those of the places, [N,N].</param>
/// <param name="Opposite">To those of the places opposite, [N,N].</param>
/// <param name="Reflection">What a reflection multiplies displacements by, [3,1].</param>
public sealed record MirrorPlaces(ConstantMatrix Here, ConstantMatrix Opposite, Node.Constant Reflection)
{
    /// <summary>Those of a graph.</summary>
    public static MirrorPlaces Of(DeformationGraph graph, ElementType element)
    {
        ConstantMatrix At(ImmutableArray<int> vertices) => ConstantMatrix.Of(graph.Skinning(vertices), element);
        return new MirrorPlaces(At(graph.Nodes), At(graph.Opposite), Constants.Of(element, [3, 1], [-1, 1, 1]));
    }
}
