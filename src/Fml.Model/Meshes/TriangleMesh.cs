using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>A mesh as a file gives it.</summary>
/// <param name="Positions">[V], in the file's unit.</param>
/// <param name="Triangles">[3T] vertex indices; at least one triangle.</param>
public sealed record TriangleMesh(ImmutableArray<Vector3> Positions, ImmutableArray<int> Triangles);
