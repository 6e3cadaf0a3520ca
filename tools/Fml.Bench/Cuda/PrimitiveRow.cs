using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Fml.Graph;

namespace Fml.Bench;

/// <summary>One primitive at one size.</summary>
/// <param name="Name">Name in the table.</param>
/// <param name="Build">Makes the graph; parameters go into the store.</param>
/// <param name="Peer">How <c>peer_torch.py</c> does the same; null where PyTorch has no such operation.</param>
internal sealed record PrimitiveRow(string Name, Func<ParameterStore, MeasuredWork> Build, JsonObject? Peer = null)
{
    /// <summary>Which commands count; all when null.</summary>
    public Func<string, bool>? Counts { get; init; }

    /// <summary>Least bytes and operations; those of the graph when null.</summary>
    public WorkFloor? Floor { get; init; }
}

/// <summary>What a row computes, and values of inputs that random numbers would not do for.</summary>
internal sealed record MeasuredWork(ImmutableArray<Node> Outputs)
{
    public ImmutableArray<Assignment> Updates { get; init; } = [];

    public ImmutableDictionary<Node.Input, float[]> Values { get; init; } = ImmutableDictionary<Node.Input, float[]>.Empty;
}
