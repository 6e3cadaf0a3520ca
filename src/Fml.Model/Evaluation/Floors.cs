using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>The least error that each separation mode allows on a model's deformation graph.</summary>
internal static class Floors
{
    /// <summary>Fits true neutral faces in what each mode allows.</summary>
    public static ImmutableArray<(SeparationMode Mode, ImmutableArray<GeometryError> Errors)> Of(
        FaceReconstructor reconstructor, Vector3[][] truths, ImmutableArray<SeparationMode> modes,
        Action<ProgressUpdate>? progress, CancellationToken cancel)
    {
        var (template, graph) = (reconstructor.Template, reconstructor.Bases.Graph);
        return
        [
            .. modes.Select((mode, i) =>
            {
                cancel.ThrowIfCancellationRequested();
                progress?.Invoke(new ProgressUpdate("measure: floors", (double)i / modes.Length, mode.ToString().ToLowerInvariant()));
                var own = reconstructor.Bases.Nullspace;
                var nullspace = mode == own.Mode ? own : Nullspace.Build(template, graph, mode);
                return (mode, FitAll(ShapeSpace.Allowed(template, graph, nullspace), template, truths));
            }),
        ];
    }

    /// <summary>Errors of the best fits in a space, a person each.</summary>
    public static ImmutableArray<GeometryError> FitAll(ShapeSpace space, FaceTemplate template, Vector3[][] truths)
    {
        var errors = new GeometryError[truths.Length];
        Parallel.For(0, truths.Length, i => errors[i] = space.Floor(template, truths[i]));
        return [.. errors];
    }
}
