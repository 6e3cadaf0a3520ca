using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>A loss and its parts.</summary>
/// <param name="Total">The weighted sum, which a fit makes small.</param>
/// <param name="Parts">Its parts by name, before their weights.</param>
public sealed record FitLoss(double Total, ImmutableSortedDictionary<string, double> Parts);

/// <summary>What a fit made of the network's face.</summary>
/// <param name="Start">The network's.</param>
/// <param name="Face">The fitted one; the network's again where no better one was found.</param>
/// <param name="Before">The loss at the network's.</param>
/// <param name="After">The loss at the fitted one, never greater.</param>
/// <param name="Steps">Steps taken.</param>
public sealed record FaceFit(Reconstruction Start, Reconstruction Face, FitLoss Before, FitLoss After, int Steps);
